import Foundation
import Synchronization

/// Why something could not be written for TensorBoard.
public struct TensorBoardError: Error, Equatable, CustomStringConvertible {
    /// The file or folder.
    public let path: String
    public let reason: String

    public var description: String { "\(path): \(reason)" }
}

/// A new file of events, to which records are added one by one, each whole or not at all.
final class EventFile {
    let path: String
    private var descriptor: Int32
    private var size: off_t = 0

    /// Files of this process with the same second in their names.
    private static let count = Atomic<Int>(0)

    /// Creates the file, and the folder if need be.
    init(folder: URL, suffix: String) throws(TensorBoardError) {
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch {
            throw TensorBoardError(path: folder.path, reason: "cannot be created: \(error.localizedDescription)")
        }
        let host = ProcessInfo.processInfo.hostName.replacing("/", with: "-")
        let number = Self.count.add(1, ordering: .relaxed).oldValue
        let name = "events.out.tfevents.\(Int(Date().timeIntervalSince1970)).\(host).\(getpid()).\(number)\(suffix)"
        path = folder.appending(path: name).path
        descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw TensorBoardError(path: path, reason: "cannot be created: \(Self.message(errno))")
        }
    }

    deinit { close() }

    func append(_ event: TensorBoardEvent) throws(TensorBoardError) {
        guard descriptor >= 0 else { throw TensorBoardError(path: path, reason: "is closed") }
        let payload: Data
        do {
            payload = try event.serializedData()
        } catch {
            throw TensorBoardError(path: path, reason: "cannot hold an event: \(error)")
        }
        let record = RecordFraming.frame(payload)
        var done = 0
        while done < record.count {
            let count = record.withUnsafeBytes { write(descriptor, $0.baseAddress! + done, record.count - done) }
            if count >= 0 {
                done += count
            } else if errno != EINTR {
                let reason = Self.message(errno)
                // A part of a record would hide all that follows.
                _ = ftruncate(descriptor, size)
                lseek(descriptor, size, SEEK_SET)
                throw TensorBoardError(path: path, reason: "cannot be written: \(reason)")
            }
        }
        size += off_t(record.count)
    }

    /// Waits until all is on the disk.
    func synchronize() throws(TensorBoardError) {
        guard descriptor < 0 || fsync(descriptor) == 0 else {
            throw TensorBoardError(path: path, reason: "cannot be written: \(Self.message(errno))")
        }
    }

    func close() {
        guard descriptor >= 0 else { return }
        Foundation.close(descriptor)
        descriptor = -1
    }

    private static func message(_ code: Int32) -> String { String(cString: strerror(code)) }
}
