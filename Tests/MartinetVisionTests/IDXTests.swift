import Foundation
import Martinet
import MartinetTestSupport
import Testing

@testable import MartinetVision

@Suite struct IDXTests {
    private let folder: TemporaryFolder
    private let elements = (0..<60).map { UInt8($0 * 37 % 256) }
    private var plain: [UInt8] { idx([5, 4, 3], elements) }

    init() throws { folder = try TemporaryFolder() }

    /// What reading a file of these bytes throws; nil if it does not.
    private func error(_ bytes: [UInt8], limit: Int = IDX.defaultLimit) throws -> FileError? {
        let path = try folder.write("file", bytes)
        do throws(FileError) {
            _ = try IDX(path: path, limit: limit)
            return nil
        } catch {
            #expect(error.file == path)
            return error
        }
    }

    @Test func readsPlainAndCompressedFiles() throws {
        for bytes in [plain, gzip(plain)] {
            let array = try IDX(path: folder.write("file", bytes))
            #expect(array.type == .uint8 && array.shape == [5, 4, 3] && array.count == 60)
            #expect(array.bytes == elements && array.floats == elements.map { Float($0) })
        }
        #expect(try IDX(path: folder.write("file", idx([0, 28], []))).shape == [0, 28])
    }

    @Test func readsMembersInARow() throws {
        #expect(
            try IDX(path: folder.write("file", gzip(Array(plain[..<33])) + gzip(Array(plain[33...])))).bytes == elements
        )
    }

    @Test func readsDataLargerThanItsBuffers() throws {
        let large = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 7) }
        for bytes in [idx([1000, 1000], large), gzip(idx([1000, 1000], large))] {
            #expect(try IDX(path: folder.write("file", bytes)).bytes == large)
        }
        // Far denser than the four to one that is counted on.
        let black = [UInt8](repeating: 0, count: 3_000_000)
        #expect(try IDX(path: folder.write("file", gzip(idx([3_000_000], black)))).bytes == black)
    }

    @Test func readsEveryElementType() throws {
        func floats(_ type: UInt8, _ bytes: [UInt8], count: Int) throws -> [Float] {
            try IDX(path: folder.write("file", idx([count], bytes, type: type))).floats
        }
        #expect(try floats(0x09, [0xff, 0x80], count: 2) == [-1, -128])
        #expect(try floats(0x0B, [0xff, 0xfe, 1, 0], count: 2) == [-2, 256])
        #expect(try floats(0x0C, [0xff, 0xff, 0xff, 0xfd], count: 1) == [-3])
        #expect(try floats(0x0D, [0x3f, 0xc0, 0, 0], count: 1) == [1.5])
        #expect(try floats(0x0E, [0xc0, 4, 0, 0, 0, 0, 0, 0], count: 1) == [-2.5])
    }

    @Test func refusesAFileCutOffAtAnyByte() throws {
        for length in 0..<plain.count {
            #expect(try error(Array(plain[..<length]))?.kind == .truncated, "plain, \(length) bytes")
        }
        let compressed = gzip(plain)
        for length in 0..<compressed.count {
            let kind = try error(Array(compressed[..<length]))?.kind
            #expect(kind == .truncated, "gzip, \(length) bytes")
        }
    }

    @Test func refusesOrSurvivesAnyChangedByte() throws {
        let compressed = gzip(plain)
        for position in compressed.indices {
            for change: UInt8 in [0x01, 0x80, 0xff] {
                var bytes = compressed
                bytes[position] ^= change
                let path = try folder.write("file", bytes)
                // The header's time, system and flags, and the bits behind the last block, say nothing about the contents.
                if let array = try? IDX(path: path) {
                    #expect(array.bytes == elements && array.shape == [5, 4, 3], "byte \(position) ^ \(change)")
                }
            }
        }
    }

    @Test func refusesRandomBytes() throws {
        let generator = RandomGenerator(seed: 1)
        for round in 0..<1000 {
            let length = Int(generator.next() % 200)
            var bytes = (0..<length).map { _ in UInt8(truncatingIfNeeded: generator.next() >> 20) }
            // A part of them start as what they pretend to be.
            if round % 3 == 1 { bytes = [0, 0, 0x08, 1 + bytes.count > 100 ? 3 : 1] + bytes }
            if round % 3 == 2 { bytes = [0x1f, 0x8b, 8, 0] + bytes }
            #expect(try error(bytes) != nil)
        }
    }

    @Test func believesNoHeader() throws {
        let claim = idx([0xffff_ffff, 0xffff_ffff, 0xffff_ffff], elements)
        #expect(try error(claim)?.kind == .tooLarge)
        #expect(try error(gzip(claim))?.kind == .tooLarge)
        let large = idx([0x7000_0000], elements)
        #expect(try error(large)?.kind == .truncated)
        #expect(try error(gzip(large))?.kind == .truncated)
        #expect(try error(idx([60_000], elements))?.description.contains("60000 bytes") == true)
        #expect(try error(plain, limit: 59)?.kind == .tooLarge)
        #expect(try error(plain, limit: 60) == nil)
        // 255 axes, of which the file has but a few.
        #expect(try error([0, 0, 8, 255] + elements)?.kind == .truncated)
    }

    @Test func refusesDataBehindTheEnd() throws {
        #expect(try error(plain + [0])?.kind == .trailingData)
        #expect(try error(gzip(plain + [0]))?.kind == .trailingData)
        let garbage = try error(gzip(plain) + [0, 0, 0])
        #expect(garbage?.kind == .trailingData && garbage?.found == "the byte 0x00")
        #expect(try error(gzip(plain) + [0x1f])?.kind == .truncated)
        #expect(try error(gzip(plain) + [0x1f, 0])?.kind == .corrupt)
        #expect(try error(gzip(plain) + gzip([1]))?.kind == .trailingData)
    }

    @Test func namesChecksumsThatDoNotMatch() throws {
        var bytes = gzip(plain)
        bytes[bytes.count - 8] ^= 1
        let wrong = try error(bytes)
        #expect(wrong?.kind == .corrupt && wrong?.found == "incorrect data check")
        bytes = gzip(plain)
        bytes[bytes.count - 1] ^= 1
        #expect(try error(bytes)?.found == "incorrect length check")
    }

    @Test func namesTheMagicNumberThatIsWrong() throws {
        for magic: [UInt8] in [[1, 0, 8, 3], [0, 1, 8, 3], [0, 0, 7, 3], [0, 0, 8, 0]] {
            let wrong = try error(magic + plain.dropFirst(4))
            #expect(wrong?.kind == .wrongMagic && wrong?.place == "at byte 0")
        }
        #expect(try error([0x50, 0x4b, 3, 4] + elements)?.found == "0x504b0304")
    }

    @Test func refusesWhatIsNoFile() throws {
        func kind(_ path: String) -> FileError.Kind? {
            do throws(FileError) {
                _ = try IDX(path: path)
                return nil
            } catch {
                return error.kind
            }
        }
        #expect(kind("\(folder.path)/nothing") == .missing)
        #expect(kind(folder.path) == .unreadable)
        // Opening a pipe that nobody writes to must not wait.
        #expect(mkfifo("\(folder.path)/pipe", 0o600) == 0)
        #expect(kind("\(folder.path)/pipe") == .unreadable)
    }
}
