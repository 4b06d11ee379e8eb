import MartinetBase

/// Is told of the operations that run, so that they can be run again without the model: what `forInference` starts from.
///
/// Values are told apart by their storage, which the trace keeps alive, though not its memory: a reshaped tensor is the
/// same value. What was not computed from the input is a constant.
package final class Trace: Sendable {
    @TaskLocal private static var current: Trace?

    /// An input of an operation.
    package enum Operand: Sendable {
        case value(Int, shape: [Int])
        case constant(NDArray)
    }

    enum Operation: Sendable {
        case convolution(TracedConvolution)
        /// The product with a constant matrix, `[inputs, outputs]`.
        case dense(weight: NDArray, origin: NDArray)
        case normalization(TracedNormalization)
        case relu
        case add
        case maxPool(PoolingGeometry)
        case averagePool(PoolingGeometry, countIncludePadding: Bool)
        case other(TracedFunction, @Sendable ([NDArray]) -> NDArray)
    }

    struct Node: Sendable {
        let name: String
        let operation: Operation
        let relu: Bool
        let inputs: [Operand]
        /// The result's number, and its shape.
        let output: Int
        let shape: [Int]
    }

    private struct State {
        var nodes: [Node] = []
        var values: [ObjectIdentifier: Int] = [:]
        /// The names of operations that cannot be run again, by their results.
        var unknown: [ObjectIdentifier: String] = [:]
        /// No storage goes, or its identity could come back.
        private var kept: [NDArray] = []
        /// Those whose memory has gone.
        private var discarded: [NDArray] = []
        var problem: InferenceError?

        /// Holds on to a value's storage, and gives back the memory of those that the model has done with.
        mutating func keep(_ array: NDArray) {
            for index in kept.indices.reversed() where kept[index].discardIfUnique() {
                kept.swapAt(index, kept.count - 1)
                discarded.append(kept.removeLast())
            }
            kept.append(array)
        }
    }

    private let batch: Int
    private let state = Locked(State())

    private init(input: NDArray) {
        batch = input.shape[0]
        state.withLock { state in
            state.values[ObjectIdentifier(input.storage)] = 0
            state.keep(input)
        }
    }

    /// The operations that `body` runs on `input`, in their order, and which value its result is: 0 is the input, value
    /// `i` the result of the operation before.
    static func tracing(
        _ input: Tensor, _ body: (Tensor) -> Tensor
    ) throws(InferenceError) -> (nodes: [Node], result: Int, resultShape: [Int]) {
        let trace = Trace(input: input.array)
        let output = $current.withValue(trace) { body(input).array }
        let (nodes, values, unknown, problem) = trace.state.withLock { ($0.nodes, $0.values, $0.unknown, $0.problem) }
        if let problem { throw problem }
        let key = ObjectIdentifier(output.storage)
        if let name = unknown[key] { throw .unsupportedOperation(name) }
        guard let result = values[key] else { throw .resultIsConstant }
        guard output.shape.first == input.shape[0] else { throw .batchIsNotFirstAxis(output.shape) }
        return (nodes, result, output.shape)
    }

    /// Whether a trace listens.
    static var isActive: Bool { current != nil }

    /// Reports that `operation` made `output` of `inputs`.
    ///
    /// - Parameters:
    ///   - relu: whether its positive part was taken.
    ///   - constants: what must not depend on the trace's input.
    static func report(
        _ name: String, _ operation: @autoclosure () -> Operation, relu: Bool = false, _ inputs: [NDArray],
        constants: [NDArray] = [], _ output: NDArray
    ) {
        current?.add(name, operation(), relu, inputs, constants, output)
    }

    /// Sees to it that an operation which has not been reported is noticed, if its result matters.
    static func check(_ name: String, _ inputs: [Tensor], _ output: NDArray) {
        guard let current else { return }
        current.state.withLock { state in
            let key = ObjectIdentifier(output.storage)
            guard state.values[key] == nil else { return }
            let keys = inputs.map { ObjectIdentifier($0.array.storage) }
            guard let reason = keys.compactMap({ state.unknown[$0] ?? (state.values[$0] == nil ? nil : name) }).first
            else { return }
            state.unknown[key] = reason
            state.keep(output)
        }
    }

    private func add(
        _ name: String, _ operation: Operation, _ relu: Bool, _ inputs: [NDArray], _ constants: [NDArray],
        _ output: NDArray
    ) {
        state.withLock { state in
            func fail(_ problem: InferenceError) { if state.problem == nil { state.problem = problem } }
            for array in inputs + constants {
                if let unknown = state.unknown[ObjectIdentifier(array.storage)] { fail(.unsupportedOperation(unknown)) }
            }
            let operands = inputs.map { array in
                state.values[ObjectIdentifier(array.storage)].map { Operand.value($0, shape: array.shape) }
                    ?? .constant(array)
            }
            let shapes = operands.compactMap { if case .value(_, let shape) = $0 { shape } else { nil } }
            if constants.contains(where: { state.values[ObjectIdentifier($0.storage)] != nil }) {
                fail(.unsupportedOperation("\(name) with a computed weight"))
            }
            guard !shapes.isEmpty else { return }
            if let shape = (shapes + [output.shape]).first(where: { $0.first != batch }) {
                fail(.batchIsNotFirstAxis(shape))
            }
            let key = ObjectIdentifier(output.storage)
            // An operation that gives back its input.
            guard state.values[key] == nil else { return }
            let value = state.nodes.count + 1
            state.nodes.append(
                Node(
                    name: name, operation: operation, relu: relu, inputs: operands, output: value, shape: output.shape))
            state.values[key] = value
            state.unknown[key] = nil
            state.keep(output)
        }
    }
}
