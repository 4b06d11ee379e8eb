import MartinetBase

/// Long short-term memory (Hochreiter and Schmidhuber 1997), with `torch.nn.LSTM`'s arithmetic: a state and a cell that gates write,
/// keep and read.
///
/// - `weight_ih_l0`, `weight_hh_l0`, `bias_ih_l0`, `bias_hh_l0`: PyTorch's weights, layouts and order of gates, for each layer and
///   direction.
public final class LSTM: Module, CustomReflectable {
    private let weights: RecurrentWeights
    private let mode = TrainingMode()

    /// - Parameters:
    ///   - inputSize: the features of a step.
    ///   - hiddenSize: those of a state.
    ///   - layers: one on the other.
    ///   - bias: whether sums have biases.
    ///   - dropout: the rate between layers, in training.
    ///   - bidirectional: whether a second direction reads each sequence from its end; outputs lie side by side.
    ///   - generator: draws the first weights, and what is dropped.
    public init(
        _ inputSize: Int, _ hiddenSize: Int, layers: Int = 1, bias: Bool = true, dropout: Float = 0,
        bidirectional: Bool = false, generator: RandomGenerator = .default
    ) {
        weights = RecurrentWeights(
            .lstm, inputSize, hiddenSize, layers: layers, bias: bias, dropout: dropout,
            bidirectional: bidirectional, generator: generator, name: "LSTM")
    }

    /// All states of the last layer, `[batch, time, directions * hidden]`.
    ///
    /// - Parameter x: `[batch, time, inputs]`.
    public func callAsFunction(_ x: Tensor) -> Tensor { outputs(x).output }

    /// All states of the last layer, `[batch, time, directions * hidden]`, and the last states and cells of all,
    /// `[layers * directions, batch, hidden]` each.
    ///
    /// - Parameters:
    ///   - x: `[batch, time, inputs]`.
    ///   - state: the first states and cells, of the last ones' shape; nil for zeros.
    public func outputs(
        _ x: Tensor, state: (hidden: Tensor, cell: Tensor)? = nil
    ) -> (output: Tensor, state: (hidden: Tensor, cell: Tensor)) {
        let found = weights(x, state: state?.hidden, cell: state?.cell, isTraining: mode.isOn, name: "LSTM")
        let cell = found.cell ?? .zeros(found.state.shape)
        return (ForwardObserver.observe(self, found.output), (found.state, cell))
    }

    /// Weights are found by PyTorch's names, not by this class's properties.
    public var customMirror: Mirror { Mirror(self, children: weights.named + [("mode", mode)]) }

    public var details: String { weights.details }
}

/// Gated recurrent units (Cho et al., arXiv 1406.1078), with `torch.nn.GRU`'s arithmetic: a state of which a gate keeps a part, and
/// whose reset gate multiplies what it brings to the next.
///
/// - `weight_ih_l0`, `weight_hh_l0`, `bias_ih_l0`, `bias_hh_l0`: PyTorch's weights, layouts and order of gates, for each layer and
///   direction.
public final class GRU: Module, CustomReflectable {
    private let weights: RecurrentWeights
    private let mode = TrainingMode()

    /// - Parameters:
    ///   - inputSize: the features of a step.
    ///   - hiddenSize: those of a state.
    ///   - layers: one on the other.
    ///   - bias: whether sums have biases.
    ///   - dropout: the rate between layers, in training.
    ///   - bidirectional: whether a second direction reads each sequence from its end; outputs lie side by side.
    ///   - generator: draws the first weights, and what is dropped.
    public init(
        _ inputSize: Int, _ hiddenSize: Int, layers: Int = 1, bias: Bool = true, dropout: Float = 0,
        bidirectional: Bool = false, generator: RandomGenerator = .default
    ) {
        weights = RecurrentWeights(
            .gru, inputSize, hiddenSize, layers: layers, bias: bias, dropout: dropout,
            bidirectional: bidirectional, generator: generator, name: "GRU")
    }

    /// All states of the last layer, `[batch, time, directions * hidden]`.
    ///
    /// - Parameter x: `[batch, time, inputs]`.
    public func callAsFunction(_ x: Tensor) -> Tensor { outputs(x).output }

    /// All states of the last layer, `[batch, time, directions * hidden]`, and the last ones of all,
    /// `[layers * directions, batch, hidden]`.
    ///
    /// - Parameters:
    ///   - x: `[batch, time, inputs]`.
    ///   - state: the first, of the last ones' shape; nil for zeros.
    public func outputs(_ x: Tensor, state: Tensor? = nil) -> (output: Tensor, state: Tensor) {
        let found = weights(x, state: state, cell: nil, isTraining: mode.isOn, name: "GRU")
        return (ForwardObserver.observe(self, found.output), found.state)
    }

    /// Weights are found by PyTorch's names, not by this class's properties.
    public var customMirror: Mirror { Mirror(self, children: weights.named + [("mode", mode)]) }

    public var details: String { weights.details }
}

/// A layer whose state is tanh, or the positive part, of sums with the input and the state before (Elman 1990), as `torch.nn.RNN`.
///
/// - `weight_ih_l0`, `weight_hh_l0`, `bias_ih_l0`, `bias_hh_l0`: PyTorch's weights, layouts and order of gates, for each layer and
///   direction.
public final class RNN: Module, CustomReflectable {
    private let weights: RecurrentWeights
    private let mode = TrainingMode()

    /// What is made of the sums.
    public enum Nonlinearity: Sendable { case tanh, relu }

    /// - Parameters:
    ///   - inputSize: the features of a step.
    ///   - hiddenSize: those of a state.
    ///   - layers: one on the other.
    ///   - nonlinearity: what is made of the sums.
    ///   - bias: whether sums have biases.
    ///   - dropout: the rate between layers, in training.
    ///   - bidirectional: whether a second direction reads each sequence from its end; outputs lie side by side.
    ///   - generator: draws the first weights, and what is dropped.
    public init(
        _ inputSize: Int, _ hiddenSize: Int, layers: Int = 1, nonlinearity: Nonlinearity = .tanh, bias: Bool = true,
        dropout: Float = 0,
        bidirectional: Bool = false, generator: RandomGenerator = .default
    ) {
        weights = RecurrentWeights(
            nonlinearity == .relu ? .relu : .tanh, inputSize, hiddenSize, layers: layers, bias: bias, dropout: dropout,
            bidirectional: bidirectional, generator: generator, name: "RNN")
    }

    /// All states of the last layer, `[batch, time, directions * hidden]`.
    ///
    /// - Parameter x: `[batch, time, inputs]`.
    public func callAsFunction(_ x: Tensor) -> Tensor { outputs(x).output }

    /// All states of the last layer, `[batch, time, directions * hidden]`, and the last ones of all,
    /// `[layers * directions, batch, hidden]`.
    ///
    /// - Parameters:
    ///   - x: `[batch, time, inputs]`.
    ///   - state: the first, of the last ones' shape; nil for zeros.
    public func outputs(_ x: Tensor, state: Tensor? = nil) -> (output: Tensor, state: Tensor) {
        let found = weights(x, state: state, cell: nil, isTraining: mode.isOn, name: "RNN")
        return (ForwardObserver.observe(self, found.output), found.state)
    }

    /// Weights are found by PyTorch's names, not by this class's properties.
    public var customMirror: Mirror { Mirror(self, children: weights.named + [("mode", mode)]) }

    public var details: String { weights.details }
}
