import Foundation
import MartinetTestSupport
import Testing

@testable import MartinetVision

@Suite struct TarArchiveTests {
    private let folder: TemporaryFolder
    private let target: TemporaryFolder
    private let members = [
        TarArchive.Member(name: "a.bin", size: 700...700), TarArchive.Member(name: "names.txt", size: 0...100),
    ]
    private let a = TarEntry(name: "set/a.bin", contents: (0..<700).map { UInt8($0 % 251) })
    private let names = TarEntry(name: "set/names.txt", contents: Array("cat\ndog\n".utf8))

    init() throws {
        folder = try TemporaryFolder()
        target = try TemporaryFolder()
    }

    private func unpack(_ bytes: [UInt8]) throws {
        try TarArchive(path: try folder.write("archive.tar.gz", bytes)).unpack(members, into: target.path)
    }

    private func error(_ bytes: [UInt8]) throws -> FileError? {
        let error = #expect(throws: FileError.self) { try unpack(bytes) }
        #expect(target.contents.isEmpty, "left behind: \(target.contents)")
        #expect(error?.file == "\(folder.path)/archive.tar.gz")
        return error
    }

    @Test(arguments: [true, false]) func unpacksWhatIsWanted(compressed: Bool) throws {
        let others = [
            TarEntry(name: "set/", contents: [], type: UInt8(ascii: "5")),
            TarEntry(name: "PaxHeader/a.bin", contents: Array("30 mtime=1\n".utf8), type: UInt8(ascii: "x")),
            TarEntry(name: "set/readme.html", contents: [UInt8](repeating: 7, count: 1500)),
        ]
        let archive = tar(others + [a, names])
        try unpack(compressed ? gzip(archive) : archive)
        #expect(target.contents == ["a.bin", "names.txt"])
        #expect(try Data(contentsOf: URL(fileURLWithPath: "\(target.path)/a.bin")) == Data(a.contents))
    }

    /// Where a file goes is nothing that an archive can say.
    @Test func staysInItsFolder() throws {
        var outside = a
        outside.name = "../../../a.bin"
        try unpack(gzip(tar([outside, names])))
        #expect(target.contents == ["a.bin", "names.txt"])
    }

    @Test func refusesWhatDoesNotFit() throws {
        #expect(try error(gzip(tar([a])))?.found == "the archive without it")
        #expect(try error(gzip(tar([a, a, names])))?.found == "it twice")
        var large = a
        large.claimedSize = 1 << 32
        #expect(try error(gzip(tar([names, large])))?.kind == .wrongShape)
        var link = names
        link.type = UInt8(ascii: "2")
        #expect(try error(gzip(tar([a, link])))?.found == "the archive without it")
        #expect(try error(Array("not an archive".utf8))?.kind == .truncated)
        #expect(try error([UInt8](repeating: 0x41, count: 2048))?.kind == .corrupt)
        #expect(try error([]) != nil)
    }

    /// An archive may end anywhere; what is missing then is never taken for there.
    @Test func refusesTruncationAtEveryByte() throws {
        let archive = tar([a, names])
        // Behind the last file there are zeros only, which need not be there.
        let end = archive.count - 1024
        for length in stride(from: 0, to: end - 512 + names.contents.count, by: 7) {
            #expect(try error(Array(archive[..<length])) != nil)
        }
        let compressed = gzip(archive)
        for length in 0..<compressed.count - 30 { #expect(try error(Array(compressed[..<length])) != nil) }
    }
}
