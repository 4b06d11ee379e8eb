import MartinetBase

// How good predictions are, for loops that are written out; `fit` and `evaluate` take a `Metric`.

/// The part of the examples whose largest score is at their label; NaN for none.
///
/// - Parameters:
///   - scores: `[batch, classes]`: logits, probabilities, or anything that grows with them.
///   - labels: the right class of each example.
public func accuracy(_ scores: Tensor, _ labels: [Int]) -> Double {
    Metric<Tensor, Int>.accuracy.sum(scores, labels) / Double(labels.count)
}

/// The part of the examples whose label is among the `k` largest scores; NaN for none. Of equal scores, the earlier ones
/// count as the larger.
///
/// - Parameters:
///   - scores: `[batch, classes]`: logits, probabilities, or anything that grows with them.
///   - labels: the right class of each example.
///   - k: how many guesses each example has; 5, as for ImageNet.
public func topKAccuracy(_ scores: Tensor, _ labels: [Int], k: Int = 5) -> Double {
    Metric<Tensor, Int>.topK(k).sum(scores, labels) / Double(labels.count)
}
