import CKernels
import Foundation
import MartinetBase

/// A seedable source of random numbers: SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators",
/// 2014), whose n-th output is a function of seed and n alone, so that a large array is filled in parallel with the same
/// numbers whatever the number of threads.
///
/// Whoever needs random numbers takes a generator, by default `RandomGenerator.default`, which `manualSeed(_:)` seeds.
public final class RandomGenerator: RandomNumberGenerator, Sendable {
    /// The generator of initialisers, dropout and shuffles that are given none of their own.
    public static let `default` = RandomGenerator(seed: 0)

    private static let increment: UInt64 = 0x9e37_79b9_7f4a_7c15
    private let state: Locked<UInt64>

    public init(seed: UInt64) {
        state = Locked(Self.mix(seed &+ Self.increment))
    }

    /// The generator number `stream` of a family: independent of its siblings, and of the generator of the same seed.
    public convenience init(seed: UInt64, stream: UInt64) {
        self.init(seed: Self.mix(seed) &+ Self.mix(~stream))
    }

    /// Starts again from `seed`.
    public func seed(_ seed: UInt64) {
        state.withLock { $0 = Self.mix(seed &+ Self.increment) }
    }

    public func next() -> UInt64 { Self.mix(advance(by: 1) &+ Self.increment) }

    /// A whole number in `0 ..< bound`, which must be positive; the bias is below bound / 2^64.
    public func integer(below bound: Int) -> Int {
        require(bound > 0, "integer(below:): the bound must be positive, found \(bound)")
        // The high half of a product (Lemire, "Fast random integer generation in an interval", 2019).
        return Int(next().multipliedFullWidth(by: UInt64(bound)).high)
    }

    /// A number uniform in `range`; at its lower bound where the range is but a point.
    public func uniform(in range: ClosedRange<Float>) -> Float {
        // 24 bits are what a float below 1 can hold.
        let fraction = Float(next() >> 40) * 0x1p-24
        return range.lowerBound + (range.upperBound - range.lowerBound) * fraction
    }

    /// Numbers uniform in `range`'s half-open interval.
    public func uniform(count: Int, in range: Range<Float>) -> [Float] {
        [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
            if let base = buffer.baseAddress { fillUniform(base, count: count, in: range) }
            initialized = count
        }
    }

    func fillUniform(_ out: UnsafeMutablePointer<Float>, count: Int, in range: Range<Float>) {
        let start = advance(by: count)
        parallelFill(out, count: count, grain: 1 << 14) { part, items in
            mk_uniform(
                items.count, start &+ UInt64(items.lowerBound) &* Self.increment, range.lowerBound, range.upperBound,
                part)
        }
    }

    /// Normal numbers by Box and Muller's transform.
    func fillNormal(_ out: UnsafeMutablePointer<Float>, count: Int, mean: Float, standardDeviation: Float) {
        let start = advance(by: count + 1)
        // Whole pairs, so that where a thread's part begins does not change the numbers.
        parallelFill(out, count: count / 2, width: 2, grain: 1 << 13) { part, pairs in
            mk_normal(
                pairs.count, start &+ UInt64(2 * pairs.lowerBound) &* Self.increment, mean, standardDeviation, part)
        }
        guard count % 2 == 1 else { return }
        withUnsafeTemporaryAllocation(of: Float.self, capacity: 2) { pair in
            mk_normal(1, start &+ UInt64(count - 1) &* Self.increment, mean, standardDeviation, pair.baseAddress)
            out[count - 1] = pair[0]
        }
    }

    /// The state before `count` outputs, which are hereby used.
    private func advance(by count: Int) -> UInt64 {
        state.withLock { state in
            let before = state
            state &+= UInt64(count) &* Self.increment
            return before
        }
    }

    private static func mix(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}

/// Seeds the default generator, as `torch.manual_seed` does.
public func manualSeed(_ seed: UInt64) { RandomGenerator.default.seed(seed) }
