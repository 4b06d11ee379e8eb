import Martinet
import MartinetVision

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

/// Trains it with SGD and one cycle of the learning rate, on images from -1 to 1 that are flipped at random.
///
/// - Returns: what the epochs gave, and what the trained network takes the test images for.
func train(
    _ model: MiniResNet, on images: Subset<ImageDataset>, test: ImageDataset, epochs: Int, batchSize: Int,
    learningRate: Float, options: FitOptions
) throws -> (history: History, confusion: ConfusionMatrix) {
    let normalize = Standardization(mean: [0.5, 0.5, 0.5], standardDeviation: [0.5, 0.5, 0.5])
    let normalizedTest = test.transformed(by: normalize)
    var options = options
    options.schedule = .perStep(.oneCycle())
    let history = try model.fit(
        images.transformed(by: RandomHorizontalFlip(), normalize), epochs: epochs, batchSize: batchSize,
        validation: normalizedTest,
        optimizer: SGD(model, learningRate: learningRate, momentum: 0.9, weightDecay: 5e-4), options: options)
    var confusion = ConfusionMatrix(classes: 10)
    confusion.add(predict(model, on: normalizedTest), test.labels)
    return (history, confusion)
}
