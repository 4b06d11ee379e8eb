import Martinet
import MartinetBase

/// The small convolutional network of tutorials: 3x3 convolutions with ReLUs, max-poolings in between, one dense layer.
///
/// There are up to three stages, each as many convolutions as there are to be had for it and a max-pooling that halves
/// the image; each stage has twice the channels of the one before. Nothing is normalised, and there are no shortcuts, so
/// that with growing depth it shows what residual networks are for.
///
/// ```swift
/// for depth in [2, 4, 8, 16] { print(PlainCNN(depth: depth).summary(inputShape: [1, 32, 32, 3])) }
/// ```
public final class PlainCNN: Module {
    let features: Sequential
    let classifier: Dense

    /// - Parameters:
    ///   - depth: the number of convolutions, at least 1.
    ///   - width: the channels of the first stage.
    ///   - inputShape: the shape of one image, `[height, width, channels]`.
    ///   - classes: the number of outputs (logits).
    ///   - initializer: of the convolutions' weights; PyTorch's default.
    ///   - generator: where the initial weights come from.
    public init(
        depth: Int, width: Int = 16, inputShape: [Int] = [32, 32, 3], classes: Int = 10,
        initializer: Initializer = .pytorchDefault, generator: RandomGenerator = .default
    ) {
        require(
            depth > 0 && width > 0, "PlainCNN: expected a depth and a width of at least 1, found \(depth) and \(width)")
        require(
            inputShape.count == 3 && inputShape[0] >= 8 && inputShape[1] >= 8,
            "PlainCNN: expected images of at least 8x8, [height, width, channels], found \(inputShape)")
        let stages = min(depth, 3)
        features = Sequential {
            for stage in 0..<stages {
                for _ in 0..<(depth / stages + (stage < depth % stages ? 1 : 0)) {
                    Conv2D(
                        filters: width << stage, kernelSize: 3, padding: 1, initializer: initializer,
                        generator: generator)
                    ReLU()
                }
                MaxPool2D(2)
            }
        }
        features.build(for: inputShape)
        let channels = width << (stages - 1)
        classifier = Dense(
            (inputShape[0] >> stages) * (inputShape[1] >> stages) * channels, classes, generator: generator)
    }

    /// - Parameter x: `[batch, height, width, channels]`, as given to `init`.
    /// - Returns: logits, `[batch, classes]`.
    public func callAsFunction(_ x: Tensor) -> Tensor { classifier(features(x).flattened(startAxis: 1)) }
}
