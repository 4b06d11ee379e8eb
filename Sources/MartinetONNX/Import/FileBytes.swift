import Foundation

/// Reads files of other people's, which may be anything.
enum FileBytes {
    struct Problem: Error {
        let expected, found: String
    }

    /// `count` bytes from `offset`; all from there if nil.
    ///
    /// - Throws: a `Problem` if there is no regular file with so many bytes, or no more than `limit` in all.
    static func read(_ path: String, offset: Int = 0, count: Int? = nil, limit: Int = .max) throws(Problem) -> Data {
        // Without O_NONBLOCK, opening a pipe would wait for somebody to write into it.
        let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { throw Problem(expected: "a file", found: message(errno)) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw Problem(expected: "a regular file", found: "something else")
        }
        let size = Int(status.st_size)
        guard size <= limit else { throw Problem(expected: "at most \(limit) bytes", found: "\(size)") }
        let wanted = count ?? max(0, size - offset)
        guard offset <= size, wanted <= size - offset else {
            throw Problem(expected: "\(wanted) bytes from byte \(offset)", found: "\(size) bytes")
        }
        var data = Data(count: wanted)
        var done = 0
        while done < wanted {
            let got = data.withUnsafeMutableBytes { bytes in
                pread(descriptor, bytes.baseAddress! + done, wanted - done, off_t(offset + done))
            }
            if got > 0 {
                done += got
            } else if got == 0 || errno != EINTR {
                throw Problem(expected: "\(wanted) bytes", found: got == 0 ? "\(done)" : message(errno))
            }
        }
        return data
    }

    private static func message(_ code: Int32) -> String { String(cString: strerror(code)) }
}
