import Martinet
import MartinetBase

/// A network without shortcuts that is otherwise a `ResNet` of basic blocks: what the paper compares residual networks
/// with (He et al., arXiv 1512.03385, sections 3.3, 4.1 and 4.2). Layers have the names that they have there.
///
/// ```swift
/// let plain = PlainNetwork(.plain34)                 // images of about 224x224
/// let small = PlainNetwork.cifar(depth: 56)          // images of about 32x32
/// ```
public final class PlainNetwork: Module {
    /// The paper's plain architectures for ImageNet.
    public enum Depth: Int, Sendable, CaseIterable {
        case plain18 = 18
        case plain34 = 34
    }

    let conv1: Conv2D
    let bn1: BatchNorm
    let relu = ReLU()
    let maxpool: MaxPool2D?
    let layer1: Sequential
    let layer2, layer3, layer4: Sequential?
    let avgpool = GlobalAveragePool2D()
    let fc: Dense

    /// The plain counterpart of a residual network of basic blocks.
    ///
    /// - Parameters:
    ///   - configuration: the residual network's; what it says of shortcuts is of no account.
    ///   - inputChannels: 3 for colour, 1 for grey.
    ///   - classes: the number of outputs (logits).
    ///   - generator: where the initial weights come from.
    /// - Precondition: the configuration has no bottlenecks.
    public init(
        _ configuration: ResNet.Configuration, inputChannels: Int = 3, classes: Int = 1000,
        generator: RandomGenerator = .default
    ) {
        configuration.check("PlainNetwork")
        require(!configuration.usesBottlenecks, "PlainNetwork: expected no bottlenecks")
        conv1 = configuration.stemConvolution(inputChannels, generator: generator)
        bn1 = configuration.layers.normalization(configuration.stemChannels)
        maxpool = configuration.stemPool
        let stages = configuration.stages { shape in
            PlainBlock(shape.inputs, shape.width, stride: shape.stride, configuration.layers, generator: generator)
        }
        layer1 = stages[0]
        layer2 = stages.count > 1 ? stages[1] : nil
        layer3 = stages.count > 2 ? stages[2] : nil
        layer4 = stages.count > 3 ? stages[3] : nil
        fc = Dense(configuration.outputChannels, classes, generator: generator)
    }

    /// One of the paper's networks for ImageNet.
    ///
    /// - Parameters:
    ///   - depth: the number of layers with weights.
    ///   - stem: what comes before the stages.
    ///   - inputChannels: 3 for colour, 1 for grey.
    ///   - classes: the number of outputs (logits).
    ///   - generator: where the initial weights come from.
    public convenience init(
        _ depth: Depth, stem: ResNet.Stem = .imageNet, inputChannels: Int = 3, classes: Int = 1000,
        generator: RandomGenerator = .default
    ) {
        var configuration = ResNet.Configuration(depth == .plain18 ? .resNet18 : .resNet34)
        configuration.stem = stem
        self.init(configuration, inputChannels: inputChannels, classes: classes, generator: generator)
    }

    /// A network for images of about 32x32 pixels.
    ///
    /// - Parameters:
    ///   - depth: 6n + 2; the paper has 20, 32, 44, 56 and 110.
    ///   - inputChannels: 3 for colour, 1 for grey.
    ///   - classes: the number of outputs (logits).
    ///   - generator: where the initial weights come from.
    public static func cifar(
        depth: Int, inputChannels: Int = 3, classes: Int = 10, generator: RandomGenerator = .default
    ) -> PlainNetwork {
        PlainNetwork(
            ResNet.Configuration(cifarDepth: depth), inputChannels: inputChannels, classes: classes,
            generator: generator)
    }

    /// - Parameter x: `[batch, height, width, inputChannels]`.
    /// - Returns: logits, `[batch, classes]`.
    public func callAsFunction(_ x: Tensor) -> Tensor {
        let stem = relu(bn1(conv1(x)))
        let features = [layer1, layer2, layer3, layer4].reduce(maxpool?(stem) ?? stem) { $1?($0) ?? $0 }
        return fc(avgpool(features))
    }
}

/// The two 3x3 convolutions of a `BasicBlock`, without its shortcut.
public final class PlainBlock: Module {
    let conv1: Conv2D
    let bn1: BatchNorm
    let relu = ReLU()
    let conv2: Conv2D
    let bn2: BatchNorm

    /// - Parameters:
    ///   - inputChannels: the input's channels.
    ///   - channels: those of both convolutions and of the output.
    ///   - stride: of the first convolution.
    ///   - style: how the layers are made.
    ///   - generator: where the initial weights come from.
    public init(
        _ inputChannels: Int, _ channels: Int, stride: Int = 1, _ style: ConvolutionStyle = .torchvision,
        generator: RandomGenerator = .default
    ) {
        conv1 = style.convolution(inputChannels, channels, kernel: 3, stride: stride, generator: generator)
        bn1 = style.normalization(channels)
        conv2 = style.convolution(channels, channels, kernel: 3, generator: generator)
        bn2 = style.normalization(channels)
    }

    public func callAsFunction(_ x: Tensor) -> Tensor { relu(bn2(conv2(relu(bn1(conv1(x)))))) }
}
