import Martinet
import MartinetBase

/// A residual network (He, Zhang, Ren, Sun, "Deep residual learning for image recognition", arXiv 1512.03385), with
/// torchvision's parameter names.
///
/// ```swift
/// let model = ResNet(.resNet50, classes: 1000)                          // images of about 224x224
/// let grey = ResNet(.resNet18, stem: .cifar, inputChannels: 1)          // small grey ones
/// let small = ResNet.cifar(depth: 20, shortcut: .zeroPadding)           // images of about 32x32, the paper's option A
/// let plain = ResNet.cifar(depth: 56, shortcut: .none)                  // its plain network, to compare with
/// ```
public final class ResNet: Module {
    let conv1: Conv2D
    let bn1: BatchNorm
    let relu = ReLU()
    let maxpool: MaxPool2D?
    let layer1: Sequential
    let layer2, layer3, layer4: Sequential?
    let avgpool = GlobalAveragePool2D()
    let fc: Dense

    /// A network of any shape.
    ///
    /// - Parameters:
    ///   - configuration: its stages, stem, shortcuts and all else.
    ///   - inputChannels: 3 for colour, 1 for grey.
    ///   - classes: the number of outputs (logits).
    ///   - generator: where the initial weights come from.
    public init(
        _ configuration: Configuration, inputChannels: Int = 3, classes: Int = 1000,
        generator: RandomGenerator = .default
    ) {
        configuration.check("ResNet")
        conv1 = configuration.stemConvolution(inputChannels, generator: generator)
        bn1 = configuration.layers.normalization(configuration.stemChannels)
        maxpool = configuration.stemPool
        let stages = configuration.stages { shape -> any Module<Tensor, Tensor> in
            if configuration.usesBottlenecks {
                Bottleneck(shape, configuration, generator: generator)
            } else {
                BasicBlock(shape, configuration, generator: generator)
            }
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
    ///   - depth: the number of layers with weights, which stands for one of the paper's architectures.
    ///   - version: where the stride of bottlenecks is: torchvision's by default, `.v1` for the paper's.
    ///   - stem: what comes before the stages.
    ///   - shortcut: what shortcuts do where the shape changes; `.none` for a plain network.
    ///   - zeroInitializesLastGamma: whether blocks start as the identity.
    ///   - stochasticDepth: the probability with which training drops what the last block's convolutions give for a sample.
    ///   - inputChannels: 3 for colour, 1 for grey.
    ///   - classes: the number of outputs (logits).
    ///   - generator: where the initial weights come from.
    public convenience init(
        _ depth: Depth, version: Version = .v1Point5, stem: Stem = .imageNet, shortcut: Shortcut = .projection,
        zeroInitializesLastGamma: Bool = false, stochasticDepth: Float = 0, inputChannels: Int = 3,
        classes: Int = 1000, generator: RandomGenerator = .default
    ) {
        var configuration = Configuration(depth)
        configuration.version = version
        configuration.stem = stem
        configuration.shortcut = shortcut
        configuration.zeroInitializesLastGamma = zeroInitializesLastGamma
        configuration.stochasticDepth = stochasticDepth
        self.init(configuration, inputChannels: inputChannels, classes: classes, generator: generator)
    }

    /// The well-known networks for CIFAR of PyTorch's users call their last layer `linear`.
    public var alternativeNames: [String: String] { ["linear": "fc"] }

    /// - Parameter x: `[batch, height, width, inputChannels]`.
    /// - Returns: logits, `[batch, classes]`.
    public func callAsFunction(_ x: Tensor) -> Tensor {
        let stem = relu(bn1(conv1(x)))
        let features = [layer1, layer2, layer3, layer4].reduce(maxpool?(stem) ?? stem) { $1?($0) ?? $0 }
        return fc(avgpool(features))
    }
}

extension ResNet {
    /// A network for images of about 32x32 pixels (section 4.2 of the paper).
    ///
    /// - Parameters:
    ///   - depth: 6n + 2; the paper has 20, 32, 44, 56, 110 and 1202.
    ///   - shortcut: what shortcuts do where the shape changes: projections by default, `.zeroPadding` for the paper's,
    ///     `.none` for a plain network.
    ///   - zeroInitializesLastGamma: whether blocks start as the identity.
    ///   - stochasticDepth: the probability with which training drops what the last block's convolutions give for a sample.
    ///   - inputChannels: 3 for colour, 1 for grey.
    ///   - classes: the number of outputs (logits).
    ///   - generator: where the initial weights come from.
    public static func cifar(
        depth: Int, shortcut: Shortcut = .projection, zeroInitializesLastGamma: Bool = false,
        stochasticDepth: Float = 0, inputChannels: Int = 3, classes: Int = 10, generator: RandomGenerator = .default
    ) -> ResNet {
        var configuration = Configuration(cifarDepth: depth)
        configuration.shortcut = shortcut
        configuration.zeroInitializesLastGamma = zeroInitializesLastGamma
        configuration.stochasticDepth = stochasticDepth
        return ResNet(configuration, inputChannels: inputChannels, classes: classes, generator: generator)
    }

    /// A network of 50 layers (or `depth`) whose 3x3 convolutions are `factor` times as wide (Zagoruyko and Komodakis,
    /// "Wide residual networks", arXiv 1605.07146). With factor 2, torchvision's `wide_resnet50_2` and
    /// `wide_resnet101_2`.
    ///
    /// - Precondition: `depth` is one with bottlenecks.
    public static func wide(
        _ depth: Depth = .resNet50, factor: Int = 2, inputChannels: Int = 3, classes: Int = 1000,
        generator: RandomGenerator = .default
    ) -> ResNet {
        var configuration = Configuration(depth)
        configuration.widthPerGroup = 64 * factor
        return ResNet(configuration, inputChannels: inputChannels, classes: classes, generator: generator)
    }

    /// A network of 50 layers (or `depth`) whose 3x3 convolutions are split into groups (Xie et al., "Aggregated residual
    /// transformations", arXiv 1611.05431). With 32 groups of 4, torchvision's `resnext50_32x4d`.
    ///
    /// - Precondition: `depth` is one with bottlenecks.
    public static func resNeXt(
        _ depth: Depth = .resNet50, groups: Int = 32, widthPerGroup: Int = 4, inputChannels: Int = 3,
        classes: Int = 1000, generator: RandomGenerator = .default
    ) -> ResNet {
        var configuration = Configuration(depth)
        configuration.groups = groups
        configuration.widthPerGroup = widthPerGroup
        return ResNet(configuration, inputChannels: inputChannels, classes: classes, generator: generator)
    }

    /// Keras's `ResNet50`, `ResNet101` or `ResNet152`, except that the outputs are logits: biases in the convolutions,
    /// the stride on the first 1x1, epsilon 1.001e-5.
    ///
    /// - Precondition: `depth` is one with bottlenecks.
    public static func keras(
        _ depth: Depth = .resNet50, inputChannels: Int = 3, classes: Int = 1000, generator: RandomGenerator = .default
    ) -> ResNet {
        require(depth.usesBottlenecks, "ResNet.keras: Keras has no ResNet of \(depth.rawValue) layers")
        var configuration = Configuration(depth)
        configuration.version = .v1
        configuration.layers = .keras
        return ResNet(configuration, inputChannels: inputChannels, classes: classes, generator: generator)
    }
}
