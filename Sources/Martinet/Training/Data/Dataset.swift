import MartinetBase

/// Samples that a model is trained on or judged by: an image (or any array of one fixed shape) and a class label each.
///
/// ```swift
/// for batch in dataset.batches(of: 128, shuffle: .seeded(epoch)) {
///     let loss = crossEntropy(model(batch.images), batch.labels)
/// }
/// ```
///
/// A data set whose samples can fail to load (a file that is missing or broken) has an error as its `Failure`; its
/// batches are then taken one by one with `try`. One that cannot fail has `Never`, and its batches are a `Sequence`.
public protocol Dataset: Sendable {
    /// What reading a sample may throw.
    associatedtype Failure: Error = any Error

    /// The number of samples.
    var count: Int { get }

    /// The shape of each sample, `[height, width, channels]` for images.
    var sampleShape: [Int] { get }

    /// Writes sample `index` to `pixels`, which has just the room of `sampleShape`, and returns its label.
    ///
    /// Called from several threads at once where batches are prefetched.
    func read(_ index: Int, into pixels: UnsafeMutableBufferPointer<Float>) throws(Failure) -> Int

    /// The same for data sets that augment their samples while they read them: all randomness comes from `generator`, which
    /// batches seed by their seed, the epoch and the index. Others need not have it.
    func read(
        _ index: Int, into pixels: UnsafeMutableBufferPointer<Float>, using generator: RandomGenerator
    ) throws(Failure) -> Int
}

extension Dataset {
    public func read(
        _ index: Int, into pixels: UnsafeMutableBufferPointer<Float>, using generator: RandomGenerator
    ) throws(Failure) -> Int {
        try read(index, into: pixels)
    }

    /// Sample `index` in an array of its own.
    public func sample(_ index: Int) throws(Failure) -> (image: Tensor, label: Int) {
        let (images, labels) = try load([index])
        return (Tensor(array: images.reshaped(sampleShape)), labels[0])
    }

    /// All samples in one array, `[count] + sampleShape`, and their labels.
    public func load() throws(Failure) -> (images: NDArray, labels: [Int]) { try load(0..<count) }

    /// The samples at `indices` in one array, in that order, and their labels; read with generators of `seed` if it is
    /// given.
    func load(
        _ indices: some Collection<Int>, seed: UInt64? = nil
    ) throws(Failure) -> (images: NDArray, labels: [Int]) {
        let size = elementCount(sampleShape)
        var labels: [Int] = []
        labels.reserveCapacity(indices.count)
        var failure: Failure?
        let images = NDArray(shape: [indices.count] + sampleShape) { out in
            do throws(Failure) {
                for (row, index) in indices.enumerated() {
                    require(
                        index >= 0 && index < count, "the sample \(index) of a data set is out of range 0 ..< \(count)")
                    let pixels = UnsafeMutableBufferPointer(start: out + row * size, count: size)
                    guard let seed else {
                        labels.append(try read(index, into: pixels))
                        continue
                    }
                    let generator = RandomGenerator(seed: seed, stream: UInt64(index))
                    labels.append(try read(index, into: pixels, using: generator))
                }
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return (images, labels)
    }
}
