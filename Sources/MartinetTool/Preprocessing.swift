import ArgumentParser
import Martinet
import MartinetVision
import MartinetZoo

/// What is done to pictures before a network sees them.
enum Preprocessing: String, CaseIterable, ExpressibleByArgument {
    case torchvision, keras, cifar, imageNetStatistics = "imagenet-statistics", dataset

    static let help: ArgumentHelp = """
        What is done to pictures. torchvision: the shorter side to 256 pixels, the middle, ImageNet's mean and deviation. \
        keras: squeezed into a square, the means subtracted. cifar: CIFAR-10's mean and deviation. imagenet-statistics: \
        ImageNet's. dataset: those of the data set. By default what the network is known to want.
        """

    /// What `model` is trained with as a rule.
    static func usual(for model: NamedModel) -> Preprocessing {
        if model.name.hasPrefix("keras-") { return .keras }
        return model.inputShape[0] == 32 ? .cifar : .torchvision
    }

    /// What is done to the values 0 ... 1.
    ///
    /// - Parameter statistics: the mean and deviation of the data set.
    func transform(_ statistics: Standardization) -> any Transform {
        switch self {
        case .torchvision, .imageNetStatistics:
            Standardization(mean: ImageNet.mean, standardDeviation: ImageNet.standardDeviation)
        case .keras: CaffeNormalization()
        case .cifar: Standardization(mean: CIFAR10.mean, standardDeviation: CIFAR10.standardDeviation)
        case .dataset: statistics
        }
    }

    /// What is done to a picture of any size first.
    ///
    /// - Parameters:
    ///   - model: which decides on the size.
    ///   - resize: the shorter side that torchvision's pictures are brought to before the crop.
    func imageTransforms(for model: NamedModel, resize: Int?) -> [any ImageTransform] {
        let (height, width) = (model.inputShape[0], model.inputShape[1])
        switch self {
        case .torchvision where height >= 224: return [Resize(resize ?? 256), CenterCrop(height: height, width: width)]
        case .keras: return [Resize(height: height, width: width, interpolation: .nearest)]
        default: return [Resize(min(height, width)), CenterCrop(height: height, width: width)]
        }
    }
}
