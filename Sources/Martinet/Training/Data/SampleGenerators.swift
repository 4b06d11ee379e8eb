/// A random generator for each sample of a batch.
///
/// A sample's generator depends on the seed, the epoch and the sample's place in the data set that is gone through, so neither
/// threads nor batch sizes change what is drawn.
public struct SampleGenerators: Sendable {
    private let seed: UInt64
    private let indices: ArraySlice<Int>

    init(seed: UInt64, indices: ArraySlice<Int>) {
        self.seed = seed
        self.indices = indices
    }

    /// The generator of the batch's sample number `offset`, 0 for the first.
    public subscript(offset: Int) -> RandomGenerator {
        RandomGenerator(seed: seed, stream: UInt64(indices[indices.startIndex + offset]))
    }
}
