import CZlib
import MartinetBase

/// Decompresses a gzip file (RFC 1952) piece by piece, several members in a row included, and checks every checksum.
final class Inflater {
    private let path: String
    private let stream: UnsafeMutablePointer<z_stream>
    private var input = [UInt8](repeating: 0, count: 1 << 16)
    /// The part of `input` that is not used up.
    private var pending = 0..<0
    private var inputEnded = false
    private var isBetweenMembers = false
    /// How many bytes of the file have been taken in.
    private var consumed = 0

    init(path: String) {
        self.path = path
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        // 15 is the largest window, which every file may ask for; 16 says that gzip's header and trailer are expected.
        let status = inflateInit2_(stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        require(status == Z_OK, "zlib cannot start: status \(status)")
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// Writes up to `wanted` decompressed bytes into `output`; returns how many, 0 only at a clean end of the file.
    ///
    /// - Parameter refill: fills a buffer with the file's next bytes and returns how many there were.
    func read(
        _ output: inout [UInt8], _ wanted: Int, refill: (inout [UInt8]) throws(FileError) -> Int
    ) throws(FileError) -> Int {
        while true {
            if pending.isEmpty && !inputEnded {
                pending = 0..<(try refill(&input))
                inputEnded = pending.isEmpty
            }
            if isBetweenMembers {
                if pending.isEmpty { return 0 }
                try startMember()
            }
            let (status, produced) = inflate(into: &output, wanted)
            switch status {
            case Z_STREAM_END:
                isBetweenMembers = true
            case Z_OK:
                break
            case Z_BUF_ERROR where !inputEnded:
                break
            case Z_BUF_ERROR:
                throw FileError(
                    .truncated, file: path, place: "at byte \(consumed)", expected: "more gzip data",
                    found: "the end of the file")
            default:
                let message = stream.pointee.msg.map { String(cString: $0) } ?? "zlib's status \(status)"
                throw FileError(
                    .corrupt, file: path, place: "at byte \(consumed)", expected: "valid gzip data", found: message)
            }
            if produced > 0 { return produced }
        }
    }

    /// One call of zlib's `inflate`; what it takes in is taken from `pending`.
    private func inflate(into output: inout [UInt8], _ wanted: Int) -> (status: Int32, produced: Int) {
        input.withUnsafeMutableBufferPointer { input in
            output.withUnsafeMutableBufferPointer { output in
                stream.pointee.next_in = input.baseAddress.map { $0 + pending.lowerBound }
                stream.pointee.avail_in = UInt32(pending.count)
                stream.pointee.next_out = output.baseAddress
                stream.pointee.avail_out = UInt32(wanted)
                let status = CZlib.inflate(stream, Z_NO_FLUSH)
                let used = pending.count - Int(stream.pointee.avail_in)
                pending = pending.dropFirst(used)
                consumed += used
                return (status, wanted - Int(stream.pointee.avail_out))
            }
        }
    }

    /// Starts the next member; anything else behind a member is an error.
    private func startMember() throws(FileError) {
        guard input[pending.lowerBound] == 0x1f else {
            throw FileError(
                .trailingData, file: path, place: "at byte \(consumed)", expected: "the end of the file",
                found: "the byte \(hexadecimal(input[pending.lowerBound]))")
        }
        inflateReset(stream)
        isBetweenMembers = false
    }
}
