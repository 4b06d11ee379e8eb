import Martinet
import MartinetBase

/// A residual network whose blocks have BatchNorm and ReLU before their convolutions, so that nothing stands between one
/// block's sum and the next ("v2": He, Zhang, Ren, Sun, "Identity mappings in deep residual networks", arXiv 1603.05027).
///
/// ```swift
/// let model = PreActivationResNet(.resNet50)                            // images of about 224x224
/// let small = PreActivationResNet.cifar(depth: 110)                     // images of about 32x32
/// ```
public final class PreActivationResNet: Module {
    let conv1: Conv2D
    let maxpool: MaxPool2D?
    let layer1: Sequential
    let layer2, layer3, layer4: Sequential?
    let bn: BatchNorm
    let relu = ReLU()
    let avgpool = GlobalAveragePool2D()
    let fc: Dense

    /// A network of any shape.
    ///
    /// - Parameters:
    ///   - configuration: its stages, stem, shortcuts and all else; γ is never zero at first, as no BatchNorm ends a block.
    ///   - inputChannels: 3 for colour, 1 for grey.
    ///   - classes: the number of outputs (logits).
    ///   - generator: where the initial weights come from.
    /// - Precondition: the configuration does not ask for zero-initialised γ.
    public init(
        _ configuration: ResNet.Configuration, inputChannels: Int = 3, classes: Int = 1000,
        generator: RandomGenerator = .default
    ) {
        configuration.check("PreActivationResNet")
        require(
            !configuration.zeroInitializesLastGamma,
            "PreActivationResNet: no BatchNorm ends a block, so no last γ can start from zero")
        conv1 = configuration.stemConvolution(inputChannels, generator: generator)
        maxpool = configuration.stemPool
        let stages = configuration.stages { shape in
            PreActivationBlock(shape, configuration, generator: generator)
        }
        layer1 = stages[0]
        layer2 = stages.count > 1 ? stages[1] : nil
        layer3 = stages.count > 2 ? stages[2] : nil
        layer4 = stages.count > 3 ? stages[3] : nil
        bn = configuration.layers.normalization(configuration.outputChannels)
        fc = Dense(configuration.outputChannels, classes, generator: generator)
    }

    /// A network with the stages of one of the first paper's for ImageNet.
    ///
    /// - Parameters:
    ///   - depth: the number of layers with weights, which stands for one of the architectures.
    ///   - stem: what comes before the stages.
    ///   - stochasticDepth: the probability with which training drops what the last block's convolutions give for a sample.
    ///   - inputChannels: 3 for colour, 1 for grey.
    ///   - classes: the number of outputs (logits).
    ///   - generator: where the initial weights come from.
    public convenience init(
        _ depth: ResNet.Depth, stem: ResNet.Stem = .imageNet, stochasticDepth: Float = 0, inputChannels: Int = 3,
        classes: Int = 1000, generator: RandomGenerator = .default
    ) {
        var configuration = ResNet.Configuration(depth)
        configuration.stem = stem
        configuration.stochasticDepth = stochasticDepth
        self.init(configuration, inputChannels: inputChannels, classes: classes, generator: generator)
    }

    /// A network for images of about 32x32 pixels.
    ///
    /// - Parameters:
    ///   - depth: 6n + 2; the paper has 110 with two convolutions a block.
    ///   - shortcut: what shortcuts do where the shape changes.
    ///   - inputChannels: 3 for colour, 1 for grey.
    ///   - classes: the number of outputs (logits).
    ///   - generator: where the initial weights come from.
    public static func cifar(
        depth: Int, shortcut: ResNet.Shortcut = .projection, inputChannels: Int = 3, classes: Int = 10,
        generator: RandomGenerator = .default
    ) -> PreActivationResNet {
        var configuration = ResNet.Configuration(cifarDepth: depth)
        configuration.shortcut = shortcut
        return PreActivationResNet(
            configuration, inputChannels: inputChannels, classes: classes, generator: generator)
    }

    /// - Parameter x: `[batch, height, width, inputChannels]`.
    /// - Returns: logits, `[batch, classes]`.
    public func callAsFunction(_ x: Tensor) -> Tensor {
        let stem = conv1(x)
        let features = [layer1, layer2, layer3, layer4].reduce(maxpool?(stem) ?? stem) { $1?($0) ?? $0 }
        return fc(avgpool(relu(bn(features))))
    }
}

/// Two 3x3 convolutions, or a 1x1 one that narrows, a 3x3 one and a 1x1 one that widens, each behind a BatchNorm and a
/// ReLU, and a shortcut. Where the shape changes, the shortcut starts behind the first ReLU (figure 4e of arXiv 1603.05027).
public final class PreActivationBlock: Module {
    let bn1: BatchNorm
    let relu = ReLU()
    let conv1: Conv2D
    let bn2: BatchNorm
    let conv2: Conv2D
    let bn3: BatchNorm?
    let conv3: Conv2D?
    let downsample: (any Module<Tensor, Tensor>)?
    let dropPath: StochasticDepth?
    private let isPlain: Bool

    init(_ shape: BlockShape, _ configuration: ResNet.Configuration, generator: RandomGenerator) {
        let layers = configuration.layers
        let inner = configuration.innerChannels(shape)
        isPlain = configuration.shortcut == .none
        bn1 = layers.normalization(shape.inputs)
        if configuration.usesBottlenecks {
            let strides = configuration.version == .v1 ? (shape.stride, 1) : (1, shape.stride)
            conv1 = layers.convolution(shape.inputs, inner, kernel: 1, stride: strides.0, generator: generator)
            conv2 = layers.convolution(
                inner, inner, kernel: 3, stride: strides.1, groups: configuration.groups, generator: generator)
            bn3 = layers.normalization(inner)
            conv3 = layers.convolution(inner, shape.outputs, kernel: 1, generator: generator)
        } else {
            conv1 = layers.convolution(shape.inputs, inner, kernel: 3, stride: shape.stride, generator: generator)
            conv2 = layers.convolution(inner, inner, kernel: 3, generator: generator)
            (bn3, conv3) = (nil, nil)
        }
        bn2 = layers.normalization(inner)
        downsample = configuration.makeShortcut(shape, normalizes: false, generator: generator)
        dropPath = shape.dropRate > 0 ? StochasticDepth(shape.dropRate, generator: generator) : nil
    }

    public func callAsFunction(_ x: Tensor) -> Tensor {
        let activated = relu(bn1(x))
        var y = conv2(relu(bn2(conv1(activated))))
        if let bn3, let conv3 { y = conv3(relu(bn3(y))) }
        if let dropPath { y = dropPath(y) }
        return isPlain ? y : (consume y) + (downsample?(activated) ?? x)
    }
}
