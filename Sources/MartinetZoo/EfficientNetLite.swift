import Martinet
import MartinetBase

/// EfficientNet-Lite (Tan and Le, "EfficientNet: Rethinking model scaling for convolutional neural networks", arXiv 1905.11946, in the
/// form that was published for mobile processors: no squeeze-and-excitation, ReLU6, a stem and a head of one size for all), with
/// the parameter names of `efficientnet-lite-pytorch`, whose trained weights load.
///
/// ```swift
/// let model = EfficientNetLite(.lite0)                                   // images of 224x224
/// try model.load(from: URL(filePath: "efficientnet-lite0-57934424.pth"))
/// ```
public final class EfficientNetLite: Module {
    /// How wide and deep it is, and what images it is made for.
    public enum Variant: Int, Sendable, CaseIterable {
        case lite0, lite1, lite2, lite3, lite4

        /// What the channels are multiplied with, and the number of blocks.
        var coefficients: (width: Double, depth: Double) {
            switch self {
            case .lite0: (1, 1)
            case .lite1: (1, 1.1)
            case .lite2: (1.1, 1.2)
            case .lite3: (1.2, 1.4)
            case .lite4: (1.4, 1.8)
            }
        }

        /// Height and width of the images that it is made for.
        public var imageSize: Int { [224, 240, 260, 280, 300][rawValue] }

        /// Of the features before the last layer.
        var dropout: Float { rawValue < 2 ? 0.2 : 0.3 }
    }

    // PyTorch's names begin with an underscore.
    let _convStem: Conv2D
    let _bn0: BatchNorm
    let _blocks: [InvertedResidual]
    let _convHead: Conv2D
    let _bn1: BatchNorm
    let pooling = GlobalAveragePool2D()
    let dropout: Dropout
    let _fc: Dense

    /// The stages of all variants: kernel, stride, expansion, channels in and out, blocks.
    private static let stages = [
        (3, 1, 1, 32, 16, 1), (3, 2, 6, 16, 24, 2), (5, 2, 6, 24, 40, 2), (3, 2, 6, 40, 80, 3), (5, 1, 6, 80, 112, 3),
        (5, 2, 6, 112, 192, 4), (3, 1, 6, 192, 320, 1),
    ]

    /// - Parameters:
    ///   - variant: how wide and deep.
    ///   - inputChannels: 3 for colour, 1 for grey.
    ///   - classes: the number of outputs (logits).
    ///   - stochasticDepth: the rate at which the last block's branch is dropped in training; the first one's is 0, those between
    ///     have rates in proportion.
    ///   - dropout: of the features before the last layer; nil for the variant's, 0.2 or 0.3.
    ///   - generator: where the initial weights come from, and what is dropped.
    public init(
        _ variant: Variant, inputChannels: Int = 3, classes: Int = 1000, stochasticDepth: Float = 0.2,
        dropout: Float? = nil, generator: RandomGenerator = .default
    ) {
        let (width, depth) = variant.coefficients
        let stages = Self.stages
        func repeats(_ stage: Int) -> Int {
            let blocks = stages[stage].5
            // The first and the last stage are not made deeper.
            return stage == 0 || stage == stages.count - 1 ? blocks : Int((Double(blocks) * depth).rounded(.up))
        }
        let count = stages.indices.reduce(0) { $0 + repeats($1) }
        var blocks: [InvertedResidual] = []
        for (index, stage) in stages.enumerated() {
            let (kernel, stride, expansion, inputs, outputs, _) = stage
            let first = index == 0 ? 32 : Self.rounded(inputs, times: width)
            for block in 0..<repeats(index) {
                blocks.append(
                    InvertedResidual(
                        block == 0 ? first : Self.rounded(outputs, times: width), Self.rounded(outputs, times: width),
                        kernelSize: kernel, stride: block == 0 ? stride : 1, expansion: expansion,
                        stochasticDepth: stochasticDepth * Float(blocks.count) / Float(count), generator: generator))
            }
        }
        _convStem = Conv2D(
            inputChannels, 32, kernelSize: 3, stride: 2, padding: .same, bias: false, generator: generator)
        _bn0 = Self.normalization(32)
        _blocks = blocks
        _convHead = Conv2D(
            Self.rounded(320, times: width), 1280, kernelSize: 1, bias: false, generator: generator)
        _bn1 = Self.normalization(1280)
        self.dropout = Dropout(dropout ?? variant.dropout, generator: generator)
        _fc = Dense(1280, classes, generator: generator)
    }

