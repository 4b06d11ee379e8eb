/// The ReLU of a normalisation, which backward passes rematerialize rather than keep.
final class RematerializedReLU: DeferredElements {
    let array: NDArray
    private let normalization: FusedNormalization

    init(array: NDArray, normalization: FusedNormalization) {
        self.array = array
        self.normalization = normalization
    }

    var saved: SavedArray { .rematerialized(normalization) }
}

/// An array that a backward pass needs: itself, or, where that takes no memory, how to rematerialize it.
enum SavedArray: Sendable {
    case array(NDArray)
    /// The ReLU of a normalisation: one pass over its input, which the normalisation's own gradient needs anyway, and
    /// over what is added to it.
    case rematerialized(FusedNormalization)

    var array: NDArray {
        switch self {
        case .array(let array): array
        case .rematerialized(let normalization): normalization.output(relu: true)
        }
    }
}

extension Tensor {
    /// Whether backward passes rematerialize the elements rather than keep them.
    var isRematerialized: Bool { if case .rematerialized = saved { true } else { false } }
}
