import Foundation

/// Reads a file from front to back, decompressing it if it is a gzip file.
package final class ByteReader {
    package let path: String

    /// The size of the file as stored.
    package let fileSize: Int

    /// The most bytes that can still come: exact for a plain file; for a gzip file what deflate's densest coding allows.
    package var remainingAtMost: Int {
        guard isCompressed else { return fileSize - position }
        // A match of 258 bytes takes 2 bits at best, so no more than 1032 bytes come from one.
        let (most, overflow) = fileSize.multipliedReportingOverflow(by: 1032)
        return overflow ? Int.max : most
    }

    package var isCompressed: Bool { inflater != nil }

    private let descriptor: Int32
    private var inflater: Inflater?
    private var position = 0

    /// Opens a regular file; its first two bytes say whether it is compressed.
    package init(path: String) throws(FileError) {
        self.path = path
        // Without O_NONBLOCK, opening a pipe would wait for somebody to write into it.
        descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else {
            let code = errno
            throw FileError(
                code == ENOENT ? .missing : .unreadable, file: path, expected: "a file", found: systemMessage(code))
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw FileError(.unreadable, file: path, expected: "a regular file", found: "something else")
        }
        fileSize = Int(status.st_size)
        var magic: [UInt8] = [0, 0]
        if pread(descriptor, &magic, 2, 0) == 2, magic == [0x1f, 0x8b] { inflater = Inflater(path: path) }
    }

    deinit { close(descriptor) }

    /// The next `count` bytes; fewer only at the end of the file.
    ///
    /// Memory grows with what is really there, never with what `count` says.
    package func read(_ count: Int) throws(FileError) -> [UInt8] {
        var bytes: [UInt8] = []
        // Enough for most data; what is packed more densely grows.
        if count / 4 <= fileSize { bytes.reserveCapacity(count) }
        var piece = [UInt8](repeating: 0, count: min(count, 1 << 18))
        while bytes.count < count {
            let wanted = min(piece.count, count - bytes.count)
            let got = try fill(&piece, wanted)
            if got == 0 { break }
            bytes += piece[..<got]
        }
        position += bytes.count
        return bytes
    }

    /// Makes sure that the file ends here, which for a gzip file includes its checksum.
    package func expectEnd() throws(FileError) {
        let place = "at byte \(position)\(isCompressed ? " after decompression" : "")"
        guard try read(1).isEmpty else {
            throw FileError(.trailingData, file: path, place: place, expected: "the end of the file", found: "more")
        }
    }

    private func fill(_ piece: inout [UInt8], _ wanted: Int) throws(FileError) -> Int {
        guard let inflater else { return try readRaw(&piece, wanted) }
        return try inflater.read(&piece, wanted) { (buffer: inout [UInt8]) throws(FileError) in
            try readRaw(&buffer, buffer.count)
        }
    }

    private func readRaw(_ buffer: inout [UInt8], _ wanted: Int) throws(FileError) -> Int {
        while true {
            let got = buffer.withUnsafeMutableBytes { Foundation.read(descriptor, $0.baseAddress, wanted) }
            if got >= 0 { return got }
            let code = errno
            guard code == EINTR else {
                throw FileError(.unreadable, file: path, expected: "its contents", found: systemMessage(code))
            }
        }
    }
}
