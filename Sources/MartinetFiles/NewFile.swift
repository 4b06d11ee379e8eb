import Foundation

/// A file that comes into being all at once: written under a temporary name beside its place, and moved there when it is
/// complete and on the disk. Whatever happens before, nothing is left.
package final class NewFile {
    private let path: String
    private let temporaryPath: String
    private var descriptor: Int32

    /// Starts the file `name` in `directory`, which must exist.
    package init(directory: String, name: String) throws(FileError) {
        path = "\(directory)/\(name)"
        var template = Array("\(directory)/.\(name).XXXXXX".utf8CString)
        descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw Self.error(path, errno) }
        temporaryPath = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    }

    deinit { discard() }

    /// Removes what has been written, unless it is in its place already.
    package func discard() {
        guard descriptor >= 0 else { return }
        close(descriptor)
        unlink(temporaryPath)
        descriptor = -1
    }

    package func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = Foundation.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno != EINTR {
                throw Self.error(path, errno)
            }
        }
    }

    package func write(_ bytes: [UInt8]) throws(FileError) {
        let result = bytes.withUnsafeBytes { bytes -> Result<Void, FileError> in
            do throws(FileError) { return .success(try write(bytes)) } catch { return .failure(error) }
        }
        try result.get()
    }

    /// Puts the file in its place.
    package func commit() throws(FileError) {
        // mkstemp lets only the owner read, but a cache may be shared.
        guard fchmod(descriptor, 0o644) == 0, fsync(descriptor) == 0, rename(temporaryPath, path) == 0 else {
            throw Self.error(path, errno)
        }
        close(descriptor)
        descriptor = -1
        // The new name, too, should survive a power failure; where directories cannot be synchronised, it may not.
        let directory = open((path as NSString).deletingLastPathComponent, O_RDONLY | O_CLOEXEC)
        if directory >= 0 {
            _ = fsync(directory)
            close(directory)
        }
    }

    private static func error(_ path: String, _ code: Int32) -> FileError {
        FileError(.unwritable, file: path, expected: "to write it", found: systemMessage(code))
    }
}
