import ArgumentParser
import Martinet
import MartinetCommand
import MartinetVision
import MartinetZoo

/// The way of images into a network, where that is said on the command line.
enum Preprocessing: String, CaseIterable, ExpressibleByArgument {
    case torchvision, keras, cifar, fashionMNIST = "fashion-mnist", imageNetStatistics = "imagenet-statistics", dataset

    static let help: ArgumentHelp = """
        What is done to images. torchvision: the shorter side to 256 pixels, the middle, ImageNet's mean and deviation. \
        keras: squeezed into a square, the means subtracted. cifar: CIFAR-10's mean and deviation. fashion-mnist: 28x28 \
        in grey, its mean and deviation. imagenet-statistics: ImageNet's. dataset: those of the data set. By default what \
        the file of weights says, or else what the network is known to want.
        """

    /// `facts` with this in place of their own preprocessing.
    ///
    /// - Parameters:
    ///   - facts: whose size stays, unless this has one.
    ///   - dataset: whose statistics `dataset` means; nil for those of `facts`.
    ///   - resize: the shorter side that torchvision's images are brought to before the crop.
    func applied(
        to facts: ImageModelDescription, dataset: DatasetKind?, resize: Int?
    ) -> ImageModelDescription {
        var facts = facts
        facts.channels = self == .fashionMNIST ? 1 : self == .dataset ? facts.channels : 3
        if self == .fashionMNIST { (facts.height, facts.width) = (28, 28) }
        facts.interpolation = self == .keras ? .nearest : .bilinear
        let side = min(facts.height, facts.width)
        facts.fitting =
            switch self {
            case .keras: .squeeze
            case .torchvision where facts.height >= 224: .crop(shorterSide: resize ?? facts.height * 8 / 7)
            default: .crop(shorterSide: side)
            }
        facts.normalization =
            switch self {
            case .torchvision, .imageNetStatistics: .imageNet
            case .keras: .caffe
            case .cifar: DatasetKind.cifar10.normalization
            case .fashionMNIST: DatasetKind.fashionMNIST.normalization
            case .dataset: dataset?.normalization ?? facts.normalization
            }
        return facts
    }
}

extension ImageModelDescription {
    /// The facts that hold for weights of `model` as a rule. A network of a thousand classes has ImageNet's names;
    /// nobody knows others'.
    ///
    /// - Parameters:
    ///   - inputChannels: of the network; those for grey images know no photographs.
    ///   - classes: of the network.
    ///   - resize: the shorter side that torchvision's images are brought to before the crop.
    static func usual(
        for model: NamedModel, inputChannels: Int, classes: Int, resize: Int?
    ) -> ImageModelDescription {
        var facts: ImageModelDescription =
            switch model.family {
            // The same part of the image whatever its size: 224 of 256.
            case .torchvision:
                .torchvision(
                    model.name, resize: resize ?? model.inputShape[0] * 8 / 7, crop: model.inputShape[0])
            case .keras: .keras(model.name)
            case .cifar:
                ImageModelDescription(
                    network: model.name, height: model.inputShape[0], width: model.inputShape[1],
                    fitting: .crop(shorterSide: model.inputShape[0]), normalization: DatasetKind.cifar10.normalization)
            }
        if facts.classNames.count != classes { facts.classNames = [] }
        guard inputChannels == 1 else { return facts }
        return Preprocessing.fashionMNIST.applied(to: facts, dataset: nil, resize: nil)
    }
}
