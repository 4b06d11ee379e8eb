import Foundation
import Martinet
import MartinetBase
import MartinetFiles

/// The facts that a network for images is used by: its name, what is done to an image before the network sees it, and what its
/// classes are called.
///
/// They go with the weights, as JSON in the metadata of a safetensors or ONNX file:
///
/// ```swift
/// let facts = ImageModelDescription(
///     network: "cifar-resnet20", height: 32, width: 32, fitting: .crop(shorterSide: 32),
///     normalization: .standardization(mean: CIFAR10.mean, standardDeviation: CIFAR10.standardDeviation),
///     classNames: ["cat", "dog", "frog"])
/// try model.save(to: url, metadata: facts.metadata)
///
/// let file = try openWeights(at: url)
/// let preprocess = try ImageModelDescription(metadata: file.metadata, file: file.path)?.preprocessing
/// ```
///
/// A network that has been trained on images after `Whitening`, or after a `Standardization` of each pixel, cannot be described:
/// their numbers are as many as an image has, or the square of that, and belong into arrays.
public struct ImageModelDescription: Sendable, Hashable {
    /// How an image of any size gets to the size that the network sees.
    public enum Fitting: Sendable, Hashable {
        /// The shorter side is resized to so many pixels, the longer one in proportion; then the middle is cut out.
        case crop(shorterSide: Int)
        /// The whole image is resized, whatever becomes of its proportions.
        case squeeze
    }

    /// How the values 0 ... 1 of an image are changed.
    public enum Normalization: Sendable, Hashable {
        /// A mean and a standard deviation for each channel, as `Standardization`.
        case standardization(mean: [Float], standardDeviation: [Float])
        /// As `CaffeNormalization`.
        case caffe
    }

    /// The network's name, such as "resnet50"; `NamedModel`, in `MartinetZoo`, makes it.
    public var network: String

    /// The size of what the network sees, in pixels, and its channels: 3 for colour, 1 for grey.
    public var height, width, channels: Int

    public var fitting: Fitting
    public var interpolation: Interpolation
    public var normalization: Normalization

    /// The names of the classes, in the order of the network's outputs; empty where nobody knows.
    public var classNames: [String]

    /// - Precondition: sizes from 1 to 4,096, one or three channels, and, of a standardization, as many means and positive
    ///   deviations; `caffe` takes three channels.
    public init(
        network: String, height: Int, width: Int, channels: Int = 3, fitting: Fitting,
        interpolation: Interpolation = .bilinear, normalization: Normalization, classNames: [String] = []
    ) {
        self.network = network
        (self.height, self.width, self.channels) = (height, width, channels)
        self.fitting = fitting
        self.interpolation = interpolation
        self.normalization = normalization
        self.classNames = classNames
        if let problem { fail("ImageModelDescription: expected \(problem.expected), found \(problem.found)") }
    }

    /// The shape of what the network sees, `[height, width, channels]`.
    public var shape: [Int] { [height, width, channels] }

    /// The way of an image into the network.
    public var preprocessing: ImagePreprocessing {
        let fit: [any ImageTransform] =
            switch fitting {
            case .crop(let side):
                [Resize(side, interpolation: interpolation), CenterCrop(height: height, width: width)]
            case .squeeze: [Resize(height: height, width: width, interpolation: interpolation)]
            }
        let transform: any Transform =
            switch normalization {
            case .standardization(let mean, let deviation):
                Standardization(mean: mean, standardDeviation: deviation)
            case .caffe: CaffeNormalization()
            }
        return ImagePreprocessing(
            imageTransforms: (channels == 1 ? [Grayscale()] : []) + fit, transform: transform)
    }

    /// As torchvision's weights for ImageNet want it: `Resize`, `CenterCrop`, `ToTensor` and `Normalize` with ImageNet's mean
    /// and deviation.
    ///
    /// - Parameters:
    ///   - network: its name.
    ///   - resize: the shorter side before the crop.
    ///   - crop: height and width of what the network sees.
    ///   - interpolation: how it is resized.
    public static func torchvision(
        _ network: String, resize: Int = 256, crop: Int = 224, interpolation: Interpolation = .bilinear
    ) -> ImageModelDescription {
        ImageModelDescription(
            network: network, height: crop, width: crop, fitting: .crop(shorterSide: resize),
            interpolation: interpolation, normalization: .imageNet, classNames: ImageNet.classes.map(\.name))
    }

    /// As Keras's ResNets want it: `load_img(target_size:)`, which squeezes the whole image into a square, and
    /// `preprocess_input` in the manner of Caffe.
    ///
    /// - Parameters:
    ///   - network: its name.
    ///   - size: height and width of what the network sees.
    ///   - interpolation: how it is resized; Keras's default is the nearest pixel.
    public static func keras(
        _ network: String, size: Int = 224, interpolation: Interpolation = .nearest
    ) -> ImageModelDescription {
        ImageModelDescription(
            network: network, height: size, width: size, fitting: .squeeze, interpolation: interpolation,
            normalization: .caffe, classNames: ImageNet.classes.map(\.name))
    }
}

extension ImageModelDescription.Normalization {
    /// ImageNet's mean and deviation.
    public static let imageNet = Self.standardization(
        mean: ImageNet.mean, standardDeviation: ImageNet.standardDeviation)
}

