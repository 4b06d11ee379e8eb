import Foundation

/// A file that comes into being all at once: written under another name beside its place, and moved there when it is
/// complete and on the disk. Whatever happens before, nothing is left; or, if it is one to be gone on with, the part that is
/// there, under its other name.
package final class NewFile {
    private let path: String
    private let temporaryPath: String
    private let isResumable: Bool
    private var descriptor: Int32

    /// How many bytes it has so far.
    package private(set) var count = 0

    /// Starts the file `name` in `directory`, which must exist.
    package init(directory: String, name: String) throws(FileError) {
        path = "\(directory)/\(name)"
        isResumable = false
        var template = Array("\(directory)/.\(name).XXXXXX".utf8CString)
        descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw Self.error(path, errno) }
        temporaryPath = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    }

    /// Goes on with the file `name` in `directory`, which must exist, after what is there of it in `.name.part`.
    ///
    /// - Throws: `FileError`, also if another process is writing it.
    package init(resuming name: String, directory: String) throws(FileError) {
        path = "\(directory)/\(name)"
        temporaryPath = "\(directory)/.\(name).part"
        isResumable = true
        descriptor = open(temporaryPath, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard descriptor >= 0 else { throw Self.error(path, errno) }
        // A process that has just been made may hold the lock for a moment, together with the one that made it.
        var attempts = 0
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0, attempts < 20 {
            attempts += 1
            usleep(10_000)
        }
        guard attempts < 20 else {
            Foundation.close(descriptor)
            descriptor = -1
            throw FileError(
                .unwritable, file: path, expected: "to be alone in writing it", found: "another process that writes it")
        }
        count = Int(max(0, lseek(descriptor, 0, SEEK_END)))
    }

    deinit { close(keepsPart: isResumable) }

    /// Removes what has been written, unless it is in its place already.
    package func discard() { close(keepsPart: false) }

    /// Ends the writing for now, unless it has ended; `keepsPart`: whether what has been written stays, to be gone on with.
    package func close(keepsPart: Bool) {
        guard descriptor >= 0 else { return }
        if !keepsPart || count == 0 { unlink(temporaryPath) }
        Foundation.close(descriptor)
        descriptor = -1
    }

    /// Forgets what has been written so far.
    package func restart() throws(FileError) {
        guard ftruncate(descriptor, 0) == 0, lseek(descriptor, 0, SEEK_SET) == 0 else { throw Self.error(path, errno) }
        count = 0
    }

    /// Hands all that has been written so far to `body`, piece by piece.
    package func forEachPiece(_ body: (UnsafeRawBufferPointer) -> Void) throws(FileError) {
        var piece = [UInt8](repeating: 0, count: 1 << 20)
        var position = 0
        while position < count {
            let got = pread(descriptor, &piece, min(piece.count, count - position), off_t(position))
            guard got > 0 else { throw Self.error(path, got < 0 ? errno : EIO) }
            piece.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[..<got])) }
            position += got
        }
    }

    package func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = Foundation.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            if written >= 0 {
                rest = rest.dropFirst(written)
                count += written
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
        Foundation.close(descriptor)
        descriptor = -1
        // The new name, too, should survive a power failure; where directories cannot be synchronised, it may not.
        let directory = open((path as NSString).deletingLastPathComponent, O_RDONLY | O_CLOEXEC)
        if directory >= 0 {
            _ = fsync(directory)
            Foundation.close(directory)
        }
    }

    private static func error(_ path: String, _ code: Int32) -> FileError {
        FileError(.unwritable, file: path, expected: "to write it", found: systemMessage(code))
    }
}
