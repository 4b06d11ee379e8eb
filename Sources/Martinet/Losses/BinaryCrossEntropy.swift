import MartinetBase

/// How badly logits predict yes or no: the mean of -(t log sigmoid(x) + (1 - t) log(1 - sigmoid(x))), without overflow. As
/// `torch.nn.functional.binary_cross_entropy_with_logits`.
///
/// - Parameters:
///   - logits: scores before sigmoid, any shape.
///   - targets: of that shape, from 0 for no to 1 for yes.
///   - positiveWeight: what the yes counts, broadcast to the logits' shape, such as `[classes]`.
///   - reduction: `none` gives the loss of each element.
public func binaryCrossEntropy(
    logits: Tensor, _ targets: Tensor, positiveWeight: Tensor? = nil, reduction: Reduction = .mean
) -> Tensor {
    require(
        logits.shape == targets.shape,
        "binaryCrossEntropy: logits of shape \(logits.shape) and targets of shape \(targets.shape) differ")
    if let positiveWeight {
        require(
            broadcastShape(logits.shape, positiveWeight.shape, operation: "binaryCrossEntropy") == logits.shape,
            "binaryCrossEntropy: a positive weight of shape \(positiveWeight.shape) for logits of shape \(logits.shape)"
        )
    }
    let (x, t) = (logits.array, targets.array)
    // A yes counts so much more than a no.
    let extra = positiveWeight.map { $0.array + -1 }
    let hardness = extra.map { $0 * t + 1 }
    // (1 - t) x + (1 + (weight - 1) t) softplus(-x)
    let softplus = (-x).map(.softplus)
    let losses = x - t * x + (hardness.map { $0 * softplus } ?? softplus)
    let divisor = Double(x.count)
    let needsTargets = targets.requiresGradient
    return record("binaryCrossEntropy", reduction.apply(losses, divisor: divisor), from: [logits, targets]) { outer in
        let outer = reduction.spread(outer, divisor: divisor)
        let miss = (-x).map(.sigmoid)
        let byLogits = (-t + 1) - (hardness.map { $0 * miss } ?? miss)
        let byTargets = needsTargets ? (extra.map { $0 * (-x).map(.softplus) - x } ?? -x) : nil
        return [byLogits * outer, byTargets.map { $0 * outer }]
    }
}
