import Foundation
import MartinetBase

// Losses of distributions: of probabilities, counts and spreads.

/// The Kullback-Leibler divergence of the targets from the predictions, element by element: target (log target - prediction). As
/// `torch.nn.functional.kl_div`.
///
/// Over a batch the divergence is the sum over the elements of a sample and the mean over samples: take the sum, and divide it by
/// the batch's size.
///
/// - Parameters:
///   - logProbabilities: the predictions, logarithms of probabilities, any shape.
///   - targets: probabilities of that shape, or their logarithms.
///   - logTargets: whether the targets are logarithms.
///   - reduction: `none` gives the loss of each element; the mean is over all elements.
public func klDivergence(
    _ logProbabilities: Tensor, _ targets: Tensor, logTargets: Bool = false, reduction: Reduction = .mean
) -> Tensor {
    requireLike("klDivergence", logProbabilities, targets)
    if logTargets { return reduction.apply(exp(targets) * (targets - logProbabilities)) }
    // Where a target is 0 its logarithm counts nothing.
    let isPositive = targets.detached .> 0
    let logarithms = log(`where`(isPositive, targets, Tensor(1)))
    return reduction.apply(`where`(isPositive, targets * (logarithms - logProbabilities), Tensor(0)))
}

/// How unlikely counts are under a Poisson distribution, but for what depends on the counts alone. As
/// `torch.nn.functional.poisson_nll_loss`.
///
/// - Parameters:
///   - predictions: the logarithms of expected counts, any shape, or these themselves.
///   - targets: the counts, of that shape.
///   - logInput: whether the predictions are logarithms.
///   - full: whether to add Stirling's approximation of the rest, for counts above 1.
///   - epsilon: added to expected counts before their logarithm is taken.
///   - reduction: `none` gives the loss of each element.
public func poissonNLLLoss(
    _ predictions: Tensor, _ targets: Tensor, logInput: Bool = true, full: Bool = false, epsilon: Float = 1e-8,
    reduction: Reduction = .mean
) -> Tensor {
    requireLike("poissonNLLLoss", predictions, targets)
    var losses =
        logInput ? exp(predictions) - targets * predictions : predictions - targets * log(predictions + epsilon)
    if full {
        let isLarge = targets.detached .> 1
        let counts = `where`(isLarge, targets, Tensor(1))
        let rest = counts * log(counts) - counts + 0.5 * log(counts * (2 * Float.pi))
        losses += `where`(isLarge, rest, Tensor(0))
    }
    return reduction.apply(losses)
}

/// How unlikely targets are under normal distributions: (log variance + (prediction - target)² / variance) / 2. As
/// `torch.nn.functional.gaussian_nll_loss`.
///
/// - Parameters:
///   - predictions: the means, any shape.
///   - targets: of that shape.
///   - variance: broadcast to that shape; at least `epsilon` is taken.
///   - full: whether to add the constant log(2π) / 2.
///   - epsilon: the least variance. What is below it has no gradient.
///   - reduction: `none` gives the loss of each element.
public func gaussianNLLLoss(
    _ predictions: Tensor, _ targets: Tensor, variance: Tensor, full: Bool = false, epsilon: Float = 1e-6,
    reduction: Reduction = .mean
) -> Tensor {
    requireLike("gaussianNLLLoss", predictions, targets)
    // PyTorch limits the variance without a trace in the graph.
    let limited = variance + (clamp(variance.detached, low: epsilon) - variance.detached)
    let losses = (log(limited) + square(predictions - targets) / limited) * 0.5
    return reduction.apply(full ? losses + 0.5 * logf(2 * .pi) : losses)
}

/// Binary cross-entropy in which what is predicted well counts little (Lin et al., arXiv 1708.02002): of the probability p of the
/// right answer, -(1 - p)^gamma log p. As `torchvision.ops.sigmoid_focal_loss`.
///
/// - Parameters:
///   - logits: scores before sigmoid, any shape.
///   - targets: of that shape, from 0 for no to 1 for yes.
///   - alpha: what a yes counts, a no counting 1 - alpha; negative for 1 both.
///   - gamma: how fast a loss falls with the probability of the right answer.
///   - reduction: `none` gives the loss of each element.
public func focalLoss(
    logits: Tensor, _ targets: Tensor, alpha: Float = 0.25, gamma: Float = 2, reduction: Reduction = .mean
) -> Tensor {
    requireLike("focalLoss", logits, targets)
    let probabilities = sigmoid(logits)
    let right = probabilities * targets + (1 - probabilities) * (1 - targets)
    var losses = binaryCrossEntropy(logits: logits, targets, reduction: .none) * pow(1 - right, gamma)
    if alpha >= 0 { losses *= targets * alpha + (1 - targets) * (1 - alpha) }
    return reduction.apply(losses)
}

/// One minus the overlap of two masks, 2 Σ p t / (Σ p + Σ t), of each sample and channel (Milletari et al., arXiv 1606.04797).
///
/// - Parameters:
///   - probabilities: `[batch, ..., channels]`, from 0 to 1.
///   - targets: of that shape.
///   - smoothing: added to both sides of the fraction, so that empty masks that agree overlap.
///   - reduction: `none` gives `[batch, channels]`.
public func diceLoss(
    _ probabilities: Tensor, _ targets: Tensor, smoothing: Float = 1, reduction: Reduction = .mean
) -> Tensor {
    requireLike("diceLoss", probabilities, targets)
    require(
        probabilities.rank >= 2, "diceLoss: masks of shape \(probabilities.shape), expected [batch, ..., channels]")
    let axes = Array(1..<probabilities.rank - 1)
    func total(_ x: Tensor) -> Tensor { axes.isEmpty ? x : x.sum(axes: axes) }
    let overlap = (2 * total(probabilities * targets) + smoothing)
    return reduction.apply(1 - overlap / (total(probabilities) + total(targets) + smoothing))
}

/// Stops unless both tensors have one shape.
func requireLike(_ operation: String, _ a: Tensor, _ b: Tensor) {
    require(a.shape == b.shape, "\(operation): the shapes \(a.shape) and \(b.shape) differ")
}
