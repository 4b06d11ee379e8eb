import MartinetBase

/// Samples that go through a model together.
public struct Batch: Sendable {
    /// `[count] + ` the shape of a sample; `[count, height, width, channels]` for images.
    public let images: Tensor

    /// The label of each sample.
    public let labels: [Int]

    /// The number of samples.
    public var count: Int { labels.count }

    public init(images: Tensor, labels: [Int]) {
        require(
            images.shape.first == labels.count,
            "Batch: images of shape \(images.shape) do not fit \(labels.count) labels")
        self.images = images
        self.labels = labels
    }
}

/// The order in which an epoch goes through a data set.
public enum Shuffle: Sendable, Equatable {
    /// As the data set has them. Random transforms draw what they draw in epoch 0 of seed 0.
    case none

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
    ///   - transform: what is done to each sample.
    public func batches(
        of size: Int, shuffle: Shuffle = .none, dropLast: Bool = false, prefetch: Int = 0, workers: Int = 1,
        transform: (any Transform)? = nil
    ) -> Batches<Self> {
        require(size > 0, "batches: the size must be positive, found \(size)")
        require(
            prefetch >= 0 && workers >= 1,
            "batches: prefetch must be at least 0 and workers at least 1, found \(prefetch) and \(workers)")
        return Batches(
            dataset: self, size: size, shuffle: shuffle, dropLast: dropLast, prefetch: prefetch, workers: workers,
            transform: transform)
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
    let transform: (any Transform)?

    /// The number of batches.
    public var count: Int { dropLast ? dataset.count / size : (dataset.count + size - 1) / size }

    /// The number of samples in all batches.
    public var sampleCount: Int { dropLast ? count * size : dataset.count }

    /// Goes through the batches from the first; for data sets that can fail.
    public func throwingIterator() -> BatchIterator<Source> { BatchIterator(self) }

    /// The samples in the order of this epoch.
    func order() -> [Int] {
        switch shuffle {
        case .none: Array(0..<dataset.count)
        case .seeded(let epoch, let seed):
            randomPermutation(dataset.count, using: RandomGenerator(seed: epochSeed(epoch, seed)))
        }
    }

    /// Batch `number` of the samples in `order`.
    func batch(_ number: Int, order: [Int]) throws(Source.Failure) -> Batch {
        let indices = order[number * size..<Swift.min((number + 1) * size, order.count)]
        guard let transform else {
            let (images, labels) = try dataset.load(indices, seed: transformSeed())
            return Batch(images: Tensor(array: images), labels: labels)
        }
        return try transformed(indices, by: transform)
    }

    private func transformed(_ indices: ArraySlice<Int>, by transform: any Transform) throws(Source.Failure) -> Batch {
        let seed = transformSeed()
        let sampleShape = dataset.sampleShape
        var labels: [Int] = []
        labels.reserveCapacity(indices.count)
        var images: NDArray?
        // One array for all samples, used again as long as the transform leaves it its shape.
        var image = NDArray.zeros(sampleShape)
        for (row, index) in indices.enumerated() {
            if image.shape != sampleShape { image = NDArray.zeros(sampleShape) }
            let generator = RandomGenerator(seed: seed, stream: UInt64(index))
            labels.append(try read(index, into: &image, using: generator))
            transform.apply(to: &image, using: generator)
            var all = images.take() ?? NDArray(shape: [indices.count] + image.shape) { _ in }
            require(
                Array(all.shape.dropFirst()) == image.shape,
                "batches: a transform made samples of the shapes \(all.shape.dropFirst()) and \(image.shape)")
            all.withUnsafeMutablePointer { out in
                image.withUnsafePointer { (out + row * image.count).update(from: $0, count: image.count) }
            }
            images = all
        }
        return Batch(images: Tensor(array: images ?? NDArray.zeros([0] + sampleShape)), labels: labels)
    }

    private func read(
        _ index: Int, into image: inout NDArray, using generator: RandomGenerator
    ) throws(Source.Failure) -> Int {
        let count = image.count
        let result: Result<Int, Source.Failure> = image.withUnsafeMutablePointer { pixels in
            do throws(Source.Failure) {
                let pixels = UnsafeMutableBufferPointer(start: pixels, count: count)
                return .success(try dataset.read(index, into: pixels, using: generator))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    /// What the random streams of this epoch's samples depend on; not what its order does.
    private func transformSeed() -> UInt64 {
        switch shuffle {
        case .none: ~epochSeed(0, 0)
        case .seeded(let epoch, let seed): ~epochSeed(epoch, seed)
        }
    }

    private func epochSeed(_ epoch: Int, _ seed: UInt64) -> UInt64 {
        RandomGenerator(seed: seed, stream: UInt64(bitPattern: Int64(epoch))).next()
    }
}

extension Batches: Sequence where Source.Failure == Never {
    /// Hands out the batches of a data set that cannot fail.
    public struct Iterator: IteratorProtocol {
        fileprivate let base: BatchIterator<Source>

        public func next() -> Batch? { base.next() }
    }

    public func makeIterator() -> Iterator { Iterator(base: BatchIterator(self)) }

    public var underestimatedCount: Int { count }
}
