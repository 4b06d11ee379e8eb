import MartinetBase

/// Some samples of another data set, which they stay in.
public struct Subset<Base: Dataset>: Dataset {
    /// The data set that the samples are in.
    public let base: Base

    /// Where in `base` each sample is.
    public let indices: [Int]

    public var count: Int { indices.count }

    public var labelNames: [String]? { base.labelNames }

    public func sample(
        _ index: Int, using generator: RandomGenerator
    ) throws(Base.Failure) -> (input: Base.Input, target: Base.Target) {
        try base.sample(indices[index], using: generator)
    }

    public func batch(
        _ indices: ArraySlice<Int>, using generators: SampleGenerators
    ) throws(Base.Failure) -> Batch<Base.Input, Base.Target> {
        try base.batch(indices.map { self.indices[$0] }[...], using: generators)
    }
}

extension Dataset {
    /// The samples at `indices`, in that order.
    public func subset(_ indices: some Sequence<Int>) -> Subset<Self> {
        let indices = Array(indices)
        for index in indices {
            require(index >= 0 && index < count, "subset: the sample \(index) is out of range 0 ..< \(count)")
        }
        return Subset(base: self, indices: indices)
    }

    /// The first `length` samples, or all if there are fewer.
    public func prefix(_ length: Int) -> Subset<Self> {
        require(length >= 0, "prefix: the number of samples must not be negative, found \(length)")
        return subset(0..<min(length, count))
    }

    /// The samples dealt out at random into parts of the given fractions of the whole, as PyTorch's `random_split`.
    ///
    /// - Parameters:
    ///   - fractions: positive, their sum 1. A part has its fraction of `count` rounded down; what is left over goes, one
    ///     each, to the first parts.
    ///   - seed: what decides who goes where.
    public func randomSplit(fractions: [Double], seed: UInt64) -> [Subset<Self>] {
        splitIndices(count: count, fractions: fractions, seed: seed).map { subset($0) }
    }

    /// The samples dealt out at random into a training set and a validation set.
    ///
    /// - Parameters:
    ///   - validation: the part of all samples that the validation set gets, 0 ... 1; rounded to whole samples.
    ///   - seed: what decides who goes where.
    public func randomSplit(validation: Double, seed: UInt64) -> (train: Subset<Self>, validation: Subset<Self>) {
        let (train, validation) = splitIndices(count: count, validation: validation, seed: seed)
        return (subset(train), subset(validation))
    }
}

/// The indices that `randomSplit(validation:seed:)` deals out, for who splits something else than a data set.
public func splitIndices(count: Int, validation: Double, seed: UInt64) -> (train: [Int], validation: [Int]) {
    require(
        validation >= 0 && validation <= 1, "randomSplit: the validation part must be in 0 ... 1, found \(validation)")
    let order = randomPermutation(count, using: RandomGenerator(seed: seed))
    let kept = count - Int((Double(count) * validation).rounded())
    return (Array(order[..<kept]), Array(order[kept...]))
}

private func splitIndices(count: Int, fractions: [Double], seed: UInt64) -> [[Int]] {
    require(
        fractions.allSatisfy { $0 > 0 } && abs(fractions.reduce(0, +) - 1) < 1e-6,
        "randomSplit: the fractions must be positive and add up to 1, found \(fractions)")
    // 1e-9 makes up for products like 0.29 * 100 that fall just short of a whole number.
    var sizes = fractions.map { Int(Double(count) * $0 + 1e-9) }
    let rest = count - sizes.reduce(0, +)
    for part in 0..<max(0, rest) { sizes[part % sizes.count] += 1 }
    let order = randomPermutation(count, using: RandomGenerator(seed: seed))
    var start = 0
    return sizes.map { size in
        defer { start += size }
        return Array(order[min(start, count)..<min(start + size, count)])
    }
}

/// The numbers `0 ..< count` in random order, the same one for the same generator on every platform and Swift version.
func randomPermutation(_ count: Int, using generator: RandomGenerator) -> [Int] {
    var order = Array(0..<count)
    for last in stride(from: count - 1, to: 0, by: -1) {
        order.swapAt(last, generator.integer(below: last + 1))
    }
    return order
}
