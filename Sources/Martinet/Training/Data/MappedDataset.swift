/// The samples of another data set, each changed by a function; see `Dataset.map`.
public struct MappedDataset<Base: Dataset, Input: Collatable, Target: Collatable>: Dataset {
    private let base: Base
    private let change: @Sendable (Base.Input, Base.Target, RandomGenerator) -> (Input, Target)

    public var count: Int { base.count }

    init(
        _ base: Base, _ change: @escaping @Sendable (Base.Input, Base.Target, RandomGenerator) -> (Input, Target)
    ) {
        self.base = base
        self.change = change
    }

    public func sample(
        _ index: Int, using generator: RandomGenerator
    ) throws(Base.Failure) -> (input: Input, target: Target) {
        let (input, target) = try base.sample(index, using: generator)
        return change(input, target, generator)
    }
}

extension Dataset {
    /// The same samples, each changed by `change` whenever it is read.
    ///
    /// ```swift
    /// let autoencoding = data.map { image, _ in (image, image) }
    /// ```
    public func map<NewInput: Collatable, NewTarget: Collatable>(
        _ change: @escaping @Sendable (Input, Target) -> (NewInput, NewTarget)
    ) -> MappedDataset<Self, NewInput, NewTarget> {
        MappedDataset(self) { input, target, _ in change(input, target) }
    }

    /// The same samples, each changed by `change` whenever it is read, which draws what is random from the generator.
    ///
    /// ```swift
    /// let denoising = data.map { image, _, generator in
    ///     (image + 0.1 * Tensor.normal(image.shape, generator: generator), image)
    /// }
    /// ```
    public func map<NewInput: Collatable, NewTarget: Collatable>(
        _ change: @escaping @Sendable (Input, Target, RandomGenerator) -> (NewInput, NewTarget)
    ) -> MappedDataset<Self, NewInput, NewTarget> {
        MappedDataset(self, change)
    }
}
