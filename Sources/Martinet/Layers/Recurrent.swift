import MartinetBase

/// What `RNN`, `LSTM` and `GRU` have in common: layers and directions, their weights by PyTorch's names, and their steps.
///
/// `weight_ih_l0` is `[gates * hidden, inputs]`, `weight_hh_l0` `[gates * hidden, hidden]`, `bias_ih_l0` and `bias_hh_l0`
/// `[gates * hidden]`; the number is the layer's, and the backward direction's end in `_reverse`. All start uniform within one over
/// the root of `hiddenSize`, as in PyTorch.
struct RecurrentWeights: Sendable {
    let kind: RecurrentSteps.Kind
    let inputSize, hiddenSize, layers: Int
    let isBidirectional: Bool
    let dropout: Float
    let generator: RandomGenerator
    /// By layer and direction: of the input, of the state, and their biases where there are some.
    private let parameters: [[Direction]]

    struct Direction: Sendable {
        let input, state: Parameter
        let inputBias, stateBias: Parameter?
    }

    init(
        _ kind: RecurrentSteps.Kind, _ inputSize: Int, _ hiddenSize: Int, layers: Int, bias: Bool, dropout: Float,
        bidirectional: Bool, generator: RandomGenerator, name: String
    ) {
        require(
            inputSize >= 1 && hiddenSize >= 1 && layers >= 1 && (0..<1).contains(dropout),
            "\(name): \(inputSize) inputs, \(hiddenSize) hidden, \(layers) layers and a dropout of \(dropout), expected at least"
                + " one of each and a rate in 0 ..< 1")
        self.kind = kind
        self.inputSize = inputSize
        self.hiddenSize = hiddenSize
        self.layers = layers
        isBidirectional = bidirectional
        self.dropout = dropout
        self.generator = generator
        let rows = kind.gates * hiddenSize
        let bound = 1 / Float(hiddenSize).squareRoot()
        func uniform(_ shape: [Int]) -> Parameter {
            Parameter(.uniform(shape, in: -bound..<bound, generator: generator))
        }
        parameters = (0..<layers).map { layer in
            let inputs = layer == 0 ? inputSize : hiddenSize * (bidirectional ? 2 : 1)
            return (0..<(bidirectional ? 2 : 1)).map { _ in
                Direction(
                    input: uniform([rows, inputs]), state: uniform([rows, hiddenSize]),
                    inputBias: bias ? uniform([rows]) : nil, stateBias: bias ? uniform([rows]) : nil)
            }
        }
    }

    var directions: Int { isBidirectional ? 2 : 1 }

    /// PyTorch's names with what they belong to.
    var named: [(label: String?, value: Any)] {
        parameters.enumerated().flatMap { layer, directions in
            directions.enumerated().flatMap { direction, weights -> [(label: String?, value: Any)] in
                let suffix = "_l\(layer)" + (direction == 1 ? "_reverse" : "")
                let all: [(String, Parameter?)] = [
                    ("weight_ih", weights.input), ("weight_hh", weights.state), ("bias_ih", weights.inputBias),
                    ("bias_hh", weights.stateBias),
                ]
                return all.compactMap { name, parameter in parameter.map { (name + suffix, $0) } }
            }
        }
    }

    /// All states of the last layer, and the last ones of every layer and direction.
    ///
    /// - Parameters:
    ///   - x: `[batch, time, inputs]`.
    ///   - state: the first, `[layers * directions, batch, hidden]`; nil for zeros.
    ///   - cell: likewise, of an LSTM.
    func callAsFunction(
        _ x: Tensor, state: Tensor?, cell: Tensor?, isTraining: Bool, name: String
    ) -> (output: Tensor, state: Tensor, cell: Tensor?) {
        require(
            x.rank == 3 && x.shape[2] == inputSize,
            "\(name): an input of shape \(x.shape), expected [batch, time, \(inputSize)]")
        let first = [layers * directions, x.shape[0], hiddenSize]
        for given in [state, cell].compactMap({ $0 }) {
            require(given.shape == first, "\(name): a first state of shape \(given.shape), expected \(first)")
        }
        let zeros = Tensor.zeros(Array(first.dropFirst()))
        var (sequence, states, cells) = (x.permuted([1, 0, 2]), [Tensor](), [Tensor]())
        for (layer, weights) in parameters.enumerated() {
            if layer > 0, dropout > 0, isTraining {
                sequence = Martinet.dropout(sequence, rate: dropout, generator: generator)
            }
            let results = weights.enumerated().map { direction, weights in
                let index = layer * directions + direction
                return recurrentDirection(
                    kind, sequence, weights, state: state?[index] ?? zeros, cell: cell?[index] ?? zeros,
                    isReversed: direction == 1)
            }
            states += results.map(\.state)
            cells += results.compactMap(\.cell)
            sequence = results.count == 1 ? results[0].output : .concatenate(results.map(\.output), axis: 2)
        }
        return (sequence.permuted([1, 0, 2]), .stack(states), kind == .lstm ? .stack(cells) : nil)
    }

    var details: String {
        "\(inputSize), \(hiddenSize)" + (layers > 1 ? ", layers: \(layers)" : "")
            + (isBidirectional ? ", bidirectional: true" : "") + (dropout > 0 ? ", dropout: \(dropout)" : "")
    }
}

/// One direction of a layer over `[time, batch, inputs]`.
private func recurrentDirection(
    _ kind: RecurrentSteps.Kind, _ x: Tensor, _ weights: RecurrentWeights.Direction, state: Tensor, cell: Tensor,
    isReversed: Bool
) -> (output: Tensor, state: Tensor, cell: Tensor?) {
    var sums = matmul(x, weights.input.value, transposeB: true)
    if let bias = weights.inputBias { sums = sums + bias.value }
    // A GRU's reset gate multiplies the state's bias too.
    if kind != .gru, let bias = weights.stateBias { sums = sums + bias.value }
    let stateBias = kind == .gru ? weights.stateBias?.value : nil
    let weight = weights.state.value
    let steps = RecurrentSteps(
        kind, sums: sums.takeArray(), stateWeight: weight.array, stateBias: stateBias?.array, state: state.array,
        cell: kind == .lstm ? cell.array : nil, isReversed: isReversed)
    // States, the last one and the last cell come out of one operation, so that its steps go back once.
    let (time, batch, hidden) = (x.shape[0], x.shape[1], state.shape[1])
    let isLSTM = kind == .lstm
    let parts = [steps.states.reshaped([time * batch, hidden]), steps.lastState] + (isLSTM ? [steps.lastCell] : [])
    let inputs = [sums, weight, state] + (isLSTM ? [cell] : []) + (stateBias.map { [$0] } ?? [])
    let all = record("recurrent", .concatenated(parts, axis: 0), from: inputs) { gradient in
        let rows = time * batch
        let found = steps.gradients(
            byStates: gradient.sliced([0..<rows, 0..<hidden]).reshaped([time, batch, hidden]),
            byLastState: gradient.sliced([rows..<rows + batch, 0..<hidden]),
            byLastCell: isLSTM ? gradient.sliced([rows + batch..<rows + 2 * batch, 0..<hidden]) : nil)
        return [found.sums, found.stateWeight, found.state] + (isLSTM ? [found.cell] : [])
            + (found.stateBias.map { [$0] } ?? [])
    }
    func part(_ rows: Range<Int>) -> Tensor { all.sliced([rows, 0..<hidden]) }
    let rows = time * batch
    return (
        part(0..<rows).reshaped([time, batch, hidden]), part(rows..<rows + batch),
        isLSTM ? part(rows + batch..<rows + 2 * batch) : nil
    )
}
