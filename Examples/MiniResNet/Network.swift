import Martinet

/// The exercise's network: three convolutions, the second and the third with a shortcut around them.
final class MiniResNet: Module {
    let conv1 = Conv2D(3, 16, kernelSize: 3, padding: 1)
    let bn1 = BatchNorm(16)
    let conv2 = Conv2D(16, 16, kernelSize: 3, padding: 1)
    let bn2 = BatchNorm(16)
    let conv3 = Conv2D(16, 32, kernelSize: 3, stride: 2, padding: 1)
    let bn3 = BatchNorm(32)
    /// Brings the third block's input to the shape of its output, so that they can be added.
    let projection = Conv2D(16, 32, kernelSize: 1, stride: 2)
    let fc = Dense(32 * 8 * 8, 10)

    /// - Parameter images: `[batch, 32, 32, 3]`.
    /// - Returns: logits, `[batch, 10]`.
    func callAsFunction(_ images: Tensor) -> Tensor {
        var x = relu(bn1(conv1(images)))
        x = relu(bn2(conv2(x)) + x)
        x = relu(bn3(conv3(x)) + projection(x))
        return fc(maxPool2D(x, kernelSize: 2).flattened(startAxis: 1))
    }
}
