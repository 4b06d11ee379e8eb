/// The negative log-likelihood: the mean of -logProbabilities[label]. As `torch.nn.functional.nll_loss`.
///
/// - Parameters:
///   - logProbabilities: such as `logSoftmax` gives, `[batch, classes]`; axes between the two are examples too.
///   - labels: the right class of each example, row-major.
///   - weights: `[classes]`, what each class counts. The mean then divides by the sum of the labels' weights.
///   - ignoreIndex: a label whose examples count nothing.
///   - reduction: `none` gives the loss of each example.
public func nllLoss(
    _ logProbabilities: Tensor, _ labels: [Int], weights: Tensor? = nil, ignoreIndex: Int = -100,
    reduction: Reduction = .mean
) -> Tensor {
    let examples = LabeledRows(
        logProbabilities, labels, weights: weights, ignoreIndex: ignoreIndex, operation: "nllLoss")
    let labels = examples.labels
    let factors = examples.masked(
        examples.weights.map { -$0.selecting(labels, axis: 0) } ?? NDArray(repeating: -1, shape: [labels.count]))
    let losses = examples.masked(examples.selected().reshaped([-1]) * factors)
    let output = reduction.apply(losses.reshaped(examples.lossShape), divisor: examples.divisor)
    let (shape, rows, divisor) = (logProbabilities.shape, examples.rows.shape, examples.divisor)
    return record("nllLoss", output, from: logProbabilities) { outer in
        let byLabel = factors * reduction.spread(outer, divisor: divisor).reshaped([-1])
        return NDArray.zeros(rows)
            .scatteringSum(of: byLabel.reshaped([-1, 1]), at: IndexArray(labels, shape: [labels.count, 1]), axis: 1)
            .reshaped(shape)
    }
}
