import Foundation
import Martinet
import MartinetBase
import MartinetTestSupport
import Testing

@testable import MartinetVision

@Suite struct ImageTests {
    private let references = ImageReferences.recorded

    private func image(_ name: String) throws -> (bytes: [UInt8], reference: ImageReferences.Decoding) {
        let reference = try #require(references.decoding.first { $0.name == name })
        return (reference.file.bytes, reference)
    }

    private func error(_ bytes: [UInt8], limit: Int = Image.defaultPixelLimit) -> FileError? {
        do throws(FileError) {
            _ = try Image(bytes: bytes, name: "a file", pixelLimit: limit)
            return nil
        } catch {
            #expect(error.file == "a file")
            return error
        }
    }

    /// Every kind of JPEG and PNG, upright, in three channels.
    @Test func decodesAsPIL() throws {
        #expect(references.decoding.count == 46)
        for reference in references.decoding {
            let image = try Image(bytes: reference.file.bytes, name: reference.name)
            #expect(image.height == reference.height && image.width == reference.width && image.channels == 3)
            let distance = largestDistance(image.pixels, reference.pixels.bytes)
            #expect(distance.map { $0 <= reference.tolerance } == true, "\(reference.name): \(distance ?? -1)")
        }
    }

    @Test func makesTheChannelsThatAreWanted() throws {
        let gray = try Image(bytes: image("gray.jpeg").bytes, name: "", colors: .asStored)
        #expect(gray.channels == 1)
        #expect(try gray.rgb == Image(bytes: image("gray.jpeg").bytes, name: ""))
        let color = try Image(bytes: image("baseline.jpeg").bytes, name: "", colors: .asStored)
        #expect(color.channels == 3)
        #expect(try color.gray == Image(bytes: image("baseline.jpeg").bytes, name: "", colors: .gray))
        let primaries = Image(
            pixels: [255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255], height: 1, width: 4, channels: 3)
        // PIL's convert("L").
        #expect(primaries.gray.pixels == [76, 150, 29, 255])
        let lying = try Image(bytes: image("orientation 6.jpeg").bytes, name: "", appliesOrientation: false)
        #expect(lying.height == 11 && lying.width == 18)
    }

    @Test func becomesATensorAndComesBack() throws {
        let image = references.source.image
        #expect(image.tensor.shape == [33, 41, 3])
        #expect(image.tensor.elements[5] == Float(image.pixels[5]) / 255)
        #expect(Image(image.tensor) == image)
        #expect(Image(Tensor([-1, 0.5, 2], shape: [1, 1, 3])).pixels == [0, 128, 255])
    }

    @Test func writesPNG() throws {
        let folder = try TemporaryFolder()
        for image in [references.source.image, references.source.image.gray, references.source.image.gray.rgb] {
            try image.write(to: "\(folder.path)/a.png")
            #expect(folder.contents == ["a.png"])
            #expect(try Image(path: "\(folder.path)/a.png", colors: .asStored) == image)
        }
        // What does not compress at all.
        var generator = RandomGenerator(seed: 1)
        let noise = Image(
            pixels: (0..<300_000).map { _ in UInt8.random(in: 0...255, using: &generator) }, height: 100, width: 1000,
            channels: 3)
        #expect(try Image(bytes: noise.png, name: "") == noise)
        #expect(throws: FileError.self) { try noise.write(to: "\(folder.path)/nowhere/a.png") }
        #expect(folder.contents == ["a.png"])
    }

