import MartinetBase

/// A fully connected layer: `x W + b`. PyTorch's `Linear`, Keras's `Dense`.
///
/// - `weight`: `[inputs, outputs]` (the transpose of PyTorch's).
/// - `bias`: `[outputs]`.
public final class Dense: Layer {
    public let weight = Parameter()
    public let bias: Parameter?
    public let outputs: Int
    private let activation: Activation
    private let initializer: Initializer
    private let biasInitializer: Initializer?
    private let generator: RandomGenerator

    /// A layer whose number of inputs is found from its first input.
    ///
    /// - Parameters:
    ///   - outputs: the number of outputs.
    ///   - activation: applied to the result.
    ///   - bias: whether to add one to each output.
    ///   - initializer: of the weight; PyTorch's Kaiming-uniform by default.
    ///   - biasInitializer: of the bias; nil for PyTorch's, uniform within 1/√inputs.
    ///   - generator: where the initial values come from.
    public init(
        _ outputs: Int, activation: Activation = .identity, bias: Bool = true,
        initializer: Initializer = .pytorchDefault, biasInitializer: Initializer? = nil,
        generator: RandomGenerator = .default
    ) {
        require(outputs > 0, "Dense: expected at least 1 output, found \(outputs)")
        self.outputs = outputs
        self.bias = bias ? Parameter() : nil
        self.activation = activation
        self.initializer = initializer
        self.biasInitializer = biasInitializer
        self.generator = generator
    }

    /// A layer from `inputs` to `outputs` features.
    public convenience init(
        _ inputs: Int, _ outputs: Int, activation: Activation = .identity, bias: Bool = true,
        initializer: Initializer = .pytorchDefault, biasInitializer: Initializer? = nil,
        generator: RandomGenerator = .default
    ) {
        require(inputs > 0, "Dense: expected at least 1 input, found \(inputs)")
        self.init(
            outputs, activation: activation, bias: bias, initializer: initializer, biasInitializer: biasInitializer,
            generator: generator)
        build(for: [inputs])
    }

    /// - Parameter x: `[batch, ..., inputs]`.
    /// - Returns: `[batch, ..., outputs]`.
    public func callAsFunction(_ x: Tensor) -> Tensor {
        prepare(for: x)
        let product = matmul(x, weight.value)
        return ForwardObserver.observe(self, activation(bias.map { product + $0.value } ?? product))
    }

    public func outputShape(for input: [Int]) throws(ShapeError) -> [Int] {
        guard let inputs = input.last else { throw ShapeError("expected an axis of features, found a scalar") }
        if weight.isInitialized, weight.shape[0] != inputs {
            throw ShapeError("expected \(weight.shape[0]) input features, found \(inputs) in \(input)")
        }
        return input.dropLast() + [outputs]
    }

    public func build(for input: [Int]) {
        guard !weight.isInitialized, let inputs = input.last else { return }
        weight.initialize(shape: [inputs, outputs], initializer, generator: generator)
        bias?.initialize(
            shape: [outputs], biasInitializer ?? .pytorchDefaultBias(fanIn: inputs), generator: generator)
    }

    public var details: String {
        let inputs = weight.isInitialized ? "\(weight.shape[0])" : "?"
        return "\(inputs), \(outputs), bias: \(bias != nil)\(activation.suffix)"
    }
}
