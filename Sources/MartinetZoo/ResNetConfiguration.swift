import Martinet
import MartinetBase

extension ResNet {
    /// The paper's architectures for ImageNet (its table 1).
    public enum Depth: Int, Sendable, CaseIterable {
        case resNet18 = 18
        case resNet34 = 34
        case resNet50 = 50
        case resNet101 = 101
        case resNet152 = 152

        /// How many blocks each of the four stages has.
        public var blocks: [Int] {
            switch self {
            case .resNet18: [2, 2, 2, 2]
            case .resNet34, .resNet50: [3, 4, 6, 3]
            case .resNet101: [3, 4, 23, 3]
            case .resNet152: [3, 8, 36, 3]
            }
        }

        /// Whether the blocks are bottlenecks of three convolutions (50 layers and more) and not of two.
        public var usesBottlenecks: Bool { rawValue >= 50 }
    }

    /// Which convolution of a bottleneck halves the image.
    public enum Version: Sendable, CaseIterable {
        /// The first 1x1 convolution, as in the paper and in Keras.
        case v1
        /// The 3x3 convolution, as in torchvision: a little better, and a little more to compute.
        case v1Point5
    }

    /// The layers before the first stage.
    public enum Stem: Sendable, CaseIterable {
        /// A 7x7 convolution with stride 2 and a 3x3 max-pooling with stride 2, which quarter images of about 224x224.
        case imageNet
        /// A 3x3 convolution with stride 1, which leaves images of about 32x32 as large as they are.
        case cifar
    }

    /// The kinds of shortcuts, which are the identity where nothing else is said: the options of the paper's sections 3.3
    /// and 4.1.
    public enum Shortcut: Sendable, CaseIterable {
        /// Option A: every second pixel, and zeros for the new channels; no parameters.
        case zeroPadding
        /// Option B: a 1x1 convolution and a BatchNorm where the shape changes, the identity elsewhere.
        case projection
        /// Option C: a 1x1 convolution and a BatchNorm everywhere.
        case projectionEverywhere
        /// No shortcut anywhere: the plain networks that the paper compares residual networks with.
        case none
    }

    /// All that makes one residual network differ from another.
    public struct Configuration: Sendable {
        /// How many blocks each stage has; one to four stages.
        public var blocks: [Int]
        /// The channels of each stage's 3x3 convolutions, before `widthPerGroup` and `groups` widen those of bottlenecks.
        public var widths: [Int]
        /// Whether blocks have three convolutions, of which the last has four times the stage's channels.
        public var usesBottlenecks: Bool
        public var version = Version.v1Point5
        public var stem = Stem.imageNet
        /// The channels of the stem's convolution.
        public var stemChannels: Int
        public var shortcut = Shortcut.projection
        /// Into how many groups the 3x3 convolution of a bottleneck splits its channels (ResNeXt's cardinality).
        public var groups = 1
        /// The 3x3 convolution of a bottleneck has `stage's channels * widthPerGroup / 64 * groups`.
        public var widthPerGroup = 64
        /// Whether each block's last BatchNorm starts with γ = 0, so that the block starts as the identity (Goyal et al.,
        /// arXiv 1706.02677, section 5.1).
        public var zeroInitializesLastGamma = false
        /// The probability with which training drops what the last block's convolutions give for a sample; it grows
        /// linearly from the first block to the last (Huang et al., arXiv 1603.09382, section 3).
        public var stochasticDepth: Float = 0
        /// How the convolutions and normalisations are made.
        public var layers = ConvolutionStyle.torchvision

        /// A network of these stages with torchvision's choices for all else.
        public init(blocks: [Int], widths: [Int], usesBottlenecks: Bool) {
            self.blocks = blocks
            self.widths = widths
            self.usesBottlenecks = usesBottlenecks
            stemChannels = widths.first ?? 0
        }

        /// One of the paper's architectures for ImageNet.
        public init(_ depth: Depth) {
            self.init(blocks: depth.blocks, widths: [64, 128, 256, 512], usesBottlenecks: depth.usesBottlenecks)
        }

        /// The paper's architecture for CIFAR (section 4.2): three stages of `(depth - 2) / 6` blocks with 16, 32 and 64
        /// channels.
        ///
        /// - Parameter depth: 6n + 2; the paper has 20, 32, 44, 56, 110 and 1202.
        public init(cifarDepth depth: Int) {
            require(
                depth >= 8 && (depth - 2) % 6 == 0, "cifar: the depth must be 6n + 2 (20, 32, 44 …), found \(depth)")
            let blocks = [Int](repeating: (depth - 2) / 6, count: 3)
            self.init(blocks: blocks, widths: [16, 32, 64], usesBottlenecks: false)
            stem = .cifar
        }

        /// The channels of the last stage's output.
        var outputChannels: Int { (widths.last ?? 0) * (usesBottlenecks ? 4 : 1) }

        /// The stem's convolution.
        func stemConvolution(_ inputChannels: Int, generator: RandomGenerator) -> Conv2D {
            switch stem {
            case .imageNet: layers.convolution(inputChannels, stemChannels, kernel: 7, stride: 2, generator: generator)
            case .cifar: layers.convolution(inputChannels, stemChannels, kernel: 3, generator: generator)
            }
        }

        /// The stem's pooling, if it has one.
        var stemPool: MaxPool2D? { stem == .imageNet ? MaxPool2D(3, stride: 2, padding: 1) : nil }

        /// The stages, each a `Sequential` of what `makeBlock` makes for each of their blocks.
        func stages(_ makeBlock: (BlockShape) -> any Module<Tensor, Tensor>) -> [Sequential] {
            var channels = stemChannels
            var position = 0
            let count = blocks.reduce(0, +)
            return zip(blocks, widths).enumerated().map { stage, shape in
                Sequential(
                    (0..<shape.0).map { block in
                        position += 1
                        let output = shape.1 * (usesBottlenecks ? 4 : 1)
                        defer { channels = output }
                        return makeBlock(
                            BlockShape(
                                inputs: channels, width: shape.1, outputs: output,
                                stride: stage > 0 && block == 0 ? 2 : 1,
                                dropRate: stochasticDepth * Float(position) / Float(count)))
                    })
            }
        }

        /// Stops with a message where no network is like this.
        func check(_ name: String) {
            require(
                (1...4).contains(blocks.count) && blocks.count == widths.count
                    && (blocks + widths + [stemChannels]).allSatisfy { $0 > 0 },
                "\(name): expected one to four stages of at least one block and channel, found \(blocks) blocks of "
                    + "\(widths) channels")
            require(
                usesBottlenecks || (groups == 1 && widthPerGroup == 64),
                "\(name): groups and a width for each are for bottlenecks only, found \(groups) of \(widthPerGroup)")
            require(
                shortcut != .none || (!zeroInitializesLastGamma && stochasticDepth == 0),
                "\(name): without shortcuts no block can start as the identity or be dropped")
            require(
                stochasticDepth >= 0 && stochasticDepth < 1,
                "\(name): the rate of stochastic depth must be from 0 to below 1, found \(stochasticDepth)")
        }
    }
}

/// A block's place among the others.
struct BlockShape {
    /// The channels of its input, of its 3x3 convolutions before they are widened, and of its output.
    let inputs, width, outputs: Int
    let stride: Int
    /// The probability that training drops what its convolutions give.
    let dropRate: Float
}
