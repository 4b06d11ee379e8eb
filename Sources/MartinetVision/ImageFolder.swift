import Foundation
import Martinet
import MartinetBase

/// Images in folders, a folder for each class: `animals/cat/1.jpeg`, `animals/dog/a/2.png`; as torchvision's
/// `ImageFolder`.
///
/// The classes are the folder's subfolders in alphabetical order, and the samples the JPEG and PNG files in them, at any
/// depth, in the order of their names. Whose name begins with a dot is ignored. Files are read when they are wanted, on the
/// threads that make batches. Images of other formats are counted, and said once.
///
/// ```swift
/// let train = try ImageFolder("animals/train", transforms: [RandomResizedCrop(224)])
/// let validation = try ImageFolder(
///     "animals/val", transforms: [Resize(256), CenterCrop(224)], classes: train.classNames)
/// let normalize = Standardization(mean: ImageNet.mean, standardDeviation: ImageNet.standardDeviation)
/// try model.fit(
///     train.transformed(by: RandomHorizontalFlip(), normalize), epochs: 10,
///     validation: validation.transformed(by: normalize))
/// ```
public struct ImageFolder: Dataset {
    /// The labels' names, which are those of the subfolders, or what was given.
    public let classNames: [String]

    public var labelNames: [String]? { classNames }

    /// Images that are left out because their format is not read, by the endings of their names in small letters.
    public let skipped: [String: Int]

    /// The path of each sample's file.
    public let files: [String]

    /// The label of each sample.
    public let labels: [Int]

    /// The shape of each sample, which the first one has after the transforms.
    public let sampleShape: [Int]

    private let transforms: [any ImageTransform]
    private let colors: Image.ColorMode
    private let pixelLimit: Int

    public var count: Int { files.count }

    /// The endings of names that are taken for images, in small letters; what a file is, its first bytes say.
    private static let extensions: Set = ["jpg", "jpeg", "jpe", "jfif", "png"]

    /// Those of images that cannot be read.
    private static let otherExtensions: Set = [
        "webp", "bmp", "dib", "gif", "tif", "tiff", "ppm", "pgm", "pbm", "pnm", "heic", "heif", "avif", "jp2", "jxl",
        "ico",
        "tga",
    ]

    /// Finds all files, and reads the first.
    ///
    /// - Parameters:
    ///   - directory: the folder with a folder for each class.
    ///   - transforms: what is done to each image, in this order; they must all have one size afterwards. Random ones
    ///     depend on the batches' seed, the epoch and the sample's index.
    ///   - colors: grey or not; the same number of channels for all.
    ///   - pixelLimit: files with more pixels are refused.
    ///   - classes: the names of the classes in the order of their labels, such as those of the folder that was trained with; nil for
    ///     the subfolders'. A class may lack a folder then, but no folder a class.
    /// - Throws: `FileError`, if the folder cannot be read, has no classes or one that is not among `classes`, or one of
    ///   them has no images, or if the first file cannot be read.
    public init(
        _ directory: String, transforms: [any ImageTransform] = [], colors: Image.ColorMode = .rgb,
        pixelLimit: Int = Image.defaultPixelLimit, classes: [String]? = nil
    ) throws(FileError) {
        let folders = try Self.contents(of: directory).filter { Self.isFolder("\(directory)/\($0)") }
        guard !folders.isEmpty else {
            throw FileError(.missing, file: directory, expected: "a folder for each class", found: "none")
        }
        classNames = classes ?? folders
        require(Set(classNames).count == classNames.count, "ImageFolder: a class is named twice in \(classNames)")
        var (files, labels, skipped) = ([String](), [Int](), [String: Int]())
        for name in folders {
            guard let label = classNames.firstIndex(of: name) else {
                throw FileError(
                    .labelOutOfRange, file: "\(directory)/\(name)",
                    expected: "a folder of one of the classes \(classNames.joined(separator: ", "))", found: name)
            }
            var left: [String: Int] = [:]
            let found = try Self.images(in: "\(directory)/\(name)", skipped: &left)
            guard !found.isEmpty else {
                throw FileError(
                    .missing, file: "\(directory)/\(name)",
                    expected: "images (\(Self.extensions.sorted().map { ".\($0)" }.joined(separator: ", ")))",
                    found: left.isEmpty ? "none" : Self.list(left))
            }
            files += found
            labels += [Int](repeating: label, count: found.count)
            skipped.merge(left) { $0 + $1 }
        }
        self.skipped = skipped
        if !skipped.isEmpty {
            ImageWarning(
                file: directory,
                message: "\(Self.list(skipped)) left out: JPEG and PNG are read"
            ).report()
        }
        self.files = files
        self.labels = labels
        self.transforms = transforms
        self.colors = colors
        self.pixelLimit = pixelLimit
        let first = try Image(path: files[0], colors: colors, pixelLimit: pixelLimit)
        let changed = transforms(first, using: RandomGenerator(seed: 0))
        sampleShape = [changed.height, changed.width, changed.channels]
    }

