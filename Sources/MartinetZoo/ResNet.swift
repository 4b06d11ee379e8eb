import Martinet

/// A residual network (He, Zhang, Ren, Sun, "Deep residual learning for image recognition", arXiv 1512.03385), with
/// torchvision's parameter names.
///
/// ```swift
/// let model = ResNet(.resNet50, classes: 1000)                 // images of about 224x224
/// let small = ResNet.cifar(depth: 20, classes: 10)             // images of about 32x32
/// ```
public final class ResNet: Module {
    /// The paper's architectures for ImageNet (its table 1).
    public enum Depth: Int, Sendable, CaseIterable {
        case resNet18 = 18
        case resNet34 = 34
        case resNet50 = 50
        case resNet101 = 101
        case resNet152 = 152

        /// How many blocks each of the four stages has.
        var blocks: [Int] {
            switch self {
            case .resNet18: [2, 2, 2, 2]
            case .resNet34, .resNet50: [3, 4, 6, 3]
            case .resNet101: [3, 4, 23, 3]
            case .resNet152: [3, 8, 36, 3]
            }
        }

        var usesBottlenecks: Bool { rawValue >= 50 }
    }

    let conv1: Conv2D
    let bn1: BatchNorm
    let maxpool: MaxPool2D?
    let layer1, layer2, layer3: Sequential
    let layer4: Sequential?
    let fc: Dense

    /// A network for ImageNet: a 7x7 convolution and a pooling that quarter the image, then four stages that halve it.
    ///
    /// - Parameters:
    ///   - depth: the number of layers with weights, which stands for one of the paper's architectures.
    ///   - inputChannels: 3 for colour, 1 for grey.
    ///   - classes: the number of outputs (logits).
    ///   - generator: where the initial weights come from.
    public init(
        _ depth: Depth, inputChannels: Int = 3, classes: Int = 1000, generator: RandomGenerator = .default
    ) {
        conv1 = Conv2D(
            inputChannels, 64, kernelSize: 7, stride: 2, padding: 3, bias: false, initializer: Self.initializer,
            generator: generator)
        bn1 = BatchNorm(64)
        maxpool = MaxPool2D(3, stride: 2, padding: 1)
        var channels = 64
        let stages = zip(depth.blocks, [64, 128, 256, 512]).enumerated().map { stage, shape in
            Sequential(
                (0..<shape.0).map { block in
                    let stride = stage > 0 && block == 0 ? 2 : 1
                    defer { channels = depth.usesBottlenecks ? 4 * shape.1 : shape.1 }
                    return depth.usesBottlenecks
                        ? Bottleneck(channels, width: shape.1, stride: stride, generator: generator)
                        : BasicBlock(channels, shape.1, stride: stride, generator: generator)
                })
        }
        (layer1, layer2, layer3, layer4) = (stages[0], stages[1], stages[2], stages[3])
        fc = Dense(channels, classes, generator: generator)
    }

    /// A network for images of about 32x32 pixels (section 4.2 of the paper): a 3x3 convolution, then three stages of
    /// `(depth - 2) / 6` blocks with 16, 32 and 64 channels.
    ///
    /// - Parameter depth: 6n + 2; the paper has 20, 32, 44, 56, 110 and 1202.
    private init(cifarDepth depth: Int, inputChannels: Int, classes: Int, generator: RandomGenerator) {
        precondition(
            depth >= 8 && (depth - 2) % 6 == 0, "ResNet.cifar: the depth must be 6n + 2 (20, 32, 44 …), found \(depth)")
        conv1 = Conv2D(
            inputChannels, 16, kernelSize: 3, padding: 1, bias: false, initializer: Self.initializer,
            generator: generator)
        bn1 = BatchNorm(16)
        maxpool = nil
        var channels = 16
        let stages = [16, 32, 64].map { width in
            Sequential(
                (0..<(depth - 2) / 6).map { _ in
                    defer { channels = width }
                    return BasicBlock(channels, width, stride: channels == width ? 1 : 2, generator: generator)
                })
        }
        (layer1, layer2, layer3, layer4) = (stages[0], stages[1], stages[2], nil)
        fc = Dense(64, classes, generator: generator)
    }

    /// A network for images of about 32x32 pixels (section 4.2 of the paper), with projections where shapes change.
    ///
    /// - Parameters:
    ///   - depth: 6n + 2; the paper has 20, 32, 44, 56, 110 and 1202.
    ///   - inputChannels: 3 for colour, 1 for grey.
    ///   - classes: the number of outputs (logits).
    ///   - generator: where the initial weights come from.
    public static func cifar(
        depth: Int, inputChannels: Int = 3, classes: Int = 10, generator: RandomGenerator = .default
    ) -> ResNet {
        ResNet(cifarDepth: depth, inputChannels: inputChannels, classes: classes, generator: generator)
    }

