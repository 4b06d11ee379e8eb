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
}
