import MartinetBase

/// The samples of another data set with their inputs transformed; see `Dataset.transformed(by:)`.
public struct TransformedDataset<Base: Dataset>: Dataset where Base.Input == Tensor {
    public typealias Target = Base.Target

    /// The data set whose samples are transformed.
    public let base: Base

    private let transforms: [any Transform]

    public var count: Int { base.count }

    public var labelNames: [String]? { base.labelNames }

    init(_ base: Base, _ transforms: [any Transform]) {
        self.base = base
        self.transforms = transforms
    }

    public func sample(
        _ index: Int, using generator: RandomGenerator
    ) throws(Base.Failure) -> (input: Tensor, target: Base.Target) {
        var (input, target) = try base.sample(index, using: generator)
        for transform in transforms { transform.apply(to: &input, using: generator) }
        return (input, target)
    }

    public func batch(
        _ indices: ArraySlice<Int>, using generators: SampleGenerators
    ) throws(Base.Failure) -> Batch<Tensor, Base.Target> {
        guard let first = indices.first else { return try base.batch(indices, using: generators) }
        let (input, target) = try sample(first, using: generators[0])
        return try Batch(writing: indices, shape: input.shape) { (index, offset, elements) throws(Base.Failure) in
            let (input, target) = offset == 0 ? (input, target) : try sample(index, using: generators[offset])
            guard input.count == elements.count else {
                BatchProblem.report(
                    "batches: a transform made samples of different shapes, \(input.shape) and others")
                return target
            }
            input.array.withUnsafePointer { source in
                _ = elements.update(fromContentsOf: UnsafeBufferPointer(start: source, count: elements.count))
            }
            return target
        }
    }
}

extension Dataset where Input == Tensor {
    /// The same samples with their inputs transformed, one transform after the other, whenever they are read.
    ///
    /// ```swift
    /// let normalize = Standardization(mean: CIFAR10.mean, standardDeviation: CIFAR10.standardDeviation)
    /// let train = data.train.transformed(by: RandomCrop(32, padding: 4), RandomHorizontalFlip(), normalize)
    /// let test = data.test.transformed(by: normalize)
    /// ```
    public func transformed(by transforms: any Transform...) -> TransformedDataset<Self> {
        TransformedDataset(self, transforms)
    }

    /// The same samples with their inputs transformed, one transform after the other, whenever they are read.
    public func transformed(by transforms: [any Transform]) -> TransformedDataset<Self> {
        TransformedDataset(self, transforms)
    }
}
