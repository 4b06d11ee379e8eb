import Martinet
import MartinetVision
import MartinetZoo

/// The paper's ResNet for CIFAR-10, its augmentation, and one cycle of the learning rate, which reaches in a fifth of the epochs
/// nearly what the paper's schedule does.
struct Lesson {
    let model: ResNet
    let optimizer: SGD

    /// - Parameters:
    ///   - depth: 6n + 2 layers; the shortcuts have no parameters.
    ///   - learningRate: the highest of the cycle.
    init(depth: Int, learningRate: Float, weightDecay: Float) {
        model = ResNet.cifar(depth: depth, shortcut: .zeroPadding)
        optimizer = SGD(model, learningRate: learningRate, momentum: 0.9, weightDecay: weightDecay, nesterov: true)
    }

    /// Trains on images that are shifted by up to 4 pixels and flipped at random.
    ///
    /// - Parameter options: may have a checkpoint among its callbacks, and the history that it was restored with.
    func train(
        _ images: Subset<ImageDataset>, test: ImageDataset, epochs: Int, batchSize: Int, labelSmoothing: Float,
        options: FitOptions
    ) throws -> History {
        let normalize = Standardization(mean: CIFAR10.mean, standardDeviation: CIFAR10.standardDeviation)
        var options = options
        options.schedule = .perStep(.oneCycle(warmup: 0.2))
        return try model.fit(
            images.transformed(by: RandomCrop(32, padding: 4), RandomHorizontalFlip(), normalize),
            epochs: epochs, batchSize: batchSize, validation: test.transformed(by: normalize),
            loss: .crossEntropy(labelSmoothing: labelSmoothing), optimizer: optimizer, options: options)
    }
}
