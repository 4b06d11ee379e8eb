import MartinetFiles

/// Reads a single NumPy array, whose name is that of the file.
enum NPYReader: WeightReader {
    static func recognises(_ file: MappedFile) -> Bool { file.bytes(0..<NPYHeader.magic.count) == NPYHeader.magic }

    static func read(_ file: MappedFile) throws(FileError) -> WeightFile {
        let fileName = file.path.split(separator: "/").last ?? ""
        let name = String(fileName.hasSuffix(".npy") ? fileName.dropLast(4) : fileName)
        let entry = try numpyEntry(
            name, header: file.bytes(0..<NPYHeader.limit + 12),
            MappedElements(file: file, range: 0..<file.count), size: file.count, start: 0, path: file.path)
        return WeightFile(path: file.path, format: .npy, entries: [entry])
    }
}

/// Reads a zip archive of NumPy arrays.
enum NPZReader: WeightReader {
    static func recognises(_ file: MappedFile) throws(FileError) -> Bool {
        guard ZipArchive.recognises(file) else { return false }
        let members = try ZipArchive(file).members
        return !members.isEmpty && members.allSatisfy { $0.name.hasSuffix(".npy") }
    }

    /// In an archive's comment, whose names and layouts its arrays have.
    static let layoutPrefix = "layout="

    static func read(_ file: MappedFile) throws(FileError) -> WeightFile {
        let archive = try ZipArchive(file)
        var entries: [WeightEntry] = []
        for member in archive.members {
            let header = try archive.prefix(of: member, NPYHeader.limit + 12)
            entries.append(
                try numpyEntry(
                    String(member.name.dropLast(4)), header: header, ZipElements(archive: archive, member: member),
                    size: member.size, start: member.isDeflated ? nil : member.range.lowerBound, path: file.path))
        }
        let layout = archive.comment.hasPrefix(layoutPrefix) ? archive.comment.dropFirst(layoutPrefix.count) : ""
        return WeightFile(
            path: file.path, format: .npz, entries: entries,
            convention: WeightConvention(named: String(layout)) ?? .pytorch)
    }
}

/// An array file as an entry.
///
/// - Parameters:
///   - name: the entry's.
///   - header: the first bytes.
///   - source: all bytes, of which there are `size`.
///   - start: where they are in the file; nil if they are compressed.
private func numpyEntry(
    _ name: String, header: [UInt8], _ source: any ElementSource, size: Int, start: Int?, path: String
) throws(FileError) -> WeightEntry {
    let header = try NPYHeader(header, path: path, name: name)
    let elements = byteCount(header.shape, header.type) ?? 0
    guard elements == size - header.length else {
        throw FileError(
            elements > size - header.length ? .truncated : .trailingData, file: path, place: name,
            expected: "\(elements) bytes of elements for the shape \(header.shape)", found: "\(size - header.length)")
    }
    // In Fortran's order the strides grow from the first axis to the last.
    var strides = [Int](repeating: 1, count: header.shape.count)
    let axes = header.isFortranOrder ? Array(header.shape.indices) : header.shape.indices.reversed()
    for (inner, outer) in zip(axes, axes.dropFirst()) { strides[outer] = strides[inner] * max(1, header.shape[inner]) }
    let count = elements / header.type.size
    guard
        let layout = StridedLayout(
            elementSize: header.type.size, offset: 0, shape: header.shape, strides: strides, capacity: count)
    else {
        throw FileError(
            .corrupt, file: path, place: name, expected: "a shape that a file can hold", found: "\(header.shape)")
    }
    let range = start.map { $0 + header.length..<$0 + size }
    return WeightEntry(
        name: name, shape: header.shape, type: header.type, byteRange: layout.isContiguous ? range : nil,
        source: StridedElements(storage: ElementSuffix(source: source, start: header.length), layout: layout))
}

/// The elements behind a header.
private struct ElementSuffix: ElementSource {
    let source: any ElementSource
    let start: Int

    func withBytes(_ body: (UnsafeRawBufferPointer) -> Void) throws(FileError) {
        try source.withBytes { body(UnsafeRawBufferPointer(rebasing: $0[start...])) }
    }
}
