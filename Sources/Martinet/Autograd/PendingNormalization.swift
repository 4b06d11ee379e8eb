/// A batch normalisation that is recorded but not computed yet, so that a sum and a ReLU right behind it, as in
/// `relu(bn2(conv2(y)) + x)`, can join it in one pass over memory, forward and backward.
///
/// Whoever asks for the elements gets them computed. Only an operation that is handed the last reference joins, so what
/// anybody can see, gradients at intermediate results too, is as if nothing had been put off.
final class PendingNormalization: Sendable {
    private enum State {
        case waiting(Normalization)
        case computed(NDArray)
    }

    let shape: [Int]
    private let state: Locked<State>

    init(_ normalization: Normalization) {
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

    /// What is to be computed, unless it has been.
    var normalization: Normalization? {
        state.withLock { if case .waiting(let normalization) = $0 { normalization } else { nil } }
    }
}

/// A batch normalisation's arrays and where its gradients go.
struct Normalization: Sendable {
    let input: NDArray
    /// `[channels]`
    let mean, inverseDeviation: NDArray
    /// γ over the standard deviation, and β: `[channels]`.
    let scale, shift: NDArray
    /// How many elements the statistics were taken of, if they are the batch's own; nil if they are constants.
    let count: Int?
    let hasWeight, hasBias: Bool
    let needsInput, needsParameters: Bool
    /// Of the input, the weight and the bias if there are, and the addend if there is one.
    var nodes: [Node?]
    /// Whether something is added to the normalised input.
    var hasAddend = false
    /// What is; nil once only gradients are wanted.
    var addend: Addend?

    /// What is added to a normalised input.
    enum Addend: Sendable {
        /// `canBeKept`: whether a backward pass may hold on to it, as it would to the sum; false where the array is one
        /// that backward passes make again.
        case array(NDArray, canBeKept: Bool)
        /// Another normalisation, which takes no memory beside its input.
        indirect case normalization(Normalization)

        var array: NDArray {
            switch self {
            case .array(let array, _): array
            case .normalization(let normalization): normalization.output(relu: false)
            }
        }
    }

    /// This and the sum with `tensor`.
    func adding(_ tensor: inout Tensor) -> Normalization {
        var sum = self
        sum.hasAddend = true
        sum.addend =
            if let other = tensor.takeNormalization(where: { !$0.hasAddend }) {
                .normalization(other)
            } else {
                .array(tensor.array, canBeKept: !tensor.isMadeAgain)
            }
        sum.nodes.append(tensor.node)
        return sum
    }

    /// What makes the output again without memory of its own; nil where that would take as much as the output, or more
    /// than one pass over what is there.
    ///
    /// So of the outputs of a row of residual blocks, each the addend of the next, every second one is kept.
    var forMakingAgain: Normalization? {
        if case .array(_, canBeKept: false) = addend { return nil }
        var result = self
        result.nodes = []
        return result
    }

    /// What the backward pass needs: all but the addend.
    var forGradients: Normalization {
        var result = self
        result.addend = nil
        return result
    }

    func output(relu: Bool) -> NDArray {
        input.channelsNormalized(mean: mean, scale: scale, shift: shift, adding: addend?.array, relu: relu)
    }

    /// The output after a ReLU, and where that is positive.
    func activated() -> (output: NDArray, mask: PositiveMask) {
        input.channelsActivated(mean: mean, scale: scale, shift: shift, adding: addend?.array)
    }

    /// The gradients by what `nodes` lists, from the gradient by the output, or by its ReLU with `mask`, which is overwritten.
    func gradients(_ gradient: inout NDArray, mask: PositiveMask? = nil) -> [NDArray?] {
        let needsSums = needsParameters || (needsInput && count != nil)
        var mask = mask
        if let whole = mask, !needsSums || !PositiveMask.fitsChannels(mean.count) {
            whole.select(&gradient)
            mask = nil
        }
        // The addend's gradient is the masked one itself, and so is the input's of a normalisation by constants.
        let keeps = hasAddend || count == nil
        let sums =
            if let mask {
                gradient.channelGradientSums(input: input, mean: mean, mask: mask, keeps: keeps)
            } else {
                needsSums ? gradient.channelGradientSums(input: input, mean: mean) : nil
            }
        if keeps { mask = nil }
        let byAddend = hasAddend ? [gradient] : []
        if needsInput {
            if let count, let sums {
                let share = 1 / Float(count)
                gradient.becomeNormalizationGradient(
                    input: input, mean: mean, scale: scale, meanGradient: sums.sums * share,
                    slope: sums.products * inverseDeviation.map(.square) * share, mask: mask)
            } else {
                gradient = gradient * scale
            }
        }
        let byWeight = hasWeight ? [sums.map { $0.products * inverseDeviation }] : []
        let byBias = hasBias ? [sums?.sums] : []
        return [needsInput ? gradient : nil] + byWeight + byBias + byAddend
    }
}

/// The ReLU of a normalisation, and how to make it again.
final class ActivatedNormalization: Sendable {
    let array: NDArray
    let normalization: Normalization

    init(array: NDArray, normalization: Normalization) {
        self.array = array
        self.normalization = normalization
    }
}

/// An array that a backward pass needs: itself, or, where that takes no memory, how to make it again.
enum SavedArray: Sendable {
    case array(NDArray)
    /// The ReLU of a normalisation: one pass over its input, which the normalisation's own gradient needs anyway, and
    /// over what is added to it.
    case activating(Normalization)

    var array: NDArray {
        switch self {
        case .array(let array): array
        case .activating(let normalization): normalization.output(relu: true)
        }
    }
}

extension Tensor {
    /// A normalisation that is put off; see `PendingNormalization`.
    init(_ normalization: Normalization) {
        let kept = normalization.forGradients
        let node = Self.node("batchNorm", normalization) { kept.gradients(&$0) }
        self.init(pending: PendingNormalization(normalization), node: node)
    }

    /// max(x, 0) in the pass of the normalisation that this tensor waits for; nil if there is none or somebody else has it.
    mutating func joiningReLU() -> Tensor? {
        guard let normalization = takeNormalization() else { return nil }
        guard Self.isRecorded(normalization) else { return Tensor(array: normalization.output(relu: true)) }
        let (output, mask) = normalization.activated()
        let kept = normalization.forGradients
        let node = Self.node("batchNorm + relu", normalization) { kept.gradients(&$0, mask: mask) }
        guard let normalization = normalization.forMakingAgain else { return Tensor(array: output, node: node) }
        return Tensor(ActivatedNormalization(array: output, normalization: normalization), node: node)
    }

    /// The sum with `other` as a part of the normalisation that this tensor waits for; nil if there is none, if somebody
    /// else has it, or if it has an addend already.
    mutating func joiningSum(_ other: inout Tensor) -> Tensor? {
        guard shape == other.shape, let normalization = takeNormalization(where: { !$0.hasAddend }) else {
            return nil
        }
        return Tensor(normalization.adding(&other))
    }

    private static func isRecorded(_ normalization: Normalization) -> Bool {
        Recording.isEnabled && normalization.nodes.contains { $0 != nil }
    }

    private static func node(
        _ operation: String, _ normalization: Normalization, _ backward: @escaping Node.Backward
    ) -> Node? {
        guard isRecorded(normalization) else { return nil }
        return Node(operation: operation, inputs: normalization.nodes, backward: backward)
    }
}
