import CKernels
import MartinetBase

/// A direction of a recurrent layer over whole sequences, `[time, batch, features]`: its steps one after the other, its rows shared
/// among the threads, each of which goes through all steps on its own.
///
/// The products with the input are made for all steps at once, before; what is left for a step is the product with the state.
package struct RecurrentSteps: Sendable {
    /// What is done to the sums of products.
    package enum Kind: Sendable {
        case tanh, relu, lstm, gru

        /// The number of sums for each element of the state.
        package var gates: Int {
            switch self {
            case .tanh, .relu: 1
            case .lstm: 4
            case .gru: 3
            }
        }
    }

    package let kind: Kind
    /// Whether the last step of a sequence comes first.
    package let isReversed: Bool
    private let time, batch, hidden: Int
    /// `[gates * hidden, hidden]`.
    private let stateWeight: NDArray
    /// Of a GRU, what is added to its state's products; others have it among the input's sums.
    private let stateBias: NDArray?
    private let startState, startCell: NDArray

    /// The states, `[time, batch, hidden]`, and of an LSTM the cells and their hyperbolic tangents.
    package private(set) var states: NDArray
    private var cells, reaches: NDArray
    /// The gates, `[time, batch, gates * hidden]`, and of a GRU the state's products.
    private var gates, products: NDArray

    /// Runs all steps.
    ///
    /// - Parameters:
    ///   - sums: the products with the input and all biases, but for a GRU's of the state, `[time, batch, gates * hidden]`; their
    ///     memory becomes the gates'.
    ///   - stateWeight: `[gates * hidden, hidden]`.
    ///   - stateBias: a GRU's, `[gates * hidden]`.
    ///   - state: the first, `[batch, hidden]`.
    ///   - cell: likewise, of an LSTM.
    package init(
        _ kind: Kind, sums: consuming NDArray, stateWeight: NDArray, stateBias: NDArray? = nil, state: NDArray,
        cell: NDArray? = nil, isReversed: Bool = false
    ) {
        (time, batch, hidden) = (sums.shape[0], sums.shape[1], state.shape[1])
        require(
            sums.shape[2] == kind.gates * hidden && stateWeight.shape == [kind.gates * hidden, hidden]
                && state.shape == [batch, hidden],
            "RecurrentSteps: sums \(sums.shape), a weight \(stateWeight.shape) and a state \(state.shape) do not fit")
        self.kind = kind
        self.isReversed = isReversed
        self.stateWeight = stateWeight
        self.stateBias = stateBias
        startState = state
        startCell = cell ?? .zeros([0])
        gates = sums
        states = NDArray(shape: [time, batch, hidden]) { _ in }
        let isLSTM = kind == .lstm
        cells = NDArray(shape: isLSTM ? [time, batch, hidden] : [0]) { _ in }
        reaches = NDArray(shape: isLSTM ? [time, batch, hidden] : [0]) { _ in }
        products = NDArray(shape: kind == .gru ? [time, batch, 3 * hidden] : [0]) { _ in }
        run()
    }

    /// Of an LSTM, the cell after the last step, `[batch, hidden]`.
    package var lastCell: NDArray { time == 0 ? startCell : Self.step(cells, isReversed ? 0 : time - 1) }

    /// After the last step, `[batch, hidden]`.
    package var lastState: NDArray { time == 0 ? startState : Self.step(states, isReversed ? 0 : time - 1) }

    private static func step(_ array: NDArray, _ index: Int) -> NDArray {
        array.sliced([index..<index + 1] + array.shape.dropFirst().map { 0..<$0 }).reshaped(
            Array(array.shape.dropFirst()))
    }

    /// The steps in the order in which they are made.
    private var order: [Int] { isReversed ? (0..<time).reversed() : Array(0..<time) }

    // Below this many multiplications of a step a second thread costs more than it saves.
    private var grain: Int { max(1, (1 << 16) / max(1, kind.gates * hidden * hidden)) }

    private mutating func run() {
        guard time > 0, batch > 0, hidden > 0 else { return }
        let columns = kind.gates * hidden
        let transposed = stateWeight.permuted([1, 0])
        let panels = PanelMatrix(
            transposed.pointer, depth: hidden, columns: columns, stride: columns, groups: 1, groupStride: 0)
        let (kind, hidden, batch, order) = (kind, hidden, batch, order)
        let (startState, startCell, bias) = (startState, startCell, stateBias)
        // Nobody else has these arrays yet, once a copy has been made of sums that somebody else still holds.
        gates.withUnsafeMutablePointer { _ in }
        let (gates, products) = (ParallelOutput(gates.storage.pointer), ParallelOutput(products.storage.pointer))
        let (states, cells) = (ParallelOutput(states.storage.pointer), ParallelOutput(cells.storage.pointer))
        let reaches = ParallelOutput(reaches.storage.pointer)
        parallelFor(batch, grain: grain) { rows, _ in
            func first(_ width: Int, _ step: Int) -> Int { (step * batch + rows.lowerBound) * width }
            var previous: Int?
            for step in order {
                let state =
                    previous.map { UnsafePointer(states.start + first(hidden, $0)) }
                    ?? startState.pointer + rows.lowerBound * hidden
                let sums = gates.start + first(columns, step)
                let target = kind == .gru ? products.start + first(columns, step) : sums
                multiply(
                    state, rows: rows.count, depth: hidden, panels, columns: columns,
                    bias: kind == .gru ? bias?.pointer : nil, adds: kind != .gru, to: target)
                let next = states.start + first(hidden, step)
                switch kind {
                case .tanh: mk_unary(.tanh, rows.count * hidden, sums, next)
                case .relu: mk_unary(.relu, rows.count * hidden, sums, next)
                case .lstm:
                    let cell =
                        previous.map { UnsafePointer(cells.start + first(hidden, $0)) }
                        ?? startCell.pointer + rows.lowerBound * hidden
                    mk_lstm_step(
                        rows.count, hidden, sums, cell, cells.start + first(hidden, step),
                        reaches.start + first(hidden, step), next)
                case .gru: mk_gru_step(rows.count, hidden, sums, target, state, next)
                }
                previous = step
            }
        }
    }

    /// The gradients by what `init` was given.
    package struct Gradients: Sendable {
        /// `[time, batch, gates * hidden]`.
        package let sums: NDArray
        /// `[gates * hidden, hidden]`.
        package let stateWeight: NDArray
        /// A GRU's.
        package let stateBias: NDArray?
        /// `[batch, hidden]`; the cell's of an LSTM.
        package let state, cell: NDArray
    }

    /// - Parameters:
    ///   - byStates: the gradient by all states, `[time, batch, hidden]`.
    ///   - byLastState: that by the last state beside, `[batch, hidden]`; nil for zeros.
    ///   - byLastCell: that by an LSTM's last cell.
    package func gradients(byStates: NDArray, byLastState: NDArray? = nil, byLastCell: NDArray? = nil) -> Gradients {
        let columns = kind.gates * hidden
        let bySums = NDArray(shape: gates.shape) { _ in }
        let byProducts = NDArray(shape: kind == .gru ? products.shape : [0]) { _ in }
        var byState = byLastState ?? .zeros([batch, hidden])
        var byCell = byLastCell ?? .zeros(kind == .lstm ? [batch, hidden] : [0])
        // The last ones may be somebody else's.
        byState.withUnsafeMutablePointer { _ in }
        byCell.withUnsafeMutablePointer { _ in }
        if time > 0, batch > 0, hidden > 0 {
            let panels = PanelMatrix(
                stateWeight.pointer, depth: columns, columns: hidden, stride: hidden, groups: 1, groupStride: 0)
            let order = Array(order.reversed())
            let target = BackwardTarget(
                sums: ParallelOutput(bySums.storage.pointer), products: ParallelOutput(byProducts.storage.pointer),
                state: ParallelOutput(byState.storage.pointer), cell: ParallelOutput(byCell.storage.pointer))
            parallelFor(batch, grain: grain) { rows, _ in goBack(rows, order, panels, byStates: byStates, to: target) }
        }
        let byMatrix = kind == .gru ? byProducts : bySums
        // The state before each step.
        let before: NDArray
        let first = startState.reshaped([1, batch, hidden])
        if time == 0 {
            before = states
        } else if isReversed {
            before = .concatenated([states.sliced([1..<time, 0..<batch, 0..<hidden]), first], axis: 0)
        } else {
            before = .concatenated([first, states.sliced([0..<time - 1, 0..<batch, 0..<hidden])], axis: 0)
        }
        let flat = byMatrix.reshaped([time * batch, columns])
        return Gradients(
            sums: bySums, stateWeight: .matmul(flat, before.reshaped([time * batch, hidden]), transposeA: true),
            stateBias: stateBias == nil ? nil : flat.sum(axes: [0]), state: byState, cell: byCell)
    }

    /// Where the gradients go.
    private struct BackwardTarget: Sendable {
        let sums, products, state, cell: ParallelOutput<Float>
    }

    /// Takes some rows' gradients back through all steps.
    private func goBack(
        _ rows: Range<Int>, _ order: [Int], _ panels: PanelMatrix, byStates: NDArray, to target: BackwardTarget
    ) {
        let columns = kind.gates * hidden
        let (count, elements) = (rows.count, rows.count * hidden)
        let byState = target.state.start + rows.lowerBound * hidden
        func first(_ width: Int, _ step: Int) -> Int { (step * batch + rows.lowerBound) * width }
        for (index, step) in order.enumerated() {
            mk_add_scaled(elements, 1, byStates.pointer + first(hidden, step), byState)
            let sums = target.sums.start + first(columns, step)
            let previous = index + 1 < order.count ? order[index + 1] : nil
            let gates = gates.pointer + first(columns, step)
            let state =
                previous.map { states.pointer + first(hidden, $0) }
                ?? startState.pointer + rows.lowerBound * hidden
            switch kind {
            case .tanh:
                mk_binary(
                    .tanhGradient, 1, elements, byState, 0, 1, states.pointer + first(hidden, step), 0, 1, sums)
            case .relu:
                mk_leaky_relu_gradient(elements, byState, states.pointer + first(hidden, step), 0, sums)
            case .lstm:
                let cell =
                    previous.map { cells.pointer + first(hidden, $0) }
                    ?? startCell.pointer + rows.lowerBound * hidden
                mk_lstm_step_gradient(
                    count, hidden, gates, cell, reaches.pointer + first(hidden, step), byState,
                    target.cell.start + rows.lowerBound * hidden, sums)
            case .gru:
                mk_gru_step_gradient(
                    count, hidden, gates, products.pointer + first(columns, step), state, byState, sums,
                    target.products.start + first(columns, step))
            }
            multiply(
                kind == .gru ? target.products.start + first(columns, step) : sums, rows: count, depth: columns, panels,
                columns: hidden, bias: nil, adds: kind == .gru, to: byState)
        }
    }
}

/// target = left * right, plus what it was if `adds`.
private func multiply(
    _ left: UnsafePointer<Float>, rows: Int, depth: Int, _ right: PanelMatrix, columns: Int,
    bias: UnsafePointer<Float>?, adds: Bool, to target: UnsafeMutablePointer<Float>
) {
    var rowsOfLeft = mk_product_rows(
        taps: 1, channels: depth, pointers: nil, pointer_stride: 0, base: left, base_stride: depth)
    var epilogue = mk_epilogue(bias: bias, addend: adds ? UnsafePointer(target) : nil, relu: 0)
    mk_panel_product(&rowsOfLeft, rows, right.panels(group: 0, from: 0), columns, 512, &epilogue, target, columns)
}
