import Foundation

/// How badly probabilities predict labels: the mean of -log p[label]. As Keras's `sparse_categorical_crossentropy`, for
/// networks that end in a softmax.
///
/// Probabilities that come straight from a softmax over their last axis are judged by their logits, as `crossEntropy` does
/// and as Keras does on TensorFlow: a sample that a network is very wrong about would have no gradient otherwise. Of others
/// each row is divided by its sum, and p limited to 1e-7 ... 1 - 1e-7; where the limit takes hold, no gradient flows.
///
/// - Parameters:
///   - probabilities: `[batch, classes]`; axes between the two are examples too.
///   - labels: the right class of each example, row-major.
///   - ignoreIndex: a label whose examples count nothing. If all are ignored, the mean is NaN.
///   - reduction: `none` gives the loss of each example.
public func sparseCategoricalCrossEntropy(
    _ probabilities: Tensor, _ labels: [Int], ignoreIndex: Int = -100, reduction: Reduction = .mean
) -> Tensor {
    if let logits = probabilities.logits {
        return crossEntropy(logits, labels, ignoreIndex: ignoreIndex, reduction: reduction)
    }
    let epsilon = 1e-7
    let examples = LabeledRows(
        probabilities, labels, ignoreIndex: ignoreIndex, operation: "sparseCategoricalCrossEntropy")
    let chosen = examples.selected().elements
    let sums = examples.rows.sum(axes: [1]).elements
    let shares = zip(chosen, sums).map { Double($0) / Double($1) }
    let losses = shares.map { Float(-log(max(epsilon, min($0, 1 - epsilon)))) }
    let counted = examples.masked(NDArray(losses, shape: [labels.count])).reshaped(examples.lossShape)
    let output = reduction.apply(counted, divisor: examples.divisor)

    let (shape, rows, divisor) = (probabilities.shape, examples.rows.shape, examples.divisor)
    return record("sparseCategoricalCrossEntropy", output, from: probabilities) { outer in
        // -log(p / sum) has the gradient 1 / sum everywhere, and -1 / p besides at the label.
        let isInside = zip(shares, labels).map { $1 != ignoreIndex && $0 >= epsilon && $0 <= 1 - epsilon }
        let everywhere = NDArray(zip(isInside, sums).map { $0 ? 1 / $1 : 0 }, shape: [labels.count, 1])
        let atLabel = NDArray(zip(isInside, chosen).map { $0 ? -1 / $1 : 0 }, shape: [labels.count, 1])
        let gradient = everywhere.broadcast(to: rows)
            .scatteringSum(of: atLabel, at: IndexArray(examples.labels, shape: [labels.count, 1]), axis: 1)
        return (gradient * reduction.spread(outer, divisor: divisor).reshaped([-1, 1])).reshaped(shape)
    }
}