// As metadata of a file of weights.
extension ImageModelDescription {
    /// The key that it has in a file's metadata.
    public static let metadataKey = "martinet.image_model"

    /// The largest size, and the most classes, that a file may speak of. A few activations of a larger image fill the memory.
    private static let limit = 4096, mostClasses = 1_000_000

    /// The layout of the JSON. Fields that are added later may be missing.
    private struct Record: Codable {
        var version = 1
        let network: String
        let height, width, channels: Int
        /// Of a crop; nil where images are squeezed.
        let shorterSide: Int?
        let interpolation: String
        /// Of a standardization; nil for Caffe's normalization.
        let mean, standardDeviation: [Float]?
        let classNames: [String]
    }

    /// An entry for a file's metadata.
    public var metadata: [String: String] {
        var (mean, deviation, side) = ([Float]?.none, [Float]?.none, Int?.none)
        if case .standardization(let means, let deviations) = normalization { (mean, deviation) = (means, deviations) }
        if case .crop(let shorterSide) = fitting { side = shorterSide }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let record = Record(
            network: network, height: height, width: width, channels: channels, shorterSide: side,
            interpolation: interpolation.rawValue, mean: mean, standardDeviation: deviation, classNames: classNames)
        guard let json = try? encoder.encode(record) else { fail("ImageModelDescription: cannot be written as JSON") }
        return [Self.metadataKey: String(decoding: json, as: UTF8.self)]
    }

    /// Reads a file's metadata; nil if it has no such entry.
    ///
    /// - Parameters:
    ///   - metadata: of the file.
    ///   - file: its path, for the error.
    /// - Throws: `FileError` if it is no description, or one of something that cannot be.
    public init?(metadata: [String: String], file: String) throws(FileError) {
        guard let json = metadata[Self.metadataKey] else { return nil }
        func wrong(_ expected: String, _ found: String) -> FileError {
            FileError(.corrupt, file: file, place: "metadata \(Self.metadataKey)", expected: expected, found: found)
        }
        let record: Record
        do {
            record = try JSONDecoder().decode(Record.self, from: Data(json.utf8))
        } catch {
            throw wrong("the JSON of an image model", "\"\(json.prefix(60))\"")
        }
        guard record.version == 1 else { throw wrong("version 1", "\(record.version)") }
        guard let interpolation = Interpolation(rawValue: record.interpolation) else {
            throw wrong(
                "an interpolation: \(Interpolation.allCases.map(\.rawValue).joined(separator: ", "))",
                "\"\(record.interpolation.prefix(60))\"")
        }
        let normalization: Normalization =
            switch (record.mean, record.standardDeviation) {
            case (nil, nil): .caffe
            case (let mean, let deviation): .standardization(mean: mean ?? [], standardDeviation: deviation ?? [])
            }
        network = record.network
        (height, width, channels) = (record.height, record.width, record.channels)
        fitting = record.shorterSide.map { .crop(shorterSide: $0) } ?? .squeeze
        self.interpolation = interpolation
        self.normalization = normalization
        classNames = record.classNames
        if let problem { throw wrong(problem.expected, problem.found) }
    }

    /// A fact that no network can be used by; nil if there is none.
    private var problem: (expected: String, found: String)? {
        let sizes = 1...Self.limit
        guard sizes.contains(height), sizes.contains(width) else {
            return ("a height and a width of 1 to \(Self.limit)", "\(height) and \(width)")
        }
        guard channels == 1 || channels == 3 else { return ("1 or 3 channels", "\(channels)") }
        if case .crop(let side) = fitting, !sizes.contains(side) {
            return ("a shorter side of 1 to \(Self.limit)", "\(side)")
        }
        switch normalization {
        case .caffe:
            guard channels == 3 else { return ("3 channels for Caffe's normalization", "\(channels)") }
        case .standardization(let mean, let deviation):
            guard mean.count == channels, deviation.count == channels else {
                return ("means and deviations of \(channels) channels", "\(mean.count) and \(deviation.count)")
            }
            guard mean.allSatisfy(\.isFinite), deviation.allSatisfy({ $0 > 0 && $0.isFinite }) else {
                return ("finite means and positive deviations", "\(mean) and \(deviation)")
            }
        }
        guard classNames.count <= Self.mostClasses else {
            return ("at most \(Self.mostClasses) classes", "\(classNames.count)")
        }
        return nil
    }
}

extension ImageModelDescription: CustomStringConvertible {
    /// Three lines: the network, what is done to images, and the classes' names.
    public var description: String {
        let pixels = "\(height)x\(width) pixels in \(channels == 1 ? "grey" : "colour")"
        let fit =
            switch fitting {
            case .crop(let side): "shorter side to \(side) (\(interpolation)), the middle of \(pixels)"
            case .squeeze: "squeezed (\(interpolation)) to \(pixels)"
            }
        let values =
            switch normalization {
            case .standardization(let mean, let deviation): "mean \(mean), standard deviation \(deviation)"
            case .caffe: "Caffe's normalization"
            }
        let names = classNames.prefix(10).joined(separator: ", ") + (classNames.count > 10 ? ", …" : "")
        return """
            network: \(network)
            images: \(fit); \(values)
            classes: \(classNames.isEmpty ? "no names" : "\(classNames.count): \(names)")
            """
    }
}
