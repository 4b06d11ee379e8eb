import Martinet

// Recurrent layers, with the activations that they have by default.
extension ProgramBuilder {
    /// All states, the last one and, of an LSTM, the last cell.
    mutating func recurrent(_ node: NodeReader, _ kind: RecurrentLayer.Kind) throws(ONNXError) -> [Operand] {
        guard case .computed(let value) = try node.tensor(0), value.shape.count == 3 else {
            throw node.failure(
                expected: "a computed sequence [length, batch, inputs]", found: "the shape \(try node.operand(0).shape)"
            )
        }
        let isBatchFirst = try node.int("layout", or: 0) != 0
        let (length, batch) = isBatchFirst ? (value.shape[1], value.shape[0]) : (value.shape[0], value.shape[1])
        let layer = try RecurrentLayer(node, kind, length: length, batch: batch, inputs: value.shape[2], isBatchFirst)
        let (directions, hidden) = (layer.directions.count, layer.hidden)
        // All states of each direction, then the last one and the last cell.
        let all = emit(value, shape: [directions, length + 2, batch, hidden], isChannelsLast: false) { x in
            layer.states(isBatchFirst ? x.permuted([1, 0, 2]) : x)
        }
        func part(_ range: Range<Int>, _ shape: [Int], _ order: [Int]) -> Operand {
            .computed(
                emit(all, shape: shape, isChannelsLast: false) {
                    $0.sliced([0..<directions, range, 0..<batch, 0..<hidden]).permuted(order).reshaped(shape)
                })
        }
        let states = isBatchFirst ? [batch, length, directions, hidden] : [length, directions, batch, hidden]
        let last = isBatchFirst ? [batch, directions, hidden] : [directions, batch, hidden]
        let order = isBatchFirst ? [2, 0, 1, 3] : [0, 1, 2, 3]
        return [
            part(0..<length, states, isBatchFirst ? [2, 1, 0, 3] : [1, 0, 2, 3]),
            part(length..<length + 1, last, order), part(length + 1..<length + 2, last, order),
        ]
    }
}

/// An LSTM, a GRU or a plain recurrent layer of one direction or two.
struct RecurrentLayer: Sendable {
    enum Kind: Sendable {
        case lstm, gru, plain

        fileprivate var gates: Int {
            switch self {
            case .lstm: 4
            case .gru: 3
            case .plain: 1
            }
        }
    }

    /// The weights of one direction; columns are gates.
    struct Direction: Sendable {
        let isBackwards: Bool
        /// `[inputs, gates * hidden]` and `[hidden, gates * hidden]`.
        let inputWeight, stateWeight: Tensor
        /// `[gates * hidden]` each.
        let inputBias, stateBias: Tensor
        /// What a cell adds to the gates i, o and f, `[3 * hidden]`.
        let peepholes: Tensor?
        /// `[batch, hidden]`.
        let state, cell: Tensor
    }

    let directions: [Direction]
    let hidden: Int
    private let kind: Kind
    private let resetsAfterProduct: Bool

