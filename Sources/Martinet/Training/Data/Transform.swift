/// What is done to each sample on its way into a batch: normalisation, augmentation.
public protocol Transform: Sendable {
    /// Changes `image`, a sample of the data set's shape without a batch axis, or puts another in its place. All samples
    /// of a batch must come out with one shape.
    ///
    /// All randomness must come from `generator`. Each sample has its own, which depends on the seed, the epoch and the
    /// sample's index alone, so neither threads nor batch sizes change what comes out.
    func apply(to image: inout NDArray, using generator: RandomGenerator)
}

/// Several transforms, one after the other.
public struct Compose: Transform {
    private let transforms: [any Transform]

    public init(_ transforms: [any Transform]) { self.transforms = transforms }

    public func apply(to image: inout NDArray, using generator: RandomGenerator) {
        for transform in transforms { transform.apply(to: &image, using: generator) }
    }
}

/// A function as a transform.
public struct Lambda: Transform {
    private let function: @Sendable (_ image: inout NDArray, _ generator: RandomGenerator) -> Void

    public init(_ function: @escaping @Sendable (_ image: inout NDArray, _ generator: RandomGenerator) -> Void) {
        self.function = function
    }

    public func apply(to image: inout NDArray, using generator: RandomGenerator) { function(&image, generator) }
}
