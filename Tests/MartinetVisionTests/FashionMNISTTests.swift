import Foundation
import Martinet
import MartinetTestSupport
import Testing

@testable import MartinetVision

@Suite struct FashionMNISTTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Six training images and three test images; pixel p of image i is (i + p) modulo 256, its label i modulo 10.
    private func writeSmallFiles(replacing name: String = "", with bytes: [UInt8] = [], compressed: Bool = true) throws
    {
        for (prefix, count) in [("train", 6), ("t10k", 3)] {
            let pixels = (0..<count * 784).map { place -> UInt8 in
                let (image, pixel) = place.quotientAndRemainder(dividingBy: 784)
                return UInt8((image + pixel) % 256)
            }
            let files = [
                "\(prefix)-images-idx3-ubyte": idx([count, 28, 28], pixels),
                "\(prefix)-labels-idx1-ubyte": idx([count], (0..<count).map { UInt8($0) }),
            ]
            for (file, contents) in files {
                let contents = file == name ? bytes : contents
                try folder.write(compressed ? "\(file).gz" : file, compressed ? gzip(contents) : contents)
            }
        }
    }

    private func read(validation: Double = 0) throws(FileError) -> FashionMNIST {
        try FashionMNIST(
            files: FashionMNIST.Files(folder: folder.path), validation: validation, seed: 2, trainCount: 6, testCount: 3
        )
    }

    private func error(replacing name: String, with bytes: [UInt8]) throws -> FileError? {
        try writeSmallFiles(replacing: name, with: bytes)
        do throws(FileError) {
            _ = try read()
            return nil
        } catch {
            #expect(error.file == "\(folder.path)/\(name).gz")
            return error
        }
    }

    @Test(arguments: [true, false]) func scalesImagesToTheUnitInterval(compressed: Bool) throws {
        try writeSmallFiles(compressed: compressed)
        let data = try read()
        #expect(data.train.images.shape == [6, 28, 28, 1] && data.test.images.shape == [3, 28, 28, 1])
        #expect(data.train.labels == [0, 1, 2, 3, 4, 5] && data.test.labels == [0, 1, 2])
        #expect(data.validation.count == 0)
        let second: [Float] = [1, 2, 3, 4].map { $0 / 255 }
        #expect(Array(data.train.images.elements[784..<788]) == second)
        #expect(data.train.images.elements.max() == 1 && data.train.images.elements.min() == 0)
    }

    @Test func setsTheSameImagesAsideAsRandomSplit() throws {
        try writeSmallFiles()
        let data = try read(validation: 0.5)
        let (train, validation) = try read().train.randomSplit(validation: 0.5, seed: 2)
        #expect(data.train.labels == train.load().labels && data.validation.labels == validation.load().labels)
        #expect(data.validation.images.elements == validation.load().images.elements)
    }

    @Test func namesWhatIsWrongWithAFile() throws {
        let images = "train-images-idx3-ubyte"
        let labels = "t10k-labels-idx1-ubyte"
        let count = try error(replacing: images, with: idx([5, 28, 28], [UInt8](repeating: 0, count: 5 * 784)))
        #expect(count?.kind == .wrongShape && count?.expected == "[6, 28, 28]" && count?.found == "[5, 28, 28]")
        let size = try error(replacing: images, with: idx([6, 28, 27], [UInt8](repeating: 0, count: 6 * 28 * 27)))
        #expect(size?.kind == .wrongShape)
        let swapped = try error(replacing: images, with: idx([6], [UInt8](repeating: 0, count: 6)))
        #expect(swapped?.kind == .wrongShape && swapped?.found == "[6]")
        let type = try error(replacing: labels, with: idx([3], [0, 1, 2], type: 0x09))
        #expect(type?.kind == .wrongMagic && type?.found == "0x09")
        let label = try error(replacing: labels, with: idx([3], [0, 1, 10]))
        #expect(label?.kind == .labelOutOfRange && label?.place == "label 2" && label?.found == "10")
        let short = try error(replacing: labels, with: idx([3], [0, 1]))
        #expect(short?.kind == .truncated)
        #expect(
            label?.description
                == "\(folder.path)/\(labels).gz has a label out of range (label 2): expected 0 to 9, found 10")
    }

    @Test func looksInAGivenFolderAndNowhereElse() throws {
        try writeSmallFiles()
        try FileManager.default.removeItem(atPath: "\(folder.path)/t10k-labels-idx1-ubyte.gz")
        let expected = FileError(
            .missing, file: "\(folder.path)/t10k-labels-idx1-ubyte.gz", expected: "the four files of Fashion-MNIST",
            found: "not this one")
        #expect(throws: expected) { try FashionMNIST(directory: folder.path) }
        // A file that is there but is not the whole data set.
        try writeSmallFiles()
        #expect(throws: FileError.self) { try FashionMNIST(directory: folder.path) }
    }

    @Test func looksInFoldersInTheirOrder() throws {
        func candidates(_ environment: [String: String]) -> [String] {
            DatasetFolders(environment: environment, system: ["/system"]).candidates(for: "x")
        }
        #expect(
            candidates(["MARTINET_DATA": "/d", "MARTINET_CACHE": "/c", "XDG_CACHE_HOME": "/g", "HOME": "/h"])
                == ["/d/x", "/system/x", "/c/x"])
        #expect(candidates(["XDG_CACHE_HOME": "/g", "HOME": "/h"]) == ["/system/x", "/g/martinet/x"])
        #expect(candidates(["XDG_CACHE_HOME": "g", "HOME": "/h"]) == ["/system/x", "/h/.cache/martinet/x"])
        #expect(candidates(["MARTINET_DATA": "", "MARTINET_CACHE": ""]) == ["/system/x"])
    }

    @Test func takesTheFirstFolderThatHasAllFiles() throws {
        let other = try TemporaryFolder()
        let folders = DatasetFolders(environment: ["MARTINET_DATA": other.path], system: [folder.path])
        func locate() throws(FileError) -> String {
            try FashionMNIST.Files.locate(
                directory: nil, folders: folders, download: false, mirror: FashionMNIST.source, progress: nil
            ).folder
        }
        #expect(throws: FileError.self) { try locate() }
        try FileManager.default.createDirectory(
            atPath: "\(other.path)/fashion-mnist", withIntermediateDirectories: true)
        try FileManager.default.createDirectory(
            atPath: "\(folder.path)/fashion-mnist", withIntermediateDirectories: true)
        for name in FashionMNIST.Files.names { try folder.write("fashion-mnist/\(name)", []) }
        try other.write("fashion-mnist/train-images-idx3-ubyte", [])
        #expect(try locate() == "\(folder.path)/fashion-mnist")
        for name in FashionMNIST.Files.names { try other.write("fashion-mnist/\(name).gz", []) }
        #expect(try locate() == "\(other.path)/fashion-mnist")
    }

    /// Needs the real files: `apt install dataset-fashion-mnist`, or any folder that `FashionMNIST()` looks in.
    @Test(.enabled(if: realFilesExist, "the files of Fashion-MNIST are not installed"))
    func readsTheRealFiles() throws {
        let data = try FashionMNIST(download: false, validation: 0.2, seed: 1)
        #expect(data.train.images.shape == [48_000, 28, 28, 1] && data.validation.images.shape == [12_000, 28, 28, 1])
        #expect(data.test.images.shape == [10_000, 28, 28, 1])
        let counts = (0..<10).map { label in data.test.labels.count { $0 == label } }
        #expect(counts == [Int](repeating: 1000, count: 10))
        // The mean of all training pixels is 0.2860.
        let total = data.train.images.sum().scalar + data.validation.images.sum().scalar
        #expect(abs(total / (60_000 * 784) - 0.286) < 1e-4)
        #expect(data.test.labels.prefix(5) == [9, 2, 1, 1, 6])
    }

    private static var realFilesExist: Bool {
        (try? FashionMNIST.Files.locate(
            directory: nil, folders: DatasetFolders(), download: false, mirror: FashionMNIST.source, progress: nil))
            != nil
    }
}
