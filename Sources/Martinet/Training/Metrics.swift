import MartinetBase

// How good predictions are, for loops that are written out; `fit` and `evaluate` take a `Metric`.

/// The part of the examples whose largest score is at their label; NaN for none.
///
/// - Parameters:
///   - scores: `[batch, classes]`: logits, probabilities, or anything that grows with them.
///   - labels: the right class of each example.
public func accuracy(_ scores: Tensor, _ labels: [Int]) -> Double {
    Metric.accuracy.sum(scores, labels) / Double(labels.count)
}

/// The part of the examples whose label is among the `k` largest scores; NaN for none. Of equal scores, the earlier ones
/// count as the larger.
///
/// - Parameters:
///   - scores: `[batch, classes]`: logits, probabilities, or anything that grows with them.
///   - labels: the right class of each example.
///   - k: how many guesses each example has; 5, as for ImageNet.
public func topKAccuracy(_ scores: Tensor, _ labels: [Int], k: Int = 5) -> Double {
    Metric.topK(k).sum(scores, labels) / Double(labels.count)
}

/// The mean of values that come in one by one, such as the losses of batches.
public struct RunningAverage: Sendable {
    private var total = 0.0

    /// How many values the mean is of.
    public private(set) var count = 0

    public init() {}

    /// The mean so far; NaN of no values.
    public var value: Double { total / Double(count) }

    /// Takes up a value that is itself the mean of `count`, of a batch's examples for one.
    public mutating func add(_ value: Double, count: Int = 1) {
        require(count >= 0, "RunningAverage: a count of \(count) is negative")
        guard count > 0 else { return }
        total += value * Double(count)
        self.count += count
    }

    /// Takes up a value that is itself the mean of `count`, of a batch's examples for one.
    public mutating func add(_ value: Float, count: Int = 1) { add(Double(value), count: count) }
}
