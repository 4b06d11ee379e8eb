import Martinet

/// How a network's convolutions and batch normalisations are made: what frameworks differ in.
public struct ConvolutionStyle: Sendable {
    /// Whether convolutions that a BatchNorm follows have biases all the same.
    public var bias = false
    /// The initial values of the convolutions' weights.
    public var initializer = Initializer.kaimingNormal(mode: .fanOut)
    /// The initial values of the convolutions' biases; nil for PyTorch's, uniform within 1/√fan-in.
    public var biasInitializer: Initializer?
    /// The arguments of `BatchNorm`.
    public var epsilon: Float = 1e-5
    public var momentum: Float = 0.1
    public var correctsRunningVariance = true

    /// torchvision's: no biases, Kaiming-normal weights by fan-out, PyTorch's BatchNorm.
    public static let torchvision = ConvolutionStyle()

    /// That of Keras's residual networks: biases, Glorot-uniform weights, epsilon 1.001e-5, momentum 0.99.
    public static let keras = ConvolutionStyle(
        bias: true, initializer: .glorotUniform, biasInitializer: .zeros, epsilon: 1.001e-5, momentum: 0.01,
        correctsRunningVariance: false)

    func convolution(
        _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int = 1, groups: Int = 1, generator: RandomGenerator
    ) -> Conv2D {
        Conv2D(
            inputs, outputs, kernelSize: Size2D(kernel), stride: Size2D(stride), padding: .symmetric(kernel / 2),
            groups: groups, bias: bias, initializer: initializer, biasInitializer: biasInitializer,
            generator: generator)
    }

    func normalization(_ channels: Int) -> BatchNorm {
        BatchNorm(channels, epsilon: epsilon, momentum: momentum, correctsRunningVariance: correctsRunningVariance)
    }
}
