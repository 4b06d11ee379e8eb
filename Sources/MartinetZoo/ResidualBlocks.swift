import Martinet
import MartinetBase

/// Two 3x3 convolutions and a shortcut, if there is to be one.
public final class BasicBlock: Module {
    let conv1: Conv2D
    let bn1: BatchNorm
    let relu = ReLU()
    let conv2: Conv2D
    let bn2: BatchNorm
    let downsample: (any Module<Tensor, Tensor>)?
    let dropPath: StochasticDepth?

    private let isPlain: Bool

    /// - Parameters:
    ///   - inputChannels: the input's channels.
    ///   - channels: those of both convolutions and of the output.
    ///   - stride: of the first convolution, and of the shortcut.
    ///   - shortcut: what the shortcut does where `channels` differ from the input's, or the stride is not 1.
    ///   - generator: where the initial weights come from.
    public convenience init(
        _ inputChannels: Int, _ channels: Int, stride: Int = 1, shortcut: ResNet.Shortcut = .projection,
        generator: RandomGenerator = .default
    ) {
        var configuration = ResNet.Configuration(blocks: [1], widths: [channels], usesBottlenecks: false)
        configuration.shortcut = shortcut
        let shape = BlockShape(
            inputs: inputChannels, width: channels, outputs: channels, stride: stride, dropRate: 0)
        self.init(shape, configuration, generator: generator)
    }

    init(_ shape: BlockShape, _ configuration: ResNet.Configuration, generator: RandomGenerator) {
        let layers = configuration.layers
        isPlain = configuration.shortcut == .none
        conv1 = layers.convolution(shape.inputs, shape.width, kernel: 3, stride: shape.stride, generator: generator)
        bn1 = layers.normalization(shape.width)
        conv2 = layers.convolution(shape.width, shape.width, kernel: 3, generator: generator)
        bn2 = layers.normalization(shape.width)
        downsample = configuration.makeShortcut(shape, generator: generator)
        dropPath = shape.dropRate > 0 ? StochasticDepth(shape.dropRate, generator: generator) : nil
        if configuration.zeroInitializesLastGamma { bn2.weight?.value = .zeros([shape.width]) }
    }

    /// The well-known networks for CIFAR of PyTorch's users have a `shortcut`.
    public var alternativeNames: [String: String] { ["shortcut": "downsample"] }

    public func callAsFunction(_ x: Tensor) -> Tensor {
        var y = bn2(conv2(relu(bn1(conv1(x)))))
        if let dropPath { y = dropPath(y) }
        if isPlain { return relu(consume y) }
        return relu((consume y) + (downsample?(x) ?? x))
    }
}

/// A 1x1 convolution that narrows, a 3x3 one, a 1x1 one that widens fourfold, and a shortcut.
public final class Bottleneck: Module {
    let conv1: Conv2D
    let bn1: BatchNorm
    let conv2: Conv2D
    let bn2: BatchNorm
    let conv3: Conv2D
    let bn3: BatchNorm
    let relu = ReLU()
    let downsample: (any Module<Tensor, Tensor>)?
    let dropPath: StochasticDepth?

    private let isPlain: Bool

    /// - Parameters:
    ///   - inputChannels: the input's channels.
    ///   - width: the channels of the 3x3 convolution; the block's output has four times as many.
    ///   - stride: of one of the convolutions, and of the shortcut.
    ///   - version: of which convolution: of the 3x3 as in torchvision, or of the first as in the paper.
    ///   - groups: into how many groups the 3x3 convolution splits its channels.
    ///   - shortcut: what the shortcut does where the shape changes.
    ///   - generator: where the initial weights come from.
    public convenience init(
        _ inputChannels: Int, width: Int, stride: Int = 1, version: ResNet.Version = .v1Point5, groups: Int = 1,
        shortcut: ResNet.Shortcut = .projection, generator: RandomGenerator = .default
    ) {
        require(width % groups == 0, "Bottleneck: \(width) channels cannot be split into \(groups) groups")
        var configuration = ResNet.Configuration(blocks: [1], widths: [width], usesBottlenecks: true)
        configuration.version = version
        configuration.shortcut = shortcut
        let shape = BlockShape(
            inputs: inputChannels, width: width, outputs: 4 * width, stride: stride, dropRate: 0)
        self.init(shape, configuration, inner: width, groups: groups, generator: generator)
    }

    convenience init(_ shape: BlockShape, _ configuration: ResNet.Configuration, generator: RandomGenerator) {
        self.init(
            shape, configuration, inner: configuration.innerChannels(shape), groups: configuration.groups,
            generator: generator)
    }

