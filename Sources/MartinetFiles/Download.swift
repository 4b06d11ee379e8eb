import Foundation

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// How far a download has come.
public struct DownloadProgress: Sendable, Equatable {
    /// The name of the file.
    public let file: String

    /// Bytes received and to be received.
    public let received: Int
    public let total: Int

    package init(file: String, received: Int, total: Int) {
        self.file = file
        self.received = received
        self.total = total
    }
}

/// A file to be fetched, whose size and checksum are known.
package struct Download: Sendable {
    package let address: URL
    package let name: String
    package let size: Int

    /// SHA-256 in lowercase hexadecimal digits.
    package let checksum: String

    /// The most seconds without any data, and for the whole file.
    package var idleTimeout: Double
    package var totalTimeout: Double

    package init(
        address: URL, name: String, size: Int, checksum: String, idleTimeout: Double = 30, totalTimeout: Double = 1800
    ) {
        self.address = address
        self.name = name
        self.size = size
        self.checksum = checksum
        self.idleTimeout = idleTimeout
        self.totalTimeout = totalTimeout
    }

    /// Fetches the file into `directory`, where it appears only if it is complete and its checksum right.
    package func fetch(
        to directory: String, progress: (@Sendable (DownloadProgress) -> Void)? = nil
    ) throws(FileError) {
        let receiver = Receiver(self, try NewFile(directory: directory, name: name), progress)
        let configuration = URLSessionConfiguration.ephemeral
        configuration.timeoutIntervalForRequest = idleTimeout
        configuration.timeoutIntervalForResource = totalTimeout
        let queue = OperationQueue()
        queue.maxConcurrentOperationCount = 1
        let session = URLSession(configuration: configuration, delegate: receiver, delegateQueue: queue)
        // On the session's queue, so that no data can still come in; the session lets go of the receiver only later.
        defer { queue.addOperations([BlockOperation { receiver.discard() }], waitUntilFinished: true) }
        session.dataTask(with: address).resume()
        // The session's own limit for a resource is not kept everywhere.
        let timedOut = receiver.done.wait(timeout: .now() + totalTimeout) == .timedOut
        session.invalidateAndCancel()
        if timedOut { throw error(expected: "an end within \(Int(totalTimeout)) seconds", found: "none") }
        try receiver.finish()
    }

    fileprivate func error(
        _ kind: FileError.Kind = .downloadFailed, place: String? = nil, expected: String, found: String
    ) -> FileError {
        FileError(kind, file: address.absoluteString, place: place, expected: expected, found: found)
    }
}

/// Takes in what the server sends: checks the status, writes, counts and hashes.
private final class Receiver: NSObject, URLSessionDataDelegate, @unchecked Sendable {
    // @unchecked: the session calls on one serial queue, where `discard` runs too; whoever waits for `done` looks at the rest
    // only after it, and after a time-out not at all.

    let done = DispatchSemaphore(value: 0)
    private let download: Download
    private let file: NewFile
    private let progress: (@Sendable (DownloadProgress) -> Void)?
    private let digest = SHA256()
    private var received = 0
    private var failure: FileError?

    init(_ download: Download, _ file: NewFile, _ progress: (@Sendable (DownloadProgress) -> Void)?) {
        self.download = download
        self.file = file
        self.progress = progress
    }

    /// After `done`: puts the file in its place if everything is right.
    func finish() throws(FileError) {
        if let failure { throw failure }
        guard received == download.size else {
            throw download.error(
                .truncated, place: "at byte \(received)", expected: "\(download.size) bytes", found: "\(received)")
        }
        let checksum = digest.finish()
        guard checksum == download.checksum else {
            throw download.error(
                .wrongChecksum, expected: "SHA-256 \(download.checksum)", found: checksum)
        }
        try file.commit()
    }

    /// Leaves nothing behind, unless the file is in its place; takes in no more.
    func discard() {
        file.discard()
        if failure == nil { failure = download.error(expected: "\(download.size) bytes", found: "a download given up") }
    }

    func urlSession(
        _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
        completionHandler: @escaping @Sendable (URLSession.ResponseDisposition) -> Void
    ) {
        let status = (response as? HTTPURLResponse)?.statusCode
        if status != 200 {
            failure = download.error(expected: "HTTP status 200", found: status.map(String.init) ?? "no HTTP")
        }
        completionHandler(failure == nil ? .allow : .cancel)
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        guard failure == nil else { return }
        received += data.count
        guard received <= download.size else {
            failure = download.error(
                .trailingData, place: "at byte \(download.size)", expected: "\(download.size) bytes", found: "more")
            dataTask.cancel()
            return
        }
        do throws(FileError) {
            try store(data)
            progress?(DownloadProgress(file: download.name, received: received, total: download.size))
        } catch {
            failure = error
            dataTask.cancel()
        }
    }

    private func store(_ data: Data) throws(FileError) {
        let result = data.withUnsafeBytes { bytes -> Result<Void, FileError> in
            digest.update(bytes)
            do throws(FileError) { return .success(try file.write(bytes)) } catch { return .failure(error) }
        }
        try result.get()
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        if let error, failure == nil {
            failure = download.error(
                place: received > 0 ? "at byte \(received)" : nil, expected: "\(download.size) bytes",
                found: error.localizedDescription)
        }
        done.signal()
    }
}
