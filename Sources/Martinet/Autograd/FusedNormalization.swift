/// A batch normalisation, with the sum that is fused into it if there is one: its arrays, and where its gradients go.
struct FusedNormalization: Sendable {
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
    /// The addend; nil if there is none, or once only gradients are wanted.
    var addend: Addend?

    /// A term that is added to a normalised input.
    enum Addend: Sendable {
        /// `canBeKept`: whether a backward pass may hold on to it, as it would to the sum; false where backward passes
        /// rematerialize the array.
        case array(NDArray, canBeKept: Bool)
        /// Another normalisation, which takes no memory beside its input.
        indirect case normalization(FusedNormalization)

        var array: NDArray {
            switch self {
            case .array(let array, _): array
            case .normalization(let normalization): normalization.output(relu: false)
            }
        }
    }

    /// This and the sum with `tensor`.
    func adding(_ tensor: inout Tensor) -> FusedNormalization {
        var sum = self
        sum.hasAddend = true
        sum.addend =
            if let other = tensor.takeNormalization(where: { !$0.hasAddend }) {
                .normalization(other)
            } else {
                .array(tensor.array, canBeKept: !tensor.isRematerialized)
            }
        sum.nodes.append(tensor.node)
        return sum
    }

    /// A copy that rematerializes the output without memory of its own; nil where that would take as much as the output, or more
    /// than one pass over what is there.
    ///
    /// So of the outputs of a row of residual blocks, each the addend of the next, every second one is kept.
    var forRematerialization: FusedNormalization? {
        if case .array(_, canBeKept: false) = addend { return nil }
        var result = self
        result.nodes = []
        return result
    }

    /// A copy with all that the backward pass needs: without the addend.
    var forGradients: FusedNormalization {
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
                let count = NDArray(scalar: Float(count))
                gradient.becomeNormalizationGradient(
                    input: input, mean: mean, scale: scale, meanGradient: sums.sums / count,
                    slope: sums.products * inverseDeviation.map(.square) / count, mask: mask)
            } else {
                gradient = gradient * scale
            }
        }
        let byWeight = hasWeight ? [sums.map { $0.products * inverseDeviation }] : []
        let byBias = hasBias ? [sums?.sums] : []
        return [needsInput ? gradient : nil] + byWeight + byBias + byAddend
    }
}
