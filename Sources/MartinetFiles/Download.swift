import Foundation

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// How far a download has come.
public struct DownloadProgress: Sendable, Equatable {
    /// The name of the file.
    public let file: String

    /// Bytes received and to be received; 0 for the latter where nobody says how many.
    public let received: Int
    public let total: Int

    package init(file: String, received: Int, total: Int) {
        self.file = file
        self.received = received
        self.total = total
    }
}

/// A file to be fetched, whose checksum is known.
package struct Download: Sendable {
    package let address: URL
    package let name: String

    /// In bytes: one number if it is known, or what is plausible.
    package let size: ClosedRange<Int>

    package let checksum: Checksum

    /// Whether what is there when a download breaks off is kept, and gone on from: at once as long as some of it comes, and
    /// when the file is next fetched.
    package var isResumable: Bool

    /// The most seconds without any data, and for the whole file.
    package var idleTimeout: Double
    package var totalTimeout: Double

    package init(
        address: URL, name: String, size: ClosedRange<Int>, checksum: Checksum, isResumable: Bool = false,
        idleTimeout: Double = 30, totalTimeout: Double = 1800
    ) {
        self.address = address
        self.name = name
        self.size = size
        self.checksum = checksum
        self.isResumable = isResumable
        self.idleTimeout = idleTimeout
        self.totalTimeout = totalTimeout
    }

    /// A file whose size is known.
    package init(
        address: URL, name: String, size: Int, checksum: Checksum, isResumable: Bool = false,
        idleTimeout: Double = 30, totalTimeout: Double = 1800
    ) {
        self.init(
            address: address, name: name, size: size...size, checksum: checksum, isResumable: isResumable,
            idleTimeout: idleTimeout, totalTimeout: totalTimeout)
    }

    /// Connections that may break off before the download is given up for now.
    private static let mostAttempts = 5

    /// Fetches the file into `directory`, where it appears only if it is complete and its checksum right.
    package func fetch(
        to directory: String, progress: (@Sendable (DownloadProgress) -> Void)? = nil
    ) throws(FileError) {
        let file =
            try isResumable
            ? NewFile(resuming: name, directory: directory) : NewFile(directory: directory, name: name)
        if file.count > size.upperBound { try file.restart() }
        for attempt in 1... {
            let before = file.count
            do throws(FileError) {
                return try fetch(into: file, progress)
            } catch {
                // The bytes that were there may have been of another file.
                let isStale = before > 0 && [.wrongChecksum, .trailingData].contains(error.kind)
                let isBroken = [.downloadFailed, .truncated].contains(error.kind)
                if isResumable, isStale { try file.restart() }
                let goesOn = isResumable && (isStale || isBroken && file.count > before) && attempt < Self.mostAttempts
                if !goesOn {
                    file.close(keepsPart: isResumable && isBroken)
                    throw error
                }
            }
        }
    }

    /// One connection: goes on after what `file` has.
    private func fetch(
        into file: NewFile, _ progress: (@Sendable (DownloadProgress) -> Void)?
    ) throws(FileError) {
        let receiver = try Receiver(self, file, progress)
        // A process may have ended between the last byte and its commit.
        if try receiver.isComplete() { return try file.commit() }
        let configuration = URLSessionConfiguration.ephemeral
        configuration.timeoutIntervalForRequest = idleTimeout
        configuration.timeoutIntervalForResource = totalTimeout
        let queue = OperationQueue()
        queue.maxConcurrentOperationCount = 1
        let session = URLSession(configuration: configuration, delegate: receiver, delegateQueue: queue)
        // On the session's queue, so that no data can still come in; the session lets go of the receiver only later.
        defer { queue.addOperations([BlockOperation { receiver.giveUp() }], waitUntilFinished: true) }
        var request = URLRequest(url: address)
        if file.count > 0 { request.setValue("bytes=\(file.count)-", forHTTPHeaderField: "Range") }
        session.dataTask(with: request).resume()
        // The session's own limit for a resource is not kept everywhere.
        let timedOut = receiver.done.wait(timeout: .now() + totalTimeout) == .timedOut
        session.invalidateAndCancel()
        if timedOut { throw error(expected: "an end within \(Int(totalTimeout)) seconds", found: "none") }
        try receiver.finish()
    }

    /// "300000 bytes", or what is plausible.
    fileprivate var sizeText: String {
        size.lowerBound == size.upperBound
            ? "\(size.lowerBound) bytes" : "\(size.lowerBound) to \(size.upperBound) bytes"
    }

    fileprivate func error(
        _ kind: FileError.Kind = .downloadFailed, place: String? = nil, expected: String, found: String
    ) -> FileError {
        FileError(kind, file: address.absoluteString, place: place, expected: expected, found: found)
    }
}

