import Foundation
import Martinet
import MartinetBase
import MartinetTestSupport
import Testing

@testable import MartinetVision

/// Against a server on this machine; what a user has of it is a file that is complete or not there.
@Suite struct DownloadTests {
    private let folder: TemporaryFolder
    private let contents = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }

    init() throws { folder = try TemporaryFolder() }

    private func download(from address: URL, size: Int? = nil, checksum: String? = nil) -> Download {
        Download(
            address: address.appendingPathComponent("file.gz"), name: "file.gz", size: size ?? contents.count,
            checksum: .sha256(checksum ?? sha256(contents)), idleTimeout: 20, totalTimeout: 60)
    }

    /// What fetching throws, after which the folder must be empty.
    private func error(_ download: Download) -> FileError? {
        do throws(FileError) {
            try download.fetch(to: folder.path)
            return nil
        } catch {
            #expect(folder.contents.isEmpty, "left behind: \(folder.contents)")
            #expect(error.file == download.address.absoluteString)
            return error
        }
    }

    private func serve(_ answer: LoopbackServer.Answer) -> LoopbackServer {
        LoopbackServer { _ in answer }
    }

    @Test func computesChecksums() {
        #expect(sha256([]) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(sha256(Array("abc".utf8)) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }

    @Test func fetchesAFileAndTellsItsProgress() throws {
        let server = serve(.response(status: 200, body: contents, length: contents.count))
        let seen = Locked<[DownloadProgress]>([])
        try download(from: server.address).fetch(to: folder.path) { progress in seen.withLock { $0.append(progress) } }
        #expect(folder.contents == ["file.gz"])
        #expect(try Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/file.gz")) == Data(contents))
        let steps = seen.withLock { $0 }
        #expect(steps.last == DownloadProgress(file: "file.gz", received: contents.count, total: contents.count))
        #expect(zip(steps, steps.dropFirst()).allSatisfy { $0.received < $1.received })
    }

    @Test func replacesWhatWasThere() throws {
        try folder.write("file.gz", [1, 2, 3])
        let server = serve(.response(status: 200, body: contents, length: nil))
        try download(from: server.address).fetch(to: folder.path)
        #expect(try Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/file.gz")) == Data(contents))
    }

    @Test(arguments: [404, 500, 204]) func refusesAnotherStatus(status: Int) {
        let server = serve(.response(status: status, body: status == 204 ? [] : contents, length: nil))
        let failure = error(download(from: server.address))
        #expect(failure?.kind == .downloadFailed)
        #expect(failure?.expected == "HTTP status 200" && failure?.found == "\(status)")
    }

    @Test func refusesABrokenOffDownload() {
        let half = Array(contents[..<150_000])
        let announced = serve(.response(status: 200, body: half, length: contents.count))
        let failure = error(download(from: announced.address))
        #expect(failure?.kind == .downloadFailed || failure?.kind == .truncated)
        let unannounced = serve(.response(status: 200, body: half, length: nil))
        let short = error(download(from: unannounced.address))
        #expect(short?.kind == .truncated && short?.found == "150000" && short?.expected == "300000 bytes")
        let nothing = serve(.response(status: 200, body: [], length: 0))
        #expect(error(download(from: nothing.address))?.kind == .truncated)
    }

    @Test func refusesMoreThanThereShouldBe() {
        let server = serve(.response(status: 200, body: contents, length: contents.count))
        let failure = error(download(from: server.address, size: 100_000))
        #expect(failure?.kind == .trailingData)
    }

    @Test func refusesAWrongChecksum() {
        let server = serve(.response(status: 200, body: contents, length: contents.count))
        let expected = String(repeating: "0", count: 64)
        let failure = error(download(from: server.address, checksum: expected))
        #expect(failure?.kind == .wrongChecksum)
        #expect(failure?.expected == "SHA-256 \(expected)" && failure?.found == sha256(contents))
    }

    @Test func refusesARefusedConnection() throws {
        let address = try #require(URL(string: "http://127.0.0.1:\(LoopbackServer.unusedPort())/"))
        #expect(error(download(from: address))?.kind == .downloadFailed)
    }

    @Test func givesUpOnAServerThatSaysNothing() {
        let server = serve(.silence)
        var waiting = download(from: server.address)
        waiting.idleTimeout = 1
        #expect(error(waiting)?.kind == .downloadFailed)
        waiting.idleTimeout = 60
        waiting.totalTimeout = 1
        let late = error(waiting)
        #expect(late?.kind == .downloadFailed)
    }

    @Test func refusesAFolderThatCannotBeWrittenTo() {
        let server = serve(.response(status: 200, body: contents, length: contents.count))
        #expect(throws: FileError.self) { try download(from: server.address).fetch(to: "\(folder.path)/nowhere") }
        #expect(throws: FileError.self) {
            try FashionMNIST.Files.fetch([], to: "/dev/null/folder", progress: nil)
        }
    }

    @Test func fetchesOnlyWhatIsMissing() throws {
        let asked = Locked<[String]>([])
        let body = contents
        let server = LoopbackServer { request in
            asked.withLock { $0.append(request.path) }
            return .response(status: 200, body: body, length: body.count)
        }
        try folder.write("there.gz", [1])
        let downloads = ["there.gz", "a.gz", "b.gz"].map {
            Download(
                address: server.address.appendingPathComponent($0), name: $0, size: body.count,
                checksum: .sha256(sha256(body)))
        }
        try FashionMNIST.Files.fetch(downloads, to: folder.path, progress: nil)
        #expect(folder.contents == ["a.gz", "b.gz", "there.gz"])
        #expect(asked.withLock { $0 } == ["/a.gz", "/b.gz"])
    }

    /// The whole way of somebody who has nothing: no folder, a download to the cache; here with the wrong contents.
    @Test func aFailedDownloadLeavesTheCacheEmpty() throws {
        let server = serve(.response(status: 200, body: contents, length: contents.count))
        let folders = DatasetFolders(environment: ["MARTINET_CACHE": folder.path], system: [])
        #expect(throws: FileError.self) {
            try FashionMNIST.Files.locate(
                directory: nil, folders: folders, download: true, mirror: server.address, progress: nil)
        }
        #expect(folder.contents == ["fashion-mnist"])
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(folder.path)/fashion-mnist").isEmpty)
    }
}