    /// - Parameter x: `[batch, height, width, inputChannels]`.
    /// - Returns: logits, `[batch, classes]`.
    public func callAsFunction(_ x: Tensor) -> Tensor {
        let stem = relu(bn1(conv1(x)))
        let features = [layer1, layer2, layer3, layer4].reduce(maxpool?(stem) ?? stem) { $1?($0) ?? $0 }
        return fc(features.mean(axes: [1, 2]))
    }

    static let initializer = Initializer.kaimingNormal(mode: .fanOut)
}

/// Two 3x3 convolutions and a shortcut.
public final class BasicBlock: Module {
    let conv1: Conv2D
    let bn1: BatchNorm
    let conv2: Conv2D
    let bn2: BatchNorm
    let downsample: Sequential?

    /// - Parameters:
    ///   - inputChannels: the input's channels.
    ///   - channels: those of both convolutions and of the output. Where they differ from the input's, or the stride is
    ///     not 1, the shortcut is a projection.
    ///   - stride: of the first convolution, and of the projection in the shortcut.
    ///   - generator: where the initial weights come from.
    public init(_ inputChannels: Int, _ channels: Int, stride: Int = 1, generator: RandomGenerator = .default) {
        conv1 = Conv2D(
            inputChannels, channels, kernelSize: 3, stride: Size2D(stride), padding: 1, bias: false,
            initializer: ResNet.initializer, generator: generator)
        bn1 = BatchNorm(channels)
        conv2 = Conv2D(
            channels, channels, kernelSize: 3, padding: 1, bias: false, initializer: ResNet.initializer,
            generator: generator)
        bn2 = BatchNorm(channels)
        downsample = projection(inputChannels, channels, stride: stride, generator: generator)
    }

    public func callAsFunction(_ x: Tensor) -> Tensor {
        let y = bn2(conv2(relu(bn1(conv1(x)))))
        return relu(y + (downsample?(x) ?? x))
    }
}

/// A 1x1 convolution that narrows, a 3x3 one, a 1x1 one that widens fourfold, and a shortcut. The stride is on the 3x3
/// convolution, as in torchvision ("v1.5"), not on the first as in the paper.
public final class Bottleneck: Module {
    let conv1: Conv2D
    let bn1: BatchNorm
    let conv2: Conv2D
    let bn2: BatchNorm
    let conv3: Conv2D
    let bn3: BatchNorm
    let downsample: Sequential?

    /// - Parameters:
    ///   - inputChannels: the input's channels.
    ///   - width: the channels of the 3x3 convolution; the block's output has four times as many.
    ///   - stride: of the 3x3 convolution, and of the projection in the shortcut.
    ///   - generator: where the initial weights come from.
    public init(_ inputChannels: Int, width: Int, stride: Int = 1, generator: RandomGenerator = .default) {
        conv1 = Conv2D(
            inputChannels, width, kernelSize: 1, bias: false, initializer: ResNet.initializer, generator: generator)
        bn1 = BatchNorm(width)
        conv2 = Conv2D(
            width, width, kernelSize: 3, stride: Size2D(stride), padding: 1, bias: false,
            initializer: ResNet.initializer, generator: generator)
        bn2 = BatchNorm(width)
        conv3 = Conv2D(
            width, 4 * width, kernelSize: 1, bias: false, initializer: ResNet.initializer, generator: generator)
        bn3 = BatchNorm(4 * width)
        downsample = projection(inputChannels, 4 * width, stride: stride, generator: generator)
    }

    public func callAsFunction(_ x: Tensor) -> Tensor {
        var y = relu(bn1(conv1(x)))
        y = relu(bn2(conv2(y)))
        return relu(bn3(conv3(y)) + (downsample?(x) ?? x))
    }
}

/// A 1x1 convolution and a BatchNorm for a shortcut whose shape changes; nil where it does not.
private func projection(_ inputs: Int, _ outputs: Int, stride: Int, generator: RandomGenerator) -> Sequential? {
    guard stride != 1 || inputs != outputs else { return nil }
    return Sequential {
        Conv2D(
            inputs, outputs, kernelSize: 1, stride: Size2D(stride), bias: false, initializer: ResNet.initializer,
            generator: generator)
        BatchNorm(outputs)
    }
}