/// Takes in what the server sends: checks the status, writes, counts and hashes.
private final class Receiver: NSObject, URLSessionDataDelegate, @unchecked Sendable {
    // @unchecked: the session calls on one serial queue, where `giveUp` runs too; whoever waits for `done` looks at the rest
    // only after it, and after a time-out not at all.

    let done = DispatchSemaphore(value: 0)
    private let download: Download
    private let file: NewFile
    private let progress: (@Sendable (DownloadProgress) -> Void)?
    private var digest: Digest
    /// The size of the whole file in bytes, as the server states it.
    private var announced: Int?
    private var failure: FileError?

    init(
        _ download: Download, _ file: NewFile, _ progress: (@Sendable (DownloadProgress) -> Void)?
    ) throws(FileError) {
        self.download = download
        self.file = file
        self.progress = progress
        digest = download.checksum.makeDigest()
        let digest = digest
        try file.forEachPiece { digest.update($0) }
    }

    /// Whether the file has been there before anything is asked for.
    func isComplete() throws(FileError) -> Bool {
        guard file.count > 0, download.size.contains(file.count) else { return false }
        let digest = download.checksum.makeDigest()
        try file.forEachPiece { digest.update($0) }
        return download.checksum.matches(digest.finish())
    }

    /// After `done`: puts the file in its place if everything is right.
    func finish() throws(FileError) {
        if let failure { throw failure }
        let expected = announced.map { "\($0) bytes" } ?? download.sizeText
        guard file.count >= announced ?? download.size.lowerBound, file.count >= download.size.lowerBound else {
            throw download.error(
                .truncated, place: "at byte \(file.count)", expected: expected, found: "\(file.count)")
        }
        let found = digest.finish()
        guard download.checksum.matches(found) else {
            throw download.error(
                .wrongChecksum, expected: "\(download.checksum.name) \(download.checksum.digits)", found: found)
        }
        try file.commit()
    }

    /// Takes in no more.
    func giveUp() {
        if failure == nil { failure = download.error(expected: download.sizeText, found: "a download given up") }
    }

    func urlSession(
        _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
        completionHandler: @escaping @Sendable (URLSession.ResponseDisposition) -> Void
    ) {
        do throws(FileError) {
            try start(response as? HTTPURLResponse)
        } catch {
            failure = failure ?? error
        }
        completionHandler(failure == nil ? .allow : .cancel)
    }

    /// Looks at what the server is about to send: the whole file, or what follows on what is there.
    private func start(_ response: HTTPURLResponse?) throws(FileError) {
        switch response?.statusCode {
        case 200:
            if let length = response?.expectedContentLength, length >= 0 { announced = Int(length) }
            if file.count > 0 {
                // A server that knows no ranges.
                try file.restart()
                digest = download.checksum.makeDigest()
            }
        case 206 where file.count > 0:
            // "bytes 1000-2999/3000", or "*" for a size that is not known.
            let range = response?.value(forHTTPHeaderField: "Content-Range") ?? "none"
            let parts = range.split { " -/".contains($0) }
            guard parts.count == 4, parts[0] == "bytes", Int(parts[1]) == file.count else {
                throw download.error(
                    .trailingData, expected: "what follows on byte \(file.count)", found: "the range \(range)")
            }
            announced = Int(parts[3])
        case 416 where file.count > 0:
            throw download.error(.trailingData, expected: "\(file.count) bytes and more", found: "fewer")
        case let status:
            throw download.error(
                expected: "HTTP status 200", found: status.map(String.init) ?? "no HTTP")
        }
        if let announced, announced > download.size.upperBound {
            throw download.error(
                .trailingData, place: "at byte \(download.size.upperBound)", expected: download.sizeText, found: "more")
        }
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        guard failure == nil else { return }
        guard file.count + data.count <= download.size.upperBound else {
            failure = download.error(
                .trailingData, place: "at byte \(download.size.upperBound)", expected: download.sizeText, found: "more")
            dataTask.cancel()
            return
        }
        do throws(FileError) {
            try store(data)
            let total = announced ?? (download.size.count == 1 ? download.size.lowerBound : 0)
            progress?(DownloadProgress(file: download.name, received: file.count, total: total))
        } catch {
            failure = error
            dataTask.cancel()
        }
    }

    private func store(_ data: Data) throws(FileError) {
        let result = data.withUnsafeBytes { bytes -> Result<Void, FileError> in
            do throws(FileError) { return .success(try file.write(bytes)) } catch { return .failure(error) }
        }
        try result.get()
        data.withUnsafeBytes { digest.update($0) }
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        if let error, failure == nil {
            failure = download.error(
                place: file.count > 0 ? "at byte \(file.count)" : nil, expected: download.sizeText,
                found: error.localizedDescription)
        }
        done.signal()
    }
}
