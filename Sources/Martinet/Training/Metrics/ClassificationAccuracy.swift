import MartinetBase

// How good predictions are, for loops that are written out; `fit` and `evaluate` take a `Metric`.

/// The part of the examples whose largest score is at their label; NaN for none.
///
/// - Parameters:
///   - scores: `[batch, classes]`: logits, probabilities, or anything that grows with them.
///   - labels: the right class of each example.
///   - ignoreIndex: a label whose examples do not count.
public func accuracy(_ scores: Tensor, _ labels: [Int], ignoreIndex: Int = -100) -> Double {
    mean(of: .accuracy(ignoreIndex: ignoreIndex), scores, labels)
}

/// The part of the examples whose label is among the `k` largest scores; NaN for none. Of equal scores, the earlier ones
/// count as the larger.
///
/// - Parameters:
///   - scores: `[batch, classes]`: logits, probabilities, or anything that grows with them.
///   - labels: the right class of each example.
///   - k: how many guesses each example has; 5, as for ImageNet.
///   - ignoreIndex: a label whose examples do not count.
public func topKAccuracy(_ scores: Tensor, _ labels: [Int], k: Int = 5, ignoreIndex: Int = -100) -> Double {
    mean(of: .topK(k, ignoreIndex: ignoreIndex), scores, labels)
}

/// The part of the examples whose output is above `threshold` where their label is 1, and not above where it is 0; NaN for
/// none.
///
/// - Parameters:
///   - outputs: one an example, `[batch]` or `[batch, 1]`.
///   - labels: 0 or 1 for each example.
///   - threshold: 0 for logits; 0.5 for probabilities.
public func binaryAccuracy(_ outputs: Tensor, _ labels: [Int], threshold: Float = 0) -> Double {
    mean(of: .binaryAccuracy(threshold: threshold), outputs, labels)
}

private func mean(of metric: Metric<Tensor, Int>, _ outputs: Tensor, _ labels: [Int]) -> Double {
    metric.sum(outputs, labels) / (metric.count?(labels) ?? Double(labels.count))
}