    init(
        _ node: NodeReader, _ kind: Kind, length: Int, batch: Int, inputs: Int, _ isBatchFirst: Bool
    ) throws(ONNXError) {
        self.kind = kind
        resetsAfterProduct = try node.int("linear_before_reset", or: 0) != 0
        let direction = node.string("direction") ?? "forward"
        try node.require(
            ["forward", "reverse", "bidirectional"].contains(direction), "a direction that is known", direction)
        let count = direction == "bidirectional" ? 2 : 1
        for name in ["activations", "clip"] {
            try node.require(node.node.attributes[name] == nil, "a layer without \(name) of its own", name)
        }
        try node.require(try node.int("input_forget", or: 0) == 0, "a layer without input_forget", "1")
        let (w, r) = (try node.weight(1), try node.weight(2))
        guard w.shape.count == 3, r.shape.count == 3, w.shape[1] % kind.gates == 0 else {
            throw node.failure(
                expected: "weights [directions, \(kind.gates) * hidden, …]", found: "\(w.shape) and \(r.shape)")
        }
        let (rows, hidden) = (w.shape[1], w.shape[1] / kind.gates)
        self.hidden = hidden
        try node.require(
            w.shape == [count, rows, inputs] && r.shape == [count, rows, hidden],
            "weights [\(count), \(rows), \(inputs)] and [\(count), \(rows), \(hidden)]", "\(w.shape) and \(r.shape)")
        if node.optional(4) != nil {
            let lengths = try node.integers(4)
            try node.require(lengths.allSatisfy { $0 == length }, "sequences of the whole length", "\(lengths)")
        }
        func constant(_ index: Int, _ shape: [Int]) throws(ONNXError) -> Tensor {
            guard node.optional(index) != nil else { return .zeros(shape) }
            let weight = try node.weight(index)
            try node.require(weight.shape == shape, "the shape \(shape) as input \(index)", "\(weight.shape)")
            return Tensor(array: weight.array)
        }
        func start(_ index: Int) throws(ONNXError) -> Tensor {
            guard isBatchFirst else { return try constant(index, [count, batch, hidden]) }
            return try constant(index, [batch, count, hidden]).permuted([1, 0, 2])
        }
        let bias = try constant(3, [count, 2 * rows])
        let (state, cell) = (try start(5), kind == .lstm ? try start(6) : .zeros([count, batch, hidden]))
        let peepholes =
            kind == .lstm && node.optional(7) != nil ? try constant(7, [count, 3 * hidden]) : nil
        let (inputWeights, stateWeights) = (Tensor(array: w.array), Tensor(array: r.array))
        directions = (0..<count).map { index in
            Direction(
                isBackwards: direction == "reverse" || index == 1, inputWeight: inputWeights[index].transposed(),
                stateWeight: stateWeights[index].transposed(), inputBias: bias[index, 0..<rows],
                stateBias: bias[index, rows..<2 * rows], peepholes: peepholes?[index], state: state[index],
                cell: cell[index])
        }
    }

    /// `[directions, length + 2, batch, hidden]` for `[length, batch, inputs]`: all states, the last one, the last cell.
    func states(_ x: Tensor) -> Tensor {
        let (length, batch) = (x.shape[0], x.shape[1])
        let rows = x.reshaped([length * batch, x.shape[2]])
        return Tensor.stack(
            directions.map { direction in
                let fromInput = (matmul(rows, direction.inputWeight) + direction.inputBias)
                    .reshaped([length, batch, kind.gates * hidden])
                var (state, cell) = (direction.state, direction.cell)
                var all = [Tensor](repeating: state, count: length)
                for time in direction.isBackwards ? Array((0..<length).reversed()) : Array(0..<length) {
                    (state, cell) = next(fromInput[time], state, cell, direction)
                    all[time] = state
                }
                return Tensor.stack(all + [state, cell])
            })
    }

    private func next(
        _ fromInput: Tensor, _ state: Tensor, _ cell: Tensor, _ direction: Direction
    ) -> (state: Tensor, cell: Tensor) {
        let size = hidden
        func gate(_ x: Tensor, _ index: Int) -> Tensor { x[.all, index * size..<(index + 1) * size] }
        func peephole(_ index: Int, _ cell: Tensor) -> Tensor {
            direction.peepholes.map { $0[index * size..<(index + 1) * size] * cell } ?? Tensor(0)
        }
        let fromState = matmul(state, direction.stateWeight) + direction.stateBias
        let sum = fromInput + fromState
        switch kind {
        case .plain: return (tanh(sum), cell)
        case .lstm:
            let input = sigmoid(gate(sum, 0) + peephole(0, cell))
            let forget = sigmoid(gate(sum, 2) + peephole(2, cell))
            let cell = forget * cell + input * tanh(gate(sum, 3))
            return (sigmoid(gate(sum, 1) + peephole(1, cell)) * tanh(cell), cell)
        case .gru:
            let (update, reset) = (sigmoid(gate(sum, 0)), sigmoid(gate(sum, 1)))
            let fromReset: Tensor
            if resetsAfterProduct {
                fromReset = reset * gate(fromState, 2)
            } else {
                fromReset =
                    matmul(reset * state, direction.stateWeight[.all, 2 * size..<3 * size])
                    + direction.stateBias[2 * size..<3 * size]
            }
            let candidate = tanh(gate(fromInput, 2) + fromReset)
            return ((1 - update) * candidate + update * state, cell)
        }
    }
}
