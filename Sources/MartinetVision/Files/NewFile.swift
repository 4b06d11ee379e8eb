import Foundation

/// A file that comes into being all at once: written under a temporary name beside its place, and moved there when it is
/// complete and on the disk. Whatever happens before, nothing is left.
final class NewFile {
    private let path: String
    private let temporaryPath: String
    private var descriptor: Int32

    /// Starts the file `name` in `directory`, which must exist.
    init(directory: String, name: String) throws(DatasetError) {
        path = "\(directory)/\(name)"
        var template = Array("\(directory)/.\(name).XXXXXX".utf8CString)
        descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw Self.error(path, errno) }
        temporaryPath = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    }

    deinit { discard() }

    /// Removes what has been written, unless it is in its place already.
    func discard() {
        guard descriptor >= 0 else { return }
        close(descriptor)
        unlink(temporaryPath)
        descriptor = -1
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(DatasetError) {
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

    func write(_ bytes: [UInt8]) throws(DatasetError) {
        let result = bytes.withUnsafeBytes { bytes -> Result<Void, DatasetError> in
            do throws(DatasetError) { return .success(try write(bytes)) } catch { return .failure(error) }
        }
        try result.get()
    }

    /// Puts the file in its place.
    func commit() throws(DatasetError) {
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

    private static func error(_ path: String, _ code: Int32) -> DatasetError {
        DatasetError(.unwritable, file: path, expected: "to write it", found: systemMessage(code))
    }
}
