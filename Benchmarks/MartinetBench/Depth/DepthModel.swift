import Martinet

/// The paper's network for CIFAR-10 (section 4.2), with shortcuts or without: one class, so that nothing else differs.
///
/// A 3x3 convolution, three stages of `(depth - 2) / 6` blocks with 16, 32 and 64 channels, a mean over each channel, a dense
/// layer.
final class DepthModel: Module {
    let conv1: Conv2D
    let bn1 = BatchNorm(16)
    let blocks: [DepthBlock]
    let fc = Dense(64, 10)

    init(_ kind: DepthNetwork.Kind, depth: Int, zeroGamma: Bool) {
        conv1 = Conv2D(3, 16, kernelSize: 3, padding: 1, bias: false, initializer: .kaimingNormal())
        var channels = 16
        blocks = [16, 32, 64].flatMap { width in
            (0..<(depth - 2) / 6).map { _ in
                defer { channels = width }
                return DepthBlock(kind, channels, width, zeroGamma: zeroGamma)
            }
        }
    }

    func callAsFunction(_ x: Tensor) -> Tensor {
        let features = blocks.reduce(relu(bn1(conv1(x)))) { x, block in block(x) }
        return fc(features.mean(axes: [1, 2]))
    }
}

/// Two 3x3 convolutions, around which a residual network has a shortcut without parameters.
final class DepthBlock: Module {
    let conv1, conv2: Conv2D
    let bn1, bn2: BatchNorm
    private let isResidual: Bool
    private let addedChannels: Int

    /// A block whose first convolution halves the image if it changes the number of channels.
    init(_ kind: DepthNetwork.Kind, _ inputs: Int, _ outputs: Int, zeroGamma: Bool) {
        conv1 = Conv2D(
            inputs, outputs, kernelSize: 3, stride: inputs == outputs ? 1 : 2, padding: 1, bias: false,
            initializer: .kaimingNormal())
        conv2 = Conv2D(outputs, outputs, kernelSize: 3, padding: 1, bias: false, initializer: .kaimingNormal())
        bn1 = BatchNorm(outputs)
        bn2 = BatchNorm(outputs)
        isResidual = kind == .residual
        addedChannels = outputs - inputs
        if isResidual, zeroGamma { bn2.weight?.value = .zeros([outputs]) }
    }

    func callAsFunction(_ x: Tensor) -> Tensor {
        let y = bn2(conv2(relu(bn1(conv1(x)))))
        return relu(isResidual ? y + shortcut(x) : y)
    }

    /// The identity; where the shape changes, every second pixel, and zeros for the new channels (the paper's option A).
    private func shortcut(_ x: Tensor) -> Tensor {
        guard addedChannels > 0 else { return x }
        return maxPool2D(x, kernelSize: 1, stride: 2).padded([(0, 0), (0, 0), (0, 0), (0, addedChannels)])
    }
}
