/// A change of a sample's input on its way into a batch: normalisation, augmentation.
///
/// Transforms belong to a data set: see `Dataset.transformed(by:)`.
public protocol Transform: Sendable {
    /// Changes `sample`, an input without a batch axis, or puts another in its place. All samples of a batch must come out
    /// with one shape.
    ///
    /// A shape that it cannot take is reported by those that Martinet has, so that `fit` throws a `TrainingError`.
    ///
    /// All randomness must come from `generator`. Each sample has its own, which depends on the seed, the epoch and the
    /// sample's index alone, so neither threads nor batch sizes change what comes out.
    func apply(to sample: inout Tensor, using generator: RandomGenerator)
}

/// Several transforms, one after the other.
public struct Compose: Transform {
    private let transforms: [any Transform]

    public init(_ transforms: [any Transform]) { self.transforms = transforms }

    public func apply(to sample: inout Tensor, using generator: RandomGenerator) {
        for transform in transforms { transform.apply(to: &sample, using: generator) }
    }
}

/// A function as a transform.
public struct Lambda: Transform {
    private let function: @Sendable (_ sample: inout Tensor, _ generator: RandomGenerator) -> Void

    public init(_ function: @escaping @Sendable (_ sample: inout Tensor, _ generator: RandomGenerator) -> Void) {
        self.function = function
    }

    public func apply(to sample: inout Tensor, using generator: RandomGenerator) { function(&sample, generator) }
}

extension Tensor {
    /// Changes the elements in place where nobody else holds them; the result has no gradient.
    package mutating func mutateArray(_ change: (inout NDArray) -> Void) {
        var array = takeArray()
        change(&array)
        self = Tensor(array: array)
    }
}
