import Martinet
import MartinetBase

/// A fully connected network of highway layers (Srivastava, Greff, Schmidhuber, "Highway networks", arXiv 1505.00387): a
/// dense layer to the layers' width, the highway layers, a dense layer to the classes.
///
/// ```swift
/// let model = HighwayNetwork(inputs: 28 * 28, width: 50, depth: 10, classes: 10)
/// ```
public final class HighwayNetwork: Module {
    let input: Dense
    let layers: [Highway]
    let output: Dense

    /// - Parameters:
    ///   - inputs: the number of elements of a sample.
    ///   - width: the features of each highway layer; the paper's have 50.
    ///   - depth: the number of layers before the last, the first dense one included.
    ///   - classes: the number of outputs (logits).
    ///   - gateBias: what the gates' biases start from: the lower, the more a new network passes on unchanged.
    ///   - generator: where the initial weights come from.
    public init(
        inputs: Int, width: Int = 50, depth: Int, classes: Int, gateBias: Float = -2,
        generator: RandomGenerator = .default
    ) {
        require(depth > 0, "HighwayNetwork: expected a depth of at least 1, found \(depth)")
        input = Dense(inputs, width, initializer: .heNormal, biasInitializer: .zeros, generator: generator)
        layers = (1..<depth).map { _ in Highway(width, gateBias: gateBias, generator: generator) }
        output = Dense(width, classes, generator: generator)
    }

    /// - Parameter x: `[batch, ...]` with `inputs` elements a sample.
    /// - Returns: logits, `[batch, classes]`.
    public func callAsFunction(_ x: Tensor) -> Tensor {
        output(layers.reduce(relu(input(x.flattened(startAxis: 1)))) { $1($0) })
    }
}

/// `t ⊙ relu(x W + b) + (1 − t) ⊙ x` with the gate `t = sigmoid(x V + c)`: how much of the input is transformed and how
/// much carried on (equation 3 of arXiv 1505.00387). A residual block is one whose gate is always open both ways.
public final class Highway: Module {
    let transform: Dense
    let gate: Dense

    /// - Parameters:
    ///   - features: of input and output.
    ///   - gateBias: what the gate's bias starts from; the paper's networks use -1 to -10, the lower the deeper.
    ///   - generator: where the initial weights come from.
    public init(_ features: Int, gateBias: Float = -2, generator: RandomGenerator = .default) {
        transform = Dense(features, features, initializer: .heNormal, biasInitializer: .zeros, generator: generator)
        gate = Dense(features, features, biasInitializer: .constant(gateBias), generator: generator)
    }

    /// - Parameter x: `[batch, ..., features]`.
    /// - Returns: the same shape.
    public func callAsFunction(_ x: Tensor) -> Tensor { x + sigmoid(gate(x)) * (relu(transform(x)) - x) }
}
