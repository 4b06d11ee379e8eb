import MartinetBase

/// How badly logits predict labels: the mean of -log softmax(logits)[label]. As `torch.nn.functional.cross_entropy`.
///
/// One operation, computed without overflow; its gradient is softmax - target.
///
/// - Parameters:
///   - logits: scores before softmax, `[batch, classes]`; axes between the two, such as height and width, are examples too.
///   - labels: the right class of each example, row-major.
///   - weights: `[classes]`, what each class counts. The mean then divides by the sum of the labels' weights, as PyTorch's.
///   - labelSmoothing: the part of the target, 0 to 1, that is spread evenly over all classes (Szegedy et al., arXiv
///     1512.00567).
///   - ignoreIndex: a label whose examples count nothing, as a segmentation's border. If all are ignored, the mean is NaN.
///   - reduction: `none` gives the loss of each example, in the shape of `logits` without the classes.
public func crossEntropy(
    _ logits: Tensor, _ labels: [Int], weights: Tensor? = nil, labelSmoothing: Float = 0, ignoreIndex: Int = -100,
    reduction: Reduction = .mean
) -> Tensor {
    require(
        (0...1).contains(labelSmoothing), "crossEntropy: the label smoothing \(labelSmoothing) is not in 0 ... 1")
    let examples = LabeledRows(
        logits, labels, weights: weights, ignoreIndex: ignoreIndex, operation: "crossEntropy")
    let (losses, gradient) = examples.rows.crossEntropy(
        labels: examples.labels, weights: examples.weights, labelSmoothing: labelSmoothing,
        needsGradient: logits.requiresGradient && Recording.isEnabled)
    let output = reduction.apply(examples.masked(losses).reshaped(examples.lossShape), divisor: examples.divisor)
    guard let gradient else { return Tensor(array: output) }
    let (shape, divisor, mask) = (logits.shape, examples.divisor, examples.mask)
    return record("crossEntropy", output, from: logits) { outer in
        // One factor for each row, or one for all.
        let factors = reduction.spread(outer, divisor: divisor).reshaped([-1, 1])
        guard let mask else { return (gradient * factors).reshaped(shape) }
        return NDArray.where(mask.reshaped([-1, 1]), gradient * factors, NDArray(scalar: 0)).reshaped(shape)
    }
}
