import Foundation
import MartinetBase
import MartinetTestSupport
import Testing

@testable import MartinetFiles

/// Large files, whose download goes on where it broke off; against a server on this machine.
@Suite struct ResumedDownloadTests {
    private let folder: TemporaryFolder
    private let contents = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
    private static let part = ".weights.pth.part"

    init() throws { folder = try TemporaryFolder() }

    private func download(from server: LoopbackServer, checksum: Checksum? = nil) -> Download {
        Download(
            address: server.address.appendingPathComponent("weights.pth"), name: "weights.pth",
            size: 200_000...400_000, checksum: checksum ?? .sha256(String(sha256(contents).prefix(8))),
            isResumable: true, idleTimeout: 20, totalTimeout: 60)
    }

    /// A server that sends at most `most` bytes of `contents` and then breaks off, and notes where requests begin.
    private func breakingServer(_ most: Int, _ starts: Starts) -> LoopbackServer {
        LoopbackServer { [contents] request in
            let start = request.start ?? 0
            starts.add(start)
            let range = ["Content-Range": "bytes \(start)-\(contents.count - 1)/\(contents.count)"]
            return .response(
                status: request.start == nil ? 200 : 206, body: Array(contents[start...].prefix(most)),
                length: contents.count - start, headers: request.start == nil ? [:] : range)
        }
    }

    private func fileContents() throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/weights.pth")))
    }

    private func error(_ download: Download) -> FileError? {
        #expect(throws: FileError.self) { try download.fetch(to: folder.path) }
    }

    @Test func goesOnAtOnceWhereItBrokeOff() throws {
        let starts = Starts()
        let server = breakingServer(100_000, starts)
        let seen = Locked<[DownloadProgress]>([])
        try download(from: server).fetch(to: folder.path) { progress in seen.withLock { $0.append(progress) } }
        #expect(try fileContents() == contents && folder.contents == ["weights.pth"])
        #expect(starts.all.first == 0 && starts.all.count >= 3 && starts.all == starts.all.sorted())
        #expect(
            seen.withLock { $0.last } == DownloadProgress(file: "weights.pth", received: 300_000, total: 300_000))
    }

    @Test func goesOnInAnotherRun() throws {
        let starts = Starts()
        // Too little for one run's connections.
        var server = breakingServer(40_000, starts)
        let failure = error(download(from: server))
        #expect([.downloadFailed, .truncated].contains(failure?.kind))
        #expect(folder.contents == [Self.part], "no part is taken for the whole")
        server = breakingServer(300_000, starts)
        try download(from: server).fetch(to: folder.path)
        #expect(try fileContents() == contents && folder.contents == ["weights.pth"])
        #expect(starts.all.last ?? 0 > 100_000)
    }

    @Test func takesAPartThatIsWhole() throws {
        try folder.write(Self.part, contents)
        let server = LoopbackServer { _ in .response(status: 500, body: [], length: 0) }
        try download(from: server).fetch(to: folder.path)
        #expect(try fileContents() == contents && folder.contents == ["weights.pth"])
    }

    @Test func beginsAnewWhereTheServerKnowsNoRanges() throws {
        try folder.write(Self.part, Array(contents[..<1000]))
        let server = LoopbackServer { [contents] _ in .response(status: 200, body: contents, length: contents.count) }
        try download(from: server).fetch(to: folder.path)
        #expect(try fileContents() == contents)
    }

    /// What is there is of another file, or longer than the one that is wanted.
    @Test(arguments: [1000, 300_000, 350_000, 500_000]) func beginsAnewAfterAnotherFilesPart(size: Int) throws {
        try folder.write(Self.part, [UInt8](repeating: 7, count: size))
        let server = LoopbackServer { [contents] request in
            let start = request.start ?? 0
            guard start < contents.count else { return .response(status: 416, body: [], length: 0) }
            return .response(
                status: request.start == nil ? 200 : 206, body: Array(contents[start...]),
                length: contents.count - start,
                headers: ["Content-Range": "bytes \(start)-\(contents.count - 1)/\(contents.count)"])
        }
        try download(from: server).fetch(to: folder.path)
        #expect(try fileContents() == contents && folder.contents == ["weights.pth"])
    }

    @Test func refusesAnotherRangeThanTheOneAskedFor() throws {
        try folder.write(Self.part, Array(contents[..<1000]))
        let server = LoopbackServer { [contents] request in
            .response(
                status: 206, body: Array(contents[2000...]), length: contents.count - 2000,
                headers: ["Content-Range": "bytes 2000-299999/300000"])
        }
        // Once more without a range, which is no answer to a request for the whole.
        #expect(error(download(from: server))?.kind == .downloadFailed)
        #expect(!folder.contents.contains("weights.pth"))
    }

    @Test(arguments: [Checksum.sha256("00000000"), .md5("00000000000000000000000000000000")])
    func keepsNothingOfAFileWithAWrongChecksum(checksum: Checksum) {
        let server = LoopbackServer { [contents] _ in .response(status: 200, body: contents, length: contents.count) }
        let failure = error(download(from: server, checksum: checksum))
        #expect(failure?.kind == .wrongChecksum && failure?.expected == "\(checksum.name) \(checksum.digits)")
        #expect(folder.contents.isEmpty)
    }

    @Test func knowsMD5() {
        let digest = Digest(.md5)
        Array("abc".utf8).withUnsafeBytes { digest.update($0) }
        #expect(digest.finish() == "900150983cd24fb0d6963f7d28e17f72")
    }

    @Test func refusesWhatIsLargerThanPlausible() {
        let server = LoopbackServer { _ in .response(status: 200, body: [1], length: 1 << 40) }
        #expect(error(download(from: server))?.kind == .trailingData)
        let silent = LoopbackServer { _ in
            .response(status: 200, body: [UInt8](repeating: 1, count: 500_000), length: nil)
        }
        #expect(error(download(from: silent))?.kind == .trailingData)
        #expect(folder.contents.isEmpty)
    }

    @Test func twoProcessesDoNotWriteOneFile() throws {
        let first = try NewFile(resuming: "weights.pth", directory: folder.path)
        try first.write([1])
        let server = LoopbackServer { _ in .silence }
        let failure = error(download(from: server))
        #expect(failure?.kind == .unwritable && failure?.found == "another process that writes it")
        first.discard()
    }

    /// The system takes no more than 100,000 bytes, as it does where a disk is full.
    @Test func leavesNothingOnAFullDisk() async {
        await #expect(processExitsWith: .success) {
            signal(SIGXFSZ, SIG_IGN)
            var limit = rlimit(rlim_cur: 100_000, rlim_max: 100_000)
            precondition(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
            let contents = [UInt8](repeating: 1, count: 300_000)
            for isResumable in [true, false] {
                let folder = try TemporaryFolder()
                let server = LoopbackServer { _ in .response(status: 200, body: contents, length: contents.count) }
                let download = Download(
                    address: server.address, name: "weights.pth", size: contents.count,
                    checksum: .sha256(sha256(contents)),
                    isResumable: isResumable, idleTimeout: 20, totalTimeout: 60)
                let failure = #expect(throws: FileError.self) { try download.fetch(to: folder.path) }
                guard failure?.kind == .unwritable, folder.contents.isEmpty else { exit(1) }
            }
        }
    }
}

/// Where requests begin.
private final class Starts: Sendable {
    private let list = Locked<[Int]>([])
    var all: [Int] { list.withLock { $0 } }
    func add(_ start: Int) { list.withLock { $0.append(start) } }
}
