import ArgumentParser
import Martinet
import MartinetCommand
import MartinetVision
import MartinetZoo

/// What is done to images before a network sees them.
enum Preprocessing: String, CaseIterable, ExpressibleByArgument {
    case torchvision, keras, cifar, fashionMNIST = "fashion-mnist", imageNetStatistics = "imagenet-statistics", dataset

    static let help: ArgumentHelp = """
        What is done to images. torchvision: the shorter side to 256 pixels, the middle, ImageNet's mean and deviation. \
        keras: squeezed into a square, the means subtracted. cifar: CIFAR-10's mean and deviation. fashion-mnist: 28x28 \
        in grey, its mean and deviation. imagenet-statistics: ImageNet's. dataset: those of the data set. By default what \
        the network is known to want.
        """

    /// What `model` is trained with as a rule.
    ///
    /// - Parameter inputChannels: of the network; those for grey images know no photographs.
    static func usual(for model: NamedModel, inputChannels: Int) -> Preprocessing {
        if inputChannels == 1 { return .fashionMNIST }
        if model.name.hasPrefix("keras-") { return .keras }
        return model.inputShape[0] == 32 ? .cifar : .torchvision
    }

    /// What is done to the values 0 ... 1.
    ///
    /// - Parameter statistics: the mean and deviation of the data set.
    func transform(_ statistics: Standardization) -> any Transform {
        switch self {
        case .torchvision, .imageNetStatistics: DatasetKind.folder.statistics
        case .keras: CaffeNormalization()
        case .cifar: DatasetKind.cifar10.statistics
        case .fashionMNIST: DatasetKind.fashionMNIST.statistics
        case .dataset: statistics
        }
    }

    /// What is done to an image of any size first.
    ///
    /// - Parameters:
    ///   - model: which decides on the size.
    ///   - resize: the shorter side that torchvision's images are brought to before the crop.
    func imageTransforms(for model: NamedModel, resize: Int?) -> [any ImageTransform] {
        let (height, width) = (model.inputShape[0], model.inputShape[1])
        switch self {
        case .torchvision where height >= 224: return [Resize(resize ?? 256), CenterCrop(height: height, width: width)]
        case .keras: return [Resize(height: height, width: width, interpolation: .nearest)]
        case .fashionMNIST: return [Grayscale(), Resize(28), CenterCrop(28)]
        default: return [Resize(min(height, width)), CenterCrop(height: height, width: width)]
        }
    }

    /// How many channels images must have for it; nil if the data set decides.
    private var channels: Int? {
        switch self {
        case .fashionMNIST: 1
        case .dataset: nil
        default: 3
        }
    }

    /// Stops with a message unless images of this shape can be prepared so, and the network takes them.
    ///
    /// - Parameters:
    ///   - shape: `[height, width, channels]`.
    ///   - source: where the images come from.
    ///   - network: one that `model` made.
    ///   - model: has a name, and says how small an image may be.
    func check(_ shape: [Int], of source: String, for network: any Module<Tensor, Tensor>, _ model: NamedModel) throws {
        func count(_ channels: Int) -> String { "\(channels) channel\(channels == 1 ? "" : "s")" }
        if let channels, shape[2] != channels {
            throw ValidationError(
                "--preprocessing \(rawValue) is for images of \(count(channels)), but those of \(source) have \(shape[2])"
            )
        }
        guard shape[2] == network.inputChannels else {
            throw ValidationError(
                "\(model.name) with these weights takes images of \(count(network.inputChannels)), but those of \(source) "
                    + "have \(shape[2])")
        }
        try checkSize(shape, of: source, for: model)
    }
}

/// Stops with a message unless images of this shape, `[height, width, channels]`, are large enough for a network.
func checkSize(_ shape: [Int], of source: String, for model: NamedModel) throws {
    guard min(shape[0], shape[1]) >= model.smallestSize else {
        throw ValidationError(
            "\(model.name) takes images of \(model.smallestSize)x\(model.smallestSize) and more, but those of \(source) are "
                + "\(shape[0])x\(shape[1])")
    }
}

extension Module {
    /// The channels of the images that the first convolution takes.
    var inputChannels: Int {
        namedModules.lazy.compactMap { $0.module as? Conv2D }.first.map { $0.weight.shape[2] } ?? 3
    }
}