    @Test func namesFilesThatAreNone() throws {
        let folder = try TemporaryFolder()
        #expect(
            throws: FileError(
                .missing, file: "\(folder.path)/a", expected: "a file", found: "No such file or directory")
        ) {
            try Image(path: "\(folder.path)/a")
        }
        #expect(throws: FileError.self) { try Image(path: folder.path) }
        #expect(error([])?.kind == .wrongMagic)
        #expect(error(Array("GIF89a".utf8))?.found == #"the bytes ["0x47", "0x49", "0x46", "0x38"]"#)
    }

    /// Wherever a file ends before its end, that is an error, and the same one twice.
    @Test func refusesTruncationAtEveryByte() throws {
        for name in [
            "baseline.jpeg", "progressive.jpeg", "cmyk.jpeg", "rgb.png", "palette with alpha.png", "rgba 16.png",
        ] {
            let (bytes, _) = try image(name)
            for length in 0..<bytes.count {
                let failure = error(Array(bytes[..<length]))
                #expect(failure != nil, "\(name), \(length) of \(bytes.count) bytes")
            }
        }
    }

    /// No byte may make a decoder crash, hang, or write where it should not; what comes out, if anything, has the size that
    /// the header says.
    @Test func survivesDamage() throws {
        let generator = RandomGenerator(seed: 3)
        for reference in references.decoding {
            for _ in 0..<60 {
                var bytes = reference.file.bytes
                for _ in 0...generator.integer(below: 4) {
                    bytes[generator.integer(below: bytes.count)] = UInt8(generator.integer(below: 256))
                }
                let image = try? Image(bytes: bytes, name: "", pixelLimit: 1 << 16)
                #expect(image.map { $0.pixels.count <= 3 << 16 } != false)
            }
        }
        for start in [[0xff, 0xd8], [0xff, 0xd8, 0xff], PNGChunks.signature] as [[UInt8]] {
            for length in 0..<200 {
                let noise = (0..<length).map { _ in UInt8(generator.integer(below: 256)) }
                #expect(error(start + noise) != nil)
            }
        }
    }

    @Test func refusesHugeHeadersBeforeTakingMemory() throws {
        var (jpeg, _) = try image("baseline.jpeg")
        let frame = try #require(jpeg.indices.first { jpeg[$0] == 0xff && jpeg[$0 + 1] == 0xc0 })
        jpeg.replaceSubrange(frame + 5..<frame + 9, with: [0xff, 0xff, 0xff, 0xff])
        #expect(error(jpeg) != nil)
        // The largest that libjpeg accepts at all.
        jpeg.replaceSubrange(frame + 5..<frame + 9, with: [0xff, 0xdc, 0xff, 0xdc])
        let huge = error(jpeg)
        #expect(huge?.kind == .tooLarge && huge?.found == "65500 x 65500" && huge?.expected == "1 to 67108864 pixels")

        var (png, reference) = try image("rgb.png")
        png.replaceSubrange(16..<24, with: [0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff])
        #expect(error(png)?.kind == .tooLarge)
        // Within the limit, but far more than the file can hold.
        png.replaceSubrange(16..<24, with: [0, 0, 0x1f, 0xff, 0, 0, 0x1f, 0xff])
        #expect(error(png)?.kind == .truncated)
        png.replaceSubrange(16..<24, with: [0, 0, 0, 0, 0, 0, 0, 1])
        #expect(error(png)?.kind == .corrupt)

        #expect(error(reference.file.bytes, limit: 7 * 13) == nil)
        #expect(error(reference.file.bytes, limit: 7 * 13 - 1)?.kind == .tooLarge)
    }

    @Test func ignoresBrokenOrientations() throws {
        for exif in [
            "", "II", "II*\0", "II*\0\u{8}\0\0\0", "II*\0\u{8}\0\0\0\u{1}\0\u{12}\u{1}\u{3}\0\u{1}\0\0\0\u{9}\0\0\0",
        ] {
            #expect(Orientation(exif: Array(exif.utf8)[...]) == nil)
        }
        let six = Array("MM\0*\0\0\0\u{8}\0\u{1}\u{1}\u{12}\0\u{3}\0\0\0\u{1}\0\u{6}\0\0".utf8)
        #expect(Orientation(exif: six[...]) == .turnedLeft)
        #expect(Orientation(exif: ([9, 9] + six)[2...]) == .turnedLeft)
    }

    /// What libjpeg goes on from, as PIL has it do without a word, is read and told; what is cut off is not, unless it is asked for.
    @Test func readsWithAWarning() throws {
        let told = Locked<[ImageWarning]>([])
        ImageWarning.handler = { warning in told.withLock { $0.append(warning) } }
        defer { ImageWarning.handler = nil }
        func warnings(_ name: String) -> [String] {
            told.withLock { list in list.filter { $0.file == name }.map(\.message) }
        }
        let (bytes, _) = try image("baseline.jpeg")
        let whole = try Image(bytes: bytes, name: "whole")
        #expect(warnings("whole") == [])

        var version = bytes
        let mark = try #require(bytes.indices.first { bytes[$0...].starts(with: Array("JFIF\0".utf8)) })
        (version[mark + 5], version[mark + 6]) = (0, 0)
        #expect(try Image(bytes: version, name: "version") == whole)
        #expect(warnings("version").count == 1 && warnings("version")[0].contains("JFIF revision number 0.00"))

        // Bytes between two parts of the file.
        let scan = try #require(bytes.indices.first { bytes[$0] == 0xff && bytes[$0 + 1] == 0xda })
        let extraneous = Array(bytes[..<scan]) + [1, 2, 3] + bytes[scan...]
        #expect(try Image(bytes: extraneous, name: "extraneous") == whole)
        #expect(warnings("extraneous").count == 1)

        // A file that was cut off, with an end put on it, and one without.
        let cut = Array(bytes[..<(bytes.count - 200)])
        let ended = try Image(bytes: cut + [0xff, 0xd9], name: "ended")
        #expect(ended.height == whole.height && ended != whole && warnings("ended").count == 1)
        #expect(throws: FileError.self) { try Image(bytes: cut, name: "cut") }
        let part = try Image(bytes: cut, name: "part", allowsTruncated: true)
        #expect(part.pixels.prefix(24) == whole.pixels.prefix(24) && part != whole && warnings("part").count == 1)
        // An error behind a harmless warning stays one.
        #expect(throws: FileError.self) {
            try Image(bytes: Array(version[..<(bytes.count - 200)]), name: "both")
        }
    }
}
