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
        var (entries, unread) = ([WeightEntry](), [UnreadEntry]())
        for member in archive.members {
            let name = String(member.name.dropLast(4))
            let header = try archive.prefix(of: member, NPYHeader.limit + 12)
            do throws(FileError) {
                entries.append(
                    try numpyEntry(
                        name, header: header, ZipElements(archive: archive, member: member), size: member.size,
                        start: member.isDeflated ? nil : member.range.lowerBound, path: file.path))
            } catch {
                // Arrays of texts, dates or objects are no weights; a file of nothing else is refused by what it has.
                guard error.kind == .unsupported, archive.members.count > 1 else { throw error }
                unread.append(UnreadEntry(name: name, found: "elements of the type \(error.found)"))
            }
        }
        if entries.isEmpty, let first = unread.first {
            throw FileError(
                .unsupported, file: file.path, place: first.name, expected: "little-endian numbers", found: first.found)
        }
        let layout = archive.comment.hasPrefix(layoutPrefix) ? archive.comment.dropFirst(layoutPrefix.count) : ""
        return WeightFile(
            path: file.path, format: .npz, entries: entries, unread: unread,
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
    guard
        let layout = StridedLayout(
            elementSize: header.type.size, shape: header.shape, isFortranOrder: header.isFortranOrder)
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