    /// The image of sample `index` after the transforms.
    ///
    /// - Throws: `FileError`, which names the file.
    public func image(_ index: Int, using generator: RandomGenerator) throws(FileError) -> Image {
        checkIndex(index)
        let image = try Image(path: files[index], colors: colors, pixelLimit: pixelLimit)
        let changed = transforms(image, using: generator)
        let shape = [changed.height, changed.width, changed.channels]
        guard shape == sampleShape else {
            throw FileError(
                .wrongShape, file: files[index], expected: "the shape of the first sample, \(sampleShape)",
                found: "\(shape); transforms such as Resize and CenterCrop make all alike")
        }
        return changed
    }

    public func sample(
        _ index: Int, using generator: RandomGenerator
    ) throws(FileError) -> (input: Tensor, target: Int) {
        (Tensor(array: try image(index, using: generator).array), labels[index])
    }

    public func batch(
        _ indices: ArraySlice<Int>, using generators: SampleGenerators
    ) throws(FileError) -> Batch<Tensor, Int> {
        try Batch(writing: indices, shape: sampleShape) { (index, offset, elements) throws(FileError) in
            let image = try image(index, using: generators[offset])
            for (place, pixel) in image.pixels.enumerated() { elements[place] = Float(pixel) / 255 }
            return labels[index]
        }
    }

    /// The images in a folder and in those below it.
    private static func images(
        in folder: String, skipped: inout [String: Int], depth: Int = 0
    ) throws(FileError) -> [String] {
        // Links may lead in circles.
        guard depth < 32 else {
            throw FileError(.unreadable, file: folder, expected: "at most 32 folders in each other", found: "more")
        }
        var images: [String] = []
        var folders: [String] = []
        for name in try contents(of: folder) {
            let path = "\(folder)/\(name)"
            if isFolder(path) {
                folders.append(path)
            } else {
                let ending = (name as NSString).pathExtension.lowercased()
                if extensions.contains(ending) { images.append(path) }
                if otherExtensions.contains(ending) { skipped[ending, default: 0] += 1 }
            }
        }
        for folder in folders { images += try self.images(in: folder, skipped: &skipped, depth: depth + 1) }
        return images
    }

    /// As "3 files of other formats (.bmp, .webp)".
    private static func list(_ skipped: [String: Int]) -> String {
        let count = skipped.values.reduce(0, +)
        let endings = skipped.keys.sorted().map { ".\($0)" }.joined(separator: ", ")
        return "\(count) file\(count == 1 ? "" : "s") of other formats (\(endings))"
    }

    /// The names in a folder in the order of their characters' numbers, as Python sorts, whatever the language.
    private static func contents(of folder: String) throws(FileError) -> [String] {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: folder)
        } catch {
            let exists = FileManager.default.fileExists(atPath: folder)
            throw FileError(
                exists ? .unreadable : .missing, file: folder, expected: "a folder",
                found: exists ? error.localizedDescription : "nothing")
        }
        return names.filter { !$0.hasPrefix(".") }.sorted {
            $0.unicodeScalars.lexicographicallyPrecedes($1.unicodeScalars)
        }
    }

    private static func isFolder(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
    }
}
