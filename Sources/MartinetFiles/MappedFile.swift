import Foundation

/// A whole file, mapped into memory: nothing is read before it is looked at. Unmapped when the last reference goes.
///
/// A file that somebody else cuts short meanwhile cannot be read any more, which the system answers by ending the process; files
/// that appear by renaming, as those that `NewFile` writes do, are safe to replace.
package final class MappedFile: Sendable {
    package let path: String
    package let count: Int
    // Never written to, and valid until deinit.
    nonisolated(unsafe) private let base: UnsafeRawPointer?
    /// Whether the bytes are a copy in memory and no mapping.
    package let isCopy: Bool

    package init(path: String) throws(FileError) {
        self.path = path
        isCopy = false
        // Without O_NONBLOCK, opening a pipe would wait for somebody to write into it.
        let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else {
            let code = errno
            throw FileError(
                code == ENOENT ? .missing : .unreadable, file: path, expected: "a file", found: systemMessage(code))
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw FileError(.unreadable, file: path, expected: "a regular file", found: "something else")
        }
        count = Int(status.st_size)
        guard count > 0 else {
            base = nil
            return
        }
        guard let address = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0), address != MAP_FAILED else {
            throw FileError(.unreadable, file: path, expected: "its contents", found: systemMessage(errno))
        }
        base = UnsafeRawPointer(address)
    }

    /// Bytes that are in memory already, as if they were a file's.
    package init(_ bytes: [UInt8], path: String) {
        self.path = path
        count = bytes.count
        isCopy = true
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 64)
        copy.copyBytes(from: bytes)
        base = UnsafeRawPointer(copy.baseAddress)
    }

    deinit {
        guard let base else { return }
        if isCopy { base.deallocate() } else { munmap(UnsafeMutableRawPointer(mutating: base), count) }
    }

    /// Hands the whole file to `body`, which must not keep the pointer.
    package func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try withExtendedLifetime(self) { try body(UnsafeRawBufferPointer(start: base, count: count)) }
    }

    /// A copy of all bytes.
    package var data: Data { data(0..<count) }

    /// A copy of the bytes in `range`, which lies in the file.
    package func data(_ range: Range<Int>) -> Data { withBytes { Data($0[range]) } }

    /// A copy of the bytes in `range`, clamped to the file.
    package func bytes(_ range: Range<Int>) -> [UInt8] {
        withBytes { Array($0[range.clamped(to: 0..<count)]) }
    }
}
