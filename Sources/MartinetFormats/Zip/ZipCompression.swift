import CZlib
import MartinetBase
import MartinetFiles

/// CRC-32 as in a zip archive, of these bytes behind others.
func zipChecksum(_ bytes: UnsafeRawBufferPointer, continuing checksum: UInt32 = 0) -> UInt32 {
    UInt32(crc32_z(UInt(checksum), bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count))
}

/// Decompresses deflated data (RFC 1951) that must give just `size` bytes, or the first `limit` bytes of it. Memory grows with
/// what comes, not with `size`.
func inflateRaw(
    _ input: UnsafeRawBufferPointer, size: Int, atMost limit: Int = .max, path: String, name: String
) throws(FileError) -> [UInt8] {
    var stream = z_stream()
    // Negative: no header and no trailer around the data.
    let started = inflateInit2_(&stream, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    require(started == Z_OK, "zlib cannot start: status \(started)")
    defer { inflateEnd(&stream) }
    var output: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 18)
    var rest = input[...]
    var status = Z_OK
    while status == Z_OK {
        let part = rest.prefix(1 << 30)
        // zlib takes the address as that of bytes that it could write to; it does not.
        stream.next_in = UnsafeMutablePointer(
            mutating: UnsafeRawBufferPointer(rebasing: part).bindMemory(to: UInt8.self).baseAddress)
        stream.avail_in = UInt32(part.count)
        let room = min(piece.count, size - output.count + 1)
        piece.withUnsafeMutableBufferPointer { buffer in
            stream.next_out = buffer.baseAddress
            stream.avail_out = UInt32(room)
            status = inflate(&stream, Z_NO_FLUSH)
        }
        rest = rest.dropFirst(part.count - Int(stream.avail_in))
        output += piece[..<(room - Int(stream.avail_out))]
        if output.count >= limit { return Array(output.prefix(limit)) }
        guard output.count <= size else { break }
    }
    guard status == Z_STREAM_END, output.count == size, rest.isEmpty else {
        let message = stream.msg.map { String(cString: $0) } ?? "another number, or an end too early"
        throw FileError(
            .corrupt, file: path, place: name, expected: "deflated data of \(size) bytes", found: message)
    }
    return output
}
