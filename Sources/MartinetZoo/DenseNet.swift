import Martinet
import MartinetBase

/// A densely connected network (Huang, Liu, van der Maaten, Weinberger, "Densely connected convolutional networks", arXiv
/// 1608.06993), with torchvision's parameter names: each layer sees what all layers of its block before it have made, and
/// adds a few channels of its own.
///
/// ```swift
/// let model = DenseNet(.denseNet121, classes: 1000)                     // images of about 224x224
/// ```
public final class DenseNet: Module {
    /// The paper's architectures for ImageNet (its table 1).
    public enum Depth: Int, Sendable, CaseIterable {
        case denseNet121 = 121
        case denseNet169 = 169
        case denseNet201 = 201

        /// How many layers each of the four blocks has.
        public var blocks: [Int] {
            switch self {
            case .denseNet121: [6, 12, 24, 16]
            case .denseNet169: [6, 12, 32, 32]
            case .denseNet201: [6, 12, 48, 32]
            }
        }
    }

    let features: DenseFeatures
    let relu = ReLU()
    let avgpool = GlobalAveragePool2D()
    let classifier: Dense

    /// One of the paper's networks for ImageNet.
    ///
    /// - Parameters:
    ///   - depth: the number of layers with weights, which stands for one of the paper's architectures.
    ///   - inputChannels: 3 for colour, 1 for grey.
    ///   - classes: the number of outputs (logits).
    ///   - generator: where the initial weights come from.
    public convenience init(
        _ depth: Depth, inputChannels: Int = 3, classes: Int = 1000, generator: RandomGenerator = .default
    ) {
        self.init(blocks: depth.blocks, inputChannels: inputChannels, classes: classes, generator: generator)
    }

    /// A network with other blocks.
    ///
    /// - Parameters:
    ///   - blocks: how many layers each block has.
    ///   - growth: the channels that each layer adds (the paper's k).
    ///   - stemChannels: those of the first convolution.
    ///   - inputChannels: 3 for colour, 1 for grey.
    ///   - classes: the number of outputs (logits).
    ///   - generator: where the initial weights come from.
    public init(
        blocks: [Int], growth: Int = 32, stemChannels: Int = 64, inputChannels: Int = 3, classes: Int = 1000,
        generator: RandomGenerator = .default
    ) {
        require(
            !blocks.isEmpty && (blocks + [growth, stemChannels]).allSatisfy { $0 > 0 },
            "DenseNet: expected blocks of at least one layer and channel, found \(blocks), \(growth) channels a layer "
                + "and \(stemChannels) before the first")
        features = DenseFeatures(
            blocks: blocks, growth: growth, stemChannels: stemChannels, inputChannels: inputChannels,
            generator: generator)
        classifier = Dense(features.outputChannels, classes, biasInitializer: .zeros, generator: generator)
    }

    /// - Parameter x: `[batch, height, width, inputChannels]`.
    /// - Returns: logits, `[batch, classes]`.
    public func callAsFunction(_ x: Tensor) -> Tensor { classifier(avgpool(relu(features(x)))) }
}

/// All of a `DenseNet` before the last ReLU.
final class DenseFeatures: Module, CustomReflectable {
    private let parts: [(name: String, module: any Module<Tensor, Tensor>)]
    let outputChannels: Int

    init(blocks: [Int], growth: Int, stemChannels: Int, inputChannels: Int, generator: RandomGenerator) {
        var parts: [(name: String, module: any Module<Tensor, Tensor>)] = [
            (
                "conv0",
                denseConvolution(inputChannels, stemChannels, kernel: 7, stride: 2, generator: generator)
            ),
            ("norm0", BatchNorm(stemChannels)), ("relu0", ReLU()),
            ("pool0", MaxPool2D(3, stride: 2, padding: 1)),
        ]
        var channels = stemChannels
        for (index, layers) in blocks.enumerated() {
            let block = DenseBlock(channels, layers: layers, growth: growth, generator: generator)
            parts.append(("denseblock\(index + 1)", block))
            channels += layers * growth
            if index < blocks.count - 1 {
                parts.append(("transition\(index + 1)", DenseTransition(channels, channels / 2, generator: generator)))
                channels /= 2
            }
        }
        parts.append(("norm\(blocks.count + 1)", BatchNorm(channels)))
        self.parts = parts
        outputChannels = channels
    }

    func callAsFunction(_ x: consuming Tensor) -> Tensor {
        var x = x
        for part in parts { x = ForwardObserver.observe(block: part.module, part.module(consume x)) }
        return ForwardObserver.observe(block: self, x)
    }

    var customMirror: Mirror { Mirror(self, children: parts.map { (label: $0.name, value: $0.module) }) }
}

/// Layers each of which gets the block's input and all outputs of the layers before it, one behind the other.
public final class DenseBlock: Module, CustomReflectable {
    private let layers: [DenseLayer]

    /// - Parameters:
    ///   - inputChannels: the input's channels.
    ///   - layers: how many layers.
    ///   - growth: the channels that each layer adds; the output has `inputChannels + layers * growth`.
    ///   - generator: where the initial weights come from.
    public init(_ inputChannels: Int, layers: Int, growth: Int, generator: RandomGenerator = .default) {
        self.layers = (0..<layers).map {
            DenseLayer(inputChannels + $0 * growth, growth: growth, generator: generator)
        }
    }

    public func callAsFunction(_ x: Tensor) -> Tensor {
        layers.reduce(x) { features, layer in Tensor.concatenate([features, layer(features)], axis: -1) }
    }

    public var customMirror: Mirror {
        Mirror(self, children: layers.enumerated().map { (label: "denselayer\($0 + 1)", value: $1) })
    }
}

/// A 1x1 convolution that narrows to four times the growth and a 3x3 one, each behind a BatchNorm and a ReLU.
final class DenseLayer: Module {
    let norm1: BatchNorm
    let relu = ReLU()
    let conv1: Conv2D
    let norm2: BatchNorm
    let conv2: Conv2D

    init(_ inputChannels: Int, growth: Int, generator: RandomGenerator) {
        norm1 = BatchNorm(inputChannels)
        conv1 = denseConvolution(inputChannels, 4 * growth, kernel: 1, generator: generator)
        norm2 = BatchNorm(4 * growth)
        conv2 = denseConvolution(4 * growth, growth, kernel: 3, generator: generator)
    }

    /// torchvision's files of weights have dots in these names.
    var alternativeNames: [String: String] {
        ["norm.1": "norm1", "conv.1": "conv1", "norm.2": "norm2", "conv.2": "conv2"]
    }

    func callAsFunction(_ x: Tensor) -> Tensor { conv2(relu(norm2(conv1(relu(norm1(x)))))) }
}

/// A 1x1 convolution that halves the channels behind a BatchNorm and a ReLU, and a mean that halves the image.
final class DenseTransition: Module {
    let norm: BatchNorm
    let relu = ReLU()
    let conv: Conv2D
    let pool = AveragePool2D(2)

    init(_ inputChannels: Int, _ channels: Int, generator: RandomGenerator) {
        norm = BatchNorm(inputChannels)
        conv = denseConvolution(inputChannels, channels, kernel: 1, generator: generator)
    }

    func callAsFunction(_ x: Tensor) -> Tensor { pool(conv(relu(norm(x)))) }
}

private func denseConvolution(
    _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int = 1, generator: RandomGenerator
) -> Conv2D {
    Conv2D(
        inputs, outputs, kernelSize: Size2D(kernel), stride: Size2D(stride), padding: .symmetric(kernel / 2),
        bias: false, initializer: .kaimingNormal(), generator: generator)
}