    /// - Parameter x: `[batch, height, width, inputChannels]`.
    /// - Returns: logits, `[batch, classes]`.
    public func callAsFunction(_ x: Tensor) -> Tensor {
        var x = relu6(_bn0(_convStem(x)))
        for block in _blocks { x = ForwardObserver.observe(block: block, block(consume x)) }
        return _fc(dropout(pooling(relu6(_bn1(_convHead(x))))))
    }

    /// TensorFlow's settings.
    static func normalization(_ channels: Int) -> BatchNorm { BatchNorm(channels, epsilon: 1e-3, momentum: 0.01) }

    /// The multiple of 8 that is nearest, but no more than a tenth below.
    private static func rounded(_ channels: Int, times width: Double) -> Int {
        guard width != 1 else { return channels }
        let wanted = Double(channels) * width
        let nearest = max(8, Int(wanted + 4) / 8 * 8)
        return Double(nearest) < 0.9 * wanted ? nearest + 8 : nearest
    }
}

/// A block that is wide inside: a 1x1 convolution that expands, a depthwise one, and a 1x1 one that projects without an activation;
/// with a shortcut where neither size nor channels change (Sandler et al., "MobileNetV2", arXiv 1801.04381).
public final class InvertedResidual: Module {
    let _expandConv: Conv2D?
    let _bn0: BatchNorm?
    let _depthwiseConv: Conv2D
    let _bn1: BatchNorm
    let _projectConv: Conv2D
    let _bn2: BatchNorm
    let dropPath: StochasticDepth
    private let hasShortcut: Bool

    /// - Parameters:
    ///   - inputs: the input's channels.
    ///   - outputs: the output's.
    ///   - kernelSize: of the depthwise convolution.
    ///   - stride: likewise.
    ///   - expansion: how many times wider it is inside.
    ///   - stochasticDepth: the rate at which the branch is dropped in training.
    ///   - generator: where the initial weights come from, and what is dropped.
    public init(
        _ inputs: Int, _ outputs: Int, kernelSize: Int, stride: Int, expansion: Int, stochasticDepth: Float = 0,
        generator: RandomGenerator = .default
    ) {
        require(
            inputs > 0 && outputs > 0 && kernelSize > 0 && stride > 0 && expansion > 0,
            "InvertedResidual: \(inputs) to \(outputs) channels, kernel \(kernelSize), stride \(stride), expansion \(expansion):"
                + " expected none below 1")
        let width = inputs * expansion
        func pointwise(_ inputs: Int, _ outputs: Int) -> Conv2D {
            Conv2D(inputs, outputs, kernelSize: 1, bias: false, generator: generator)
        }
        _expandConv = expansion == 1 ? nil : pointwise(inputs, width)
        _bn0 = expansion == 1 ? nil : EfficientNetLite.normalization(width)
        _depthwiseConv = Conv2D(
            width, width, kernelSize: Size2D(kernelSize), stride: Size2D(stride), padding: .same, groups: width,
            bias: false, generator: generator)
        _bn1 = EfficientNetLite.normalization(width)
        _projectConv = pointwise(width, outputs)
        _bn2 = EfficientNetLite.normalization(outputs)
        dropPath = StochasticDepth(stochasticDepth, generator: generator)
        hasShortcut = stride == 1 && inputs == outputs
    }

    /// - Parameter x: `[batch, height, width, inputs]`.
    public func callAsFunction(_ x: Tensor) -> Tensor {
        var y = x
        if let _expandConv, let _bn0 { y = relu6(_bn0(_expandConv(y))) }
        y = relu6(_bn1(_depthwiseConv(consume y)))
        y = _bn2(_projectConv(consume y))
        return hasShortcut ? dropPath(y) + x : y
    }
}
