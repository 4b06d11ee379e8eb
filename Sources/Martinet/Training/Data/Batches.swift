import MartinetBase

/// The order in which an epoch goes through a data set.
public enum Shuffle: Sendable, Equatable {
    /// As the data set has them. Random transforms draw what they draw in epoch 0 of seed 0.
    case none

    /// As the data set has them, but random transforms draw anew each epoch.
    case inOrder(_ epoch: Int, seed: UInt64 = 0)

    /// At random: another order for each epoch, the same for the same epoch and seed. Random transforms, too, draw anew
    /// each epoch.
    case seeded(_ epoch: Int, seed: UInt64 = 0)
}

extension Dataset {
    /// One epoch of the data set in batches.
    ///
    /// - Parameters:
    ///   - size: the number of samples in each batch.
    ///   - shuffle: the order of the samples.
    ///   - dropLast: whether the samples that do not fill a last batch are left out.
    ///   - prefetch: how many batches are kept ready, made while the consumer computes; 0 makes each when it is wanted, on
    ///     the consumer's thread.
    ///   - workers: how many threads make batches ahead, where `prefetch` allows as many. Neither number changes what
    ///     the batches hold or their order.
    public func batches(
        of size: Int, shuffle: Shuffle = .none, dropLast: Bool = false, prefetch: Int = 0, workers: Int = 1
    ) -> Batches<Self> {
        require(size > 0, "batches: the size must be positive, found \(size)")
        require(
            prefetch >= 0 && workers >= 1,
            "batches: prefetch must be at least 0 and workers at least 1, found \(prefetch) and \(workers)")
        return Batches(
            dataset: self, size: size, shuffle: shuffle, dropLast: dropLast, prefetch: prefetch, workers: workers)
    }
}

/// One epoch of a data set in batches, which can be gone through any number of times with the same result.
///
/// A `Sequence` where the data set cannot fail. Where it can:
///
/// ```swift
/// let iterator = dataset.batches(of: 128).throwingIterator()
/// while let batch = try iterator.next() { … }
/// ```
public struct Batches<Source: Dataset>: Sendable {
    let dataset: Source
    let size: Int
    let shuffle: Shuffle
    let dropLast: Bool
    let prefetch: Int
    let workers: Int

    /// Whether what transforms say of samples that they cannot take comes with the batches, as `fit` wants it, instead of
    /// stopping the program.
    var collectsProblems = false

    /// The number of batches.
    public var count: Int { dropLast ? dataset.count / size : (dataset.count + size - 1) / size }

    /// The number of samples in all batches.
    public var sampleCount: Int { dropLast ? count * size : dataset.count }

    /// Goes through the batches from the first; for data sets that can fail.
    public func throwingIterator() -> BatchIterator<Source> { BatchIterator(self) }

    /// The samples in the order of this epoch.
    func order() -> [Int] {
        switch shuffle {
        case .none, .inOrder: Array(0..<dataset.count)
        case .seeded(let epoch, let seed):
            randomPermutation(dataset.count, using: RandomGenerator(seed: epochSeed(epoch, seed)))
        }
    }

    /// Batch `number` of the samples in `order`.
    func batch(_ number: Int, order: [Int]) throws(Source.Failure) -> Batch<Source.Input, Source.Target> {
        let indices = order[number * size..<Swift.min((number + 1) * size, order.count)]
        return try dataset.batch(indices, using: SampleGenerators(seed: sampleSeed(), indices: indices))
    }

    /// The same with what was said of it.
    func reviewedBatch(_ number: Int, order: [Int]) throws(Source.Failure) -> ReviewedBatch<Source> {
        guard collectsProblems else { return ReviewedBatch(batch: try batch(number, order: order), problem: nil) }
        let problem = BatchProblem()
        let result: Result<Batch<Source.Input, Source.Target>, Source.Failure> = problem.collecting {
            Result { () throws(Source.Failure) in try batch(number, order: order) }
        }
        return ReviewedBatch(batch: try result.get(), problem: problem.message)
    }

    /// The seed of the random streams of this epoch's samples; their order has its own.
    private func sampleSeed() -> UInt64 {
        switch shuffle {
        case .none: ~epochSeed(0, 0)
        case .inOrder(let epoch, let seed), .seeded(let epoch, let seed): ~epochSeed(epoch, seed)
        }
    }

    private func epochSeed(_ epoch: Int, _ seed: UInt64) -> UInt64 {
        RandomGenerator(seed: seed, stream: UInt64(bitPattern: Int64(epoch))).next()
    }
}

/// A batch, and what a transform said of a sample that it could not take; nil if all is well.
struct ReviewedBatch<Source: Dataset>: Sendable {
    let batch: Batch<Source.Input, Source.Target>
    let problem: String?
}

extension Batches: Sequence where Source.Failure == Never {
    /// Hands out the batches of a data set that cannot fail.
    public struct Iterator: IteratorProtocol {
        fileprivate let base: BatchIterator<Source>

        public func next() -> Batch<Source.Input, Source.Target>? { base.next() }
    }

    public func makeIterator() -> Iterator { Iterator(base: BatchIterator(self)) }

    public var underestimatedCount: Int { count }
}
