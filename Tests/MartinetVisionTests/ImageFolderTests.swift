import Foundation
import Martinet
import MartinetTestSupport
import Testing

@testable import MartinetVision

@Suite struct ImageFolderTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// An image of one grey value.
    private func image(_ value: UInt8, height: Int = 4, width: Int = 6) -> Image {
        Image(pixels: [UInt8](repeating: value, count: height * width * 3), height: height, width: width, channels: 3)
    }

    private func write(_ path: String, _ image: Image) throws {
        let file = URL(fileURLWithPath: "\(folder.path)/\(path)")
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try image.write(to: file.path)
    }

    @Test func findsClassesAndFilesInOrder() throws {
        try write("zebra/1.png", image(1))
        try write("Ape/b.PNG", image(2))
        try write("Ape/10.png", image(3))
        try write("Ape/9.png", image(4))
        try write("Ape/more/0.png", image(5))
        try write("émeu/1.png", image(6))
        try write(".hidden/1.png", image(7))
        try write("Ape/.hidden.png", image(8))
        try folder.write("zebra/notes.txt", [1])
        try folder.write("readme.txt", [1])
        let jpeg = try #require(ImageReferences.recorded.decoding.first { $0.name == "orientation 6.jpeg" })
        try folder.write("zebra/2.JPG", jpeg.file.bytes)

        let data = try ImageFolder(folder.path, transforms: [Resize(height: 2, width: 3)])
        #expect(data.classNames == ["Ape", "zebra", "émeu"])
        let names = data.files.map { String($0.dropFirst(folder.path.count + 1)) }
        #expect(
            names == [
                "Ape/10.png", "Ape/9.png", "Ape/b.PNG", "Ape/more/0.png", "zebra/1.png", "zebra/2.JPG", "émeu/1.png",
            ])
        #expect(data.labels == [0, 0, 0, 0, 1, 1, 2] && data.count == 7 && data.sampleShape == [2, 3, 3])
        let batch = try #require(try data.batches(of: 5, prefetch: 2).throwingIterator().next())
        #expect(batch.images.shape == [5, 2, 3, 3] && batch.labels == [0, 0, 0, 0, 1])
        #expect(batch.images.elements[0] == Float(3) / 255)
        #expect(try data.sample(6).input.elements == [Float](repeating: 6.0 / 255, count: 18))
    }

    @Test func augmentsWhileReading() throws {
        let waves = ImageReferences.recorded.source.image
        for name in ["a/1.png", "a/2.png", "b/1.png"] { try write(name, waves) }
        let data = try ImageFolder(folder.path, transforms: [RandomResizedCrop(8)])
        func epoch(
            _ number: Int, of size: Int = 3, prefetch: Int = 0, workers: Int = 1, transform: (any Transform)? = nil
        ) throws -> [[Float]] {
            let iterator = data.subset([2, 1, 0]).transformed(by: transform.map { [$0] } ?? []).batches(
                of: size, shuffle: .seeded(number), prefetch: prefetch, workers: workers
            ).throwingIterator()
            var samples: [[Float]] = []
            while let batch = try iterator.next() {
                let elements = batch.images.elements
                for start in stride(from: 0, to: elements.count, by: 192) {
                    samples.append(Array(elements[start..<start + 192]))
                }
            }
            return samples
        }
        let first = try epoch(1)
        #expect(Set(first).count == 3)
        #expect(try epoch(1, of: 1, prefetch: 3, workers: 2) == first)
        #expect(try epoch(2) != first)
        // A transform that follows draws what comes after.
        #expect(try epoch(1, transform: Compose([])) == first)
        #expect(try data.sample(0).input.elements == data.sample(0).input.elements)
    }

    @Test func namesWhatIsWrong() throws {
        func error(_ directory: String = "") -> FileError? {
            do throws(FileError) {
                _ = try ImageFolder(folder.path + directory)
                return nil
            } catch {
                return error
            }
        }
        #expect(
            error("/nowhere")
                == FileError(.missing, file: "\(folder.path)/nowhere", expected: "a folder", found: "nothing"))
        #expect(error()?.expected == "a folder for each class")
        try write("a/1.png", image(1))
        try folder.write("a/2.png", [1, 2, 3])
        try write("a/3.png", image(1, height: 5))
        let data = try ImageFolder(folder.path)
        #expect(data.sampleShape == [4, 6, 3])
        #expect(throws: FileError.self) { try data.sample(1) }
        let shape = #expect(throws: FileError.self) { try data.sample(2) }
        #expect(shape?.kind == .wrongShape && shape?.file == "\(folder.path)/a/3.png")
        let iterator = data.batches(of: 1).throwingIterator()
        #expect(try iterator.next()?.labels == [0])
        let broken = #expect(throws: FileError.self) { try iterator.next() }
        #expect(broken?.kind == .wrongMagic && broken?.file == "\(folder.path)/a/2.png")
        try FileManager.default.createDirectory(atPath: "\(folder.path)/b", withIntermediateDirectories: true)
        #expect(error()?.file == "\(folder.path)/b")
        try FileManager.default.createSymbolicLink(
            atPath: "\(folder.path)/b/loop", withDestinationPath: "\(folder.path)/b")
        #expect(error()?.kind == .unreadable || error()?.kind == .missing)
    }

    /// Every ending of what can be read, by content whatever the ending; the rest is counted.
    @Test func countsWhatItLeavesOut() throws {
        let jpeg = try #require(ImageReferences.recorded.decoding.first { $0.name == "baseline.jpeg" }).file.bytes
        for name in ["a", "b"] {
            try FileManager.default.createDirectory(
                atPath: "\(folder.path)/\(name)", withIntermediateDirectories: true)
        }
        try write("b/1.png", image(1))
        for ending in ["jpg", "JPG", "JPEG", "jfif", "jpe"] { try folder.write("a/1.\(ending)", jpeg) }
        for ending in ["webp", "bmp", "gif", "tif", "ppm"] { try folder.write("a/1.\(ending)", [1, 2, 3]) }
        try folder.write("a/2.png", jpeg)
        try folder.write("a/notes.txt", [1])
        let data = try ImageFolder(folder.path)
        #expect(data.count == 7 && data.skipped == ["webp": 1, "bmp": 1, "gif": 1, "tif": 1, "ppm": 1])
        #expect(try data.sample(5).input.shape == data.sample(0).input.shape)
        try FileManager.default.removeItem(atPath: "\(folder.path)/b/1.png")
        try folder.write("b/1.WEBP", [1])
        let error = #expect(throws: FileError.self) { try ImageFolder(folder.path) }
        #expect(error?.found == "1 file of other formats (.webp)")
    }

    /// The image's grey value as its score: a network that is right about every image.
    private final class Reader: Module {
        func callAsFunction(_ x: Tensor) -> Tensor {
            let value = x.mean(axes: [1, 2, 3]).reshaped([-1, 1]) * 255
            return -abs(value - Tensor([[1, 2, 3]]))
        }
    }

    @Test func numbersTheClassesOfTwoFoldersAlike() throws {
        for (name, value) in [("a", UInt8(1)), ("b", 2), ("c", 3)] { try write("train/\(name)/1.png", image(value)) }
        for (name, value) in [("a", UInt8(1)), ("c", 3)] { try write("val/\(name)/1.png", image(value)) }
        let train = try ImageFolder("\(folder.path)/train")
        let validation = try ImageFolder("\(folder.path)/val", classes: train.classNames)
        #expect(validation.classNames == ["a", "b", "c"] && validation.labels == [0, 2])
        let model = Reader()
        #expect(try evaluate(model, on: validation)[.accuracy] == 1)
        // Numbered by themselves they mean something else, which fit does not take.
        let own = try ImageFolder("\(folder.path)/val")
        #expect(own.labels == [0, 1])
        let layer = Sequential {
            Flatten(); Dense(72, 3)
        }
        let error = #expect(throws: TrainingError.self) {
            try layer.fit(train.transformed(by: []), validation: own.prefix(2), options: FitOptions(progress: .silent))
        }
        #expect(error?.description.contains(#"["a", "b", "c"], those of the validation set ["a", "c"]"#) == true)
        try layer.fit(train, validation: validation, options: FitOptions(progress: .silent))
        let unknown = #expect(throws: FileError.self) { try ImageFolder("\(folder.path)/train", classes: ["a", "b"]) }
        #expect(unknown?.found == "c" && unknown?.kind == .labelOutOfRange)
    }
}
