import MartinetBase

/// A batch normalisation that is recorded but not computed yet, so that a sum and a ReLU right behind it, as in
/// `relu(bn2(conv2(y)) + x)`, can be fused with it: one pass over memory, forward and backward.
///
/// Whoever asks for the elements gets them computed. Only an operation that is handed the last reference is fused, so what
/// anybody can see, gradients at intermediate results too, is as if nothing had been deferred.
final class PendingNormalization: DeferredElements {
    private enum State {
        case waiting(FusedNormalization)
        case computed(NDArray)
    }

    let shape: [Int]
    private let state: Locked<State>

    init(_ normalization: FusedNormalization) {
        shape = normalization.input.shape
        state = Locked(.waiting(normalization))
    }

    /// The elements, computed when they are first asked for.
    var array: NDArray {
        state.withLock { state in
            switch state {
            case .computed(let array): return array
            case .waiting(let normalization):
                let array = normalization.output(relu: false)
                state = .computed(array)
                return array
            }
        }
    }

    /// The normalisation that is still to be computed; nil if it has been.
    var normalization: FusedNormalization? {
        state.withLock { if case .waiting(let normalization) = $0 { normalization } else { nil } }
    }
}

extension Tensor {
    /// A normalisation that is deferred; see `PendingNormalization`.
    init(_ normalization: FusedNormalization) {
        let kept = normalization.forGradients
        let node = Self.node("batchNorm", normalization) { kept.gradients(&$0) }
        self.init(PendingNormalization(normalization), node: node)
    }

    /// max(x, 0), fused with the normalisation that this tensor waits for; nil if there is none or somebody else has it.
    mutating func fusingReLU() -> Tensor? {
        guard let normalization = takeNormalization() else { return nil }
        guard Self.isRecorded(normalization) else { return Tensor(array: normalization.output(relu: true)) }
        let (output, mask) = normalization.activated()
        let kept = normalization.forGradients
        let node = Self.node("batchNorm + relu", normalization) { kept.gradients(&$0, mask: mask) }
        guard let normalization = normalization.forRematerialization else { return Tensor(array: output, node: node) }
        return Tensor(RematerializedReLU(array: output, normalization: normalization), node: node)
    }

    /// The sum with `other`, fused with the normalisation that this tensor waits for; nil if there is none, if somebody else
    /// has it, or if it has an addend already.
    mutating func fusingSum(_ other: inout Tensor) -> Tensor? {
        guard shape == other.shape, let normalization = takeNormalization(where: { !$0.hasAddend }) else {
            return nil
        }
        return Tensor(normalization.adding(&other))
    }

    /// Gives up the normalisation that this tensor waits for, if it waits for one that `condition` holds for and nobody
    /// else has it.
    mutating func takeNormalization(
        where condition: (FusedNormalization) -> Bool = { _ in true }
    ) -> FusedNormalization? {
        takeDeferred(PendingNormalization.self) { $0.normalization.map(condition) ?? false }?.normalization
    }

    private static func isRecorded(_ normalization: FusedNormalization) -> Bool {
        Recording.isEnabled && normalization.nodes.contains { $0 != nil }
    }

    private static func node(
        _ operation: String, _ normalization: FusedNormalization, _ backward: @escaping Node.Backward
    ) -> Node? {
        guard isRecorded(normalization) else { return nil }
        return Node(operation: operation, inputs: normalization.nodes, backward: backward)
    }
}
