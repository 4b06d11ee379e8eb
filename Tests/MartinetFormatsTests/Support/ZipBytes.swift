import CZlib

/// A member of a zip archive, whose headers can lie.
struct ZipMember {
    let name: String
    var data: [UInt8]
    var isDeflated = false
    /// What the headers say; nil for the truth.
    var size, compressedSize, offset: Int?
    var checksum: UInt32?

    init(_ name: String, _ data: [UInt8]) {
        self.name = name
        self.data = data
    }
}

/// A zip archive of these members.
func zip(_ members: [ZipMember]) -> [UInt8] {
    var (file, directory) = ([UInt8](), [UInt8]())
    for member in members {
        let stored = member.isDeflated ? deflate(member.data) : member.data
        let checksum = member.checksum ?? UInt32(crc32_z(0, member.data, member.data.count))
        let common =
            fields([(20, 2), (0, 2), (member.isDeflated ? 8 : 0, 2), (0, 4), (Int(checksum), 4)])
            + fields([(member.compressedSize ?? stored.count, 4), (member.size ?? member.data.count, 4)])
            + fields([(member.name.utf8.count, 2), (0, 2)])
        directory += fields([(0x0201_4b50, 4), (20, 2)]) + common
        directory += fields([(0, 2), (0, 2), (0, 2), (0, 4), (member.offset ?? file.count, 4)]) + member.name.utf8
        file += fields([(0x0403_4b50, 4)]) + common + member.name.utf8 + stored
    }
    let end = fields([
        (0x0605_4b50, 4), (0, 4), (members.count, 2), (members.count, 2), (directory.count, 4), (file.count, 4), (0, 2),
    ])
    return file + directory + end
}

/// Little-endian numbers of so many bytes.
private func fields(_ fields: [(value: Int, size: Int)]) -> [UInt8] {
    fields.flatMap { value, size in (0..<size).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
}

private func deflate(_ bytes: [UInt8]) -> [UInt8] {
    var stream = z_stream()
    let size = Int32(MemoryLayout<z_stream>.size)
    precondition(deflateInit2_(&stream, 9, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size) == Z_OK)
    defer { deflateEnd(&stream) }
    var input = bytes
    var output = [UInt8](repeating: 0, count: bytes.count + 100)
    let room = output.count
    input.withUnsafeMutableBufferPointer { input in
        output.withUnsafeMutableBufferPointer { output in
            stream.next_in = input.baseAddress
            stream.avail_in = UInt32(input.count)
            stream.next_out = output.baseAddress
            stream.avail_out = UInt32(room)
            precondition(CZlib.deflate(&stream, Z_FINISH) == Z_STREAM_END)
        }
    }
    return Array(output.prefix(room - Int(stream.avail_out)))
}
