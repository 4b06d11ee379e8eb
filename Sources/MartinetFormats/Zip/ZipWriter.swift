import MartinetFiles

/// Writes a zip archive whose members are stored as they are.
struct ZipWriter {
    private let file: NewFile
    private let path: String
    private var position = 0
    private var directory: [UInt8] = []
    private var count = 0

    /// From here on the 64-bit extension would be needed.
    private static let limit = 0xffff_ffff

    init(_ file: NewFile, path: String) {
        self.file = file
        self.path = path
    }

    /// Adds a member whose data comes in two parts.
    mutating func add(_ name: String, _ head: [UInt8], _ source: WeightEntry) throws(FileError) {
        var checksum = head.withUnsafeBytes { zipChecksum($0) }
        try source.withBytes { checksum = zipChecksum($0, continuing: checksum) }
        let size = head.count + source.byteCount
        let nameBytes = Array(name.utf8)
        guard position + size + 100 + nameBytes.count < Self.limit, nameBytes.count < 1 << 16, count < 0xffff else {
            throw FileError(
                .tooLarge, file: path, place: name, expected: "an archive of less than 4 GiB and 65,535 members",
                found: "more")
        }
        // The time is that of the format's beginning, so that the same weights make the same file.
        let common = Self.bytes([
            (20, 2), (0x800, 2), (0, 2), (0, 2), (0x21, 2), (Int(checksum), 4), (size, 4), (size, 4),
        ])
        let lengths = Self.bytes([(nameBytes.count, 2), (0, 2)])
        directory += Self.bytes([(0x0201_4b50, 4), (20, 2)]) + common + lengths
        directory += Self.bytes([(0, 2), (0, 2), (0, 2), (0, 4), (position, 4)]) + nameBytes
        let header = Self.bytes([(0x0403_4b50, 4)]) + common + lengths + nameBytes
        try file.write(header + head)
        try file.write(source)
        position += header.count + size
        count += 1
    }

    /// Writes the directory; the file is complete then.
    func finish(comment: String) throws(FileError) {
        let comment = Array(comment.utf8.prefix(0xffff))
        let end = Self.bytes([
            (0x0605_4b50, 4), (0, 2), (0, 2), (count, 2), (count, 2), (directory.count, 4), (position, 4),
            (comment.count, 2),
        ])
        guard position + directory.count < Self.limit else {
            throw FileError(.tooLarge, file: path, expected: "an archive of less than 4 GiB", found: "more")
        }
        try file.write(directory + end + comment)
    }

    /// Little-endian numbers of so many bytes.
    private static func bytes(_ fields: [(value: Int, size: Int)]) -> [UInt8] {
        fields.flatMap { value, size in (0..<size).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
    }
}

extension NewFile {
    /// Writes the elements of an entry.
    func write(_ entry: WeightEntry) throws(FileError) {
        var result = Result<Void, FileError>.success(())
        try entry.withBytes { bytes in
            result = Result { () throws(FileError) in try self.write(bytes) }
        }
        try result.get()
    }
}
