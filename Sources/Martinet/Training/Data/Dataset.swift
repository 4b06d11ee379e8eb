import MartinetBase

/// Samples that a model is trained on or judged by: an input and a target each, of any type that can be collated.
///
/// ```swift
/// for batch in dataset.batches(of: 128, shuffle: .seeded(epoch)) {
///     let loss = crossEntropy(model(batch.images), batch.labels)
/// }
/// ```
///
/// One of one's own needs its number of samples, and one sample at a time:
///
/// ```swift
/// struct Sines: Dataset {
///     let count = 1000
///
///     func sample(_ index: Int, using generator: RandomGenerator) -> (input: Tensor, target: Tensor) {
///         let x = Float(index) / 100
///         return (Tensor([x]), Tensor([sin(x)]))
///     }
/// }
/// ```
///
/// A data set whose samples can fail to load (a file that is missing or broken) has an error as its `Failure`; its
/// batches are then taken one by one with `try`. One that cannot fail has `Never`, and its batches are a `Sequence`.
public protocol Dataset<Input, Target>: Sendable {
    /// A sample's part that the model gets: a `Tensor`, or a struct of one's own.
    associatedtype Input: Collatable

    /// The output that the model should give for it: the number of a class, a `Tensor`, a struct of one's own.
    associatedtype Target: Collatable

    /// The errors of reading a sample.
    associatedtype Failure: Error = any Error

    /// The number of samples.
    var count: Int { get }

    /// What the labels are called, in order, where the targets are labels with names; nil otherwise. `fit` refuses a validation set
    /// whose labels mean something else than the training's.
    var labelNames: [String]? { get }

    /// Sample `index`.
    ///
    /// Called from several threads at once where batches are prefetched. All randomness, of data sets that change their samples
    /// while they read them, comes from `generator`.
    func sample(_ index: Int, using generator: RandomGenerator) throws(Failure) -> (input: Input, target: Target)

    /// The samples at `indices` together. Collates them one by one unless it is overridden, by a data set that can write them
    /// to a batch at once.
    func batch(
        _ indices: ArraySlice<Int>, using generators: SampleGenerators
    ) throws(Failure) -> Batch<Input, Target>
}

extension Dataset {
    public var labelNames: [String]? { nil }

    public func batch(
        _ indices: ArraySlice<Int>, using generators: SampleGenerators
    ) throws(Failure) -> Batch<Input, Target> {
        var inputs: [Input] = []
        var targets: [Target] = []
        inputs.reserveCapacity(indices.count)
        targets.reserveCapacity(indices.count)
        for (offset, index) in indices.enumerated() {
            let (input, target) = try sample(index, using: generators[offset])
            inputs.append(input)
            targets.append(target)
        }
        return Batch(inputs: Input.collate(inputs), targets: Target.collate(targets), count: inputs.count)
    }

    /// Sample `index`, with what a data set draws at random drawn from a generator of the index alone.
    public func sample(_ index: Int) throws(Failure) -> (input: Input, target: Target) {
        try sample(index, using: RandomGenerator(seed: 0, stream: UInt64(index)))
    }

    /// All samples in one batch.
    public func load() throws(Failure) -> Batch<Input, Target> {
        let indices = Array(0..<count)[...]
        return try batch(indices, using: SampleGenerators(seed: 0, indices: indices))
    }

    /// Stops unless there is a sample `index`.
    package func checkIndex(_ index: Int) {
        require(index >= 0 && index < count, "the sample \(index) of a data set is out of range 0 ..< \(count)")
    }
}