    private init(
        _ shape: BlockShape, _ configuration: ResNet.Configuration, inner: Int, groups: Int,
        generator: RandomGenerator
    ) {
        let layers = configuration.layers
        isPlain = configuration.shortcut == .none
        let strides = configuration.version == .v1 ? (shape.stride, 1) : (1, shape.stride)
        conv1 = layers.convolution(shape.inputs, inner, kernel: 1, stride: strides.0, generator: generator)
        bn1 = layers.normalization(inner)
        conv2 = layers.convolution(inner, inner, kernel: 3, stride: strides.1, groups: groups, generator: generator)
        bn2 = layers.normalization(inner)
        conv3 = layers.convolution(inner, shape.outputs, kernel: 1, generator: generator)
        bn3 = layers.normalization(shape.outputs)
        downsample = configuration.makeShortcut(shape, generator: generator)
        dropPath = shape.dropRate > 0 ? StochasticDepth(shape.dropRate, generator: generator) : nil
        if configuration.zeroInitializesLastGamma { bn3.weight?.value = .zeros([shape.outputs]) }
    }

    /// The well-known networks for CIFAR of PyTorch's users have a `shortcut`.
    public var alternativeNames: [String: String] { ["shortcut": "downsample"] }

    public func callAsFunction(_ x: Tensor) -> Tensor {
        var y = relu(bn1(conv1(x)))
        y = relu(bn2(conv2(y)))
        y = bn3(conv3(y))
        if let dropPath { y = dropPath(y) }
        if isPlain { return relu(consume y) }
        return relu((consume y) + (downsample?(x) ?? x))
    }
}

/// Every `stride`-th pixel, and zeros for the channels that the input has not, half of them in front and half behind: the
/// paper's option A for shortcuts, without parameters.
public final class ZeroPaddedShortcut: Layer {
    public let inputChannels, outputChannels, stride: Int

    /// - Precondition: there are no more input than output channels.
    public init(_ inputChannels: Int, _ outputChannels: Int, stride: Int = 1) {
        require(
            inputChannels > 0 && inputChannels <= outputChannels && stride > 0,
            "ZeroPaddedShortcut: expected no more input than output channels, found \(inputChannels) and "
                + "\(outputChannels), and a stride of at least 1, found \(stride)")
        self.inputChannels = inputChannels
        self.outputChannels = outputChannels
        self.stride = stride
    }

    /// - Parameter x: `[batch, height, width, inputChannels]`.
    /// - Returns: `[batch, ⌈height / stride⌉, ⌈width / stride⌉, outputChannels]`.
    public func callAsFunction(_ x: Tensor) -> Tensor {
        let pixels = stride == 1 ? x : averagePool2D(x, kernelSize: 1, stride: Size2D(stride))
        let missing = outputChannels - inputChannels
        let before = missing / 2
        return ForwardObserver.observe(self, pixels.padded([(0, 0), (0, 0), (0, 0), (before, missing - before)]))
    }

    public func outputShape(for input: [Int]) throws(ShapeError) -> [Int] {
        guard input.count == 3, input[2] == inputChannels else {
            throw ShapeError("expected [height, width, \(inputChannels)], found \(input)")
        }
        return [(input[0] + stride - 1) / stride, (input[1] + stride - 1) / stride, outputChannels]
    }

    public var details: String { "\(inputChannels), \(outputChannels), stride: \(stride)" }
}

extension ResNet.Configuration {
    /// The channels of the 3x3 convolution of a block of `shape`.
    func innerChannels(_ shape: BlockShape) -> Int {
        usesBottlenecks ? shape.width * widthPerGroup / 64 * groups : shape.width
    }

    /// The shortcut of a block of `shape`; nil for the identity, or none at all. `normalizes`: whether a BatchNorm follows a projection.
    func makeShortcut(
        _ shape: BlockShape, normalizes: Bool = true, generator: RandomGenerator
    ) -> (any Module<Tensor, Tensor>)? {
        let changes = shape.stride != 1 || shape.inputs != shape.outputs
        switch shortcut {
        case .none: return nil
        case .zeroPadding:
            return changes ? ZeroPaddedShortcut(shape.inputs, shape.outputs, stride: shape.stride) : nil
        case .projection, .projectionEverywhere:
            guard changes || shortcut == .projectionEverywhere else { return nil }
            let projection = layers.convolution(
                shape.inputs, shape.outputs, kernel: 1, stride: shape.stride, generator: generator)
            return normalizes ? Sequential([projection, layers.normalization(shape.outputs)]) : projection
        }
    }
}
