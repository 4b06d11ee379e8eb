import ArgumentParser
import Foundation
import Martinet
import MartinetCommand
import MartinetVision

/// A data set by name, or a folder of images.
struct DatasetOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The data set: cifar10, cifar100, fashion-mnist, or a folder with a folder of images for each class.",
            valueName: "name"))
    var dataset: String

    @Option(help: ArgumentHelp("The folder with the data set's files; found or downloaded.", valueName: "dir"))
    var data: String?

    init() {}

    /// As if these options had been given.
    init(_ dataset: String, data: String?) {
        self.dataset = dataset
        self.data = data
    }

    /// The data set's kind, before it is read.
    var kind: DatasetKind { DatasetKind(rawValue: dataset) ?? .folder }

    /// The images to learn from and those to judge by; of a folder, those in `train` and `val` below it if there are such, and
    /// all for both otherwise.
    ///
    /// - Parameter transforms: what is done to the images of a folder.
    func load(_ transforms: [any ImageTransform]) throws -> ImageData {
        switch kind {
        case .cifar10:
            let data = try CIFAR10(directory: data, progress: downloadBar())
            return ImageData(
                train: data.train, test: data.test, imageShape: data.train.sampleShape, classNames: data.classNames)
        case .cifar100:
            let data = try CIFAR100(directory: data, progress: downloadBar())
            return ImageData(
                train: data.train, test: data.test, imageShape: data.train.sampleShape, classNames: data.classNames)
        case .fashionMNIST:
            let data = try FashionMNIST(directory: data, progress: downloadBar())
            return ImageData(
                train: data.train, test: data.test, imageShape: data.train.sampleShape,
                classNames: FashionMNIST.classNames)
        case .folder:
            func read(_ parts: [String], classes: [String]? = nil) throws -> ImageFolder {
                let folders = parts.map { "\(dataset)/\($0)" }.filter { FileManager.default.fileExists(atPath: $0) }
                return try ImageFolder(folders.first ?? dataset, transforms: transforms, classes: classes)
            }
            let train = try read(["train"])
            // Of the training's classes some may have no images to judge by; others are refused.
            let test = try read(["val", "validation", "test"], classes: train.classNames)
            return ImageData(
                train: train, test: test, imageShape: train.sampleShape, classNames: test.classNames)
        }
    }
}

/// Images to learn from and to judge by, all of one shape.
struct ImageData {
    let train, test: any Dataset<Tensor, Int>
    /// `[height, width, channels]`
    let imageShape: [Int]
    let classNames: [String]
}

/// The data sets.
enum DatasetKind: String {
    case cifar10, cifar100, fashionMNIST = "fashion-mnist", folder

    /// The mean and deviation of the training images; ImageNet's for a folder of images.
    var normalization: ImageModelDescription.Normalization {
        switch self {
        case .cifar10: .standardization(mean: CIFAR10.mean, standardDeviation: CIFAR10.standardDeviation)
        case .cifar100: .standardization(mean: CIFAR100.mean, standardDeviation: CIFAR100.standardDeviation)
        case .fashionMNIST: .standardization(mean: [0.2860], standardDeviation: [0.3530])
        case .folder: .imageNet
        }
    }
}

extension Dataset {
    /// So many samples picked at random, or all in their order if there are no more: those of a folder lie class by class.
    func randomSubset(_ size: Int, seed: UInt64) -> Subset<Self> {
        size < count ? subset(splitIndices(count: count, validation: 0, seed: seed).train.prefix(size)) : prefix(count)
    }
}
