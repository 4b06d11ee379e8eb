import Foundation
import MartinetBase

// Losses of comparisons: how far apart things should be, or how sure an answer.

/// The cosine of the angle between vectors along `axis`. As `torch.nn.functional.cosine_similarity`.
///
/// - Parameters:
///   - a: vectors along `axis`.
///   - b: of that shape.
///   - axis: which the result lacks.
///   - epsilon: the least norm that is divided by.
public func cosineSimilarity(_ a: Tensor, _ b: Tensor, axis: Int = -1, epsilon: Float = 1e-8) -> Tensor {
    requireLike("cosineSimilarity", a, b)
    func norm(_ x: Tensor) -> Tensor { maximum(x.norm(axes: [axis]), Tensor(epsilon)) }
    return (a * b).sum(axes: [axis]) / (norm(a) * norm(b))
}

/// One minus the cosine for vectors that belong together, the cosine above `margin` for others. As
/// `torch.nn.functional.cosine_embedding_loss`.
///
/// - Parameters:
///   - a: `[batch, features]`.
///   - b: of that shape.
///   - targets: `[batch]`, 1 for pairs that belong together, -1 for others.
///   - margin: the cosine that others may have.
///   - reduction: `none` gives the loss of each pair.
public func cosineEmbeddingLoss(
    _ a: Tensor, _ b: Tensor, _ targets: Tensor, margin: Float = 0, reduction: Reduction = .mean
) -> Tensor {
    let cosine = cosineSimilarity(a, b)
    requireLike("cosineEmbeddingLoss", cosine, targets)
    return reduction.apply(`where`(targets.detached .> 0, 1 - cosine, relu(cosine - margin)))
}

/// How much nearer an anchor is to what is like it than to what is not, up to `margin` (Schroff et al., arXiv 1503.03832). As
/// `torch.nn.functional.triplet_margin_loss`.
///
/// - Parameters:
///   - anchor: `[..., features]`.
///   - positive: like the anchors, of that shape.
///   - negative: unlike them, of that shape.
///   - margin: by how much the negative should be farther away.
///   - order: of the norm that measures distances.
///   - epsilon: added to each difference.
///   - swap: whether the negative's distance from the positive counts if it is less (Balntas et al. 2016).
///   - reduction: `none` gives the loss of each triplet.
public func tripletMarginLoss(
    _ anchor: Tensor, _ positive: Tensor, _ negative: Tensor, margin: Float = 1, order: Float = 2,
    epsilon: Float = 1e-6, swap: Bool = false, reduction: Reduction = .mean
) -> Tensor {
    requireLike("tripletMarginLoss", anchor, positive)
    requireLike("tripletMarginLoss", anchor, negative)
    func distance(_ a: Tensor, _ b: Tensor) -> Tensor { (a - b + epsilon).norm(order, axes: [-1]) }
    let near = distance(anchor, positive)
    let far = distance(anchor, negative)
    return reduction.apply(relu(near - (swap ? minimum(far, distance(positive, negative)) : far) + margin))
}

/// The squared distance of pairs that belong together, and for others the square of what it lacks of `margin` (Hadsell et al. 2006).
///
/// - Parameters:
///   - a: `[batch, features]`.
///   - b: of that shape.
///   - targets: `[batch]`, 1 for pairs that belong together, 0 for others.
///   - margin: the distance from which on others are far enough apart.
///   - reduction: `none` gives the loss of each pair.
public func contrastiveLoss(
    _ a: Tensor, _ b: Tensor, _ targets: Tensor, margin: Float = 1, reduction: Reduction = .mean
) -> Tensor {
    requireLike("contrastiveLoss", a, b)
    let distance = (a - b).norm(axes: [-1])
    requireLike("contrastiveLoss", distance, targets)
    return reduction.apply(targets * square(distance) + (1 - targets) * square(relu(margin - distance)))
}

/// What a score that should be the larger one lacks of `margin` above the other. As `torch.nn.functional.margin_ranking_loss`.
///
/// - Parameters:
///   - a: scores, any shape.
///   - b: of that shape.
///   - targets: of that shape, 1 where `a` should be larger, -1 where `b` should.
///   - margin: by how much.
///   - reduction: `none` gives the loss of each pair.
public func marginRankingLoss(
    _ a: Tensor, _ b: Tensor, _ targets: Tensor, margin: Float = 0, reduction: Reduction = .mean
) -> Tensor {
    requireLike("marginRankingLoss", a, b)
    requireLike("marginRankingLoss", a, targets)
    return reduction.apply(relu(margin - targets * (a - b)))
}

/// What a score of the right sign lacks of 1, as of support vector machines: max(0, 1 - score target).
///
/// - Parameters:
///   - scores: any shape.
///   - targets: of that shape, 1 or -1.
///   - reduction: `none` gives the loss of each score.
public func hingeLoss(_ scores: Tensor, _ targets: Tensor, reduction: Reduction = .mean) -> Tensor {
    requireLike("hingeLoss", scores, targets)
    return reduction.apply(relu(1 - scores * targets))
}

/// The logarithm of the hyperbolic cosine of the distance: half its square where it is small, the distance itself where it is large.
///
/// - Parameters:
///   - predictions: any shape.
///   - targets: of that shape.
///   - reduction: `none` gives the loss of each element.
public func logCoshLoss(_ predictions: Tensor, _ targets: Tensor, reduction: Reduction = .mean) -> Tensor {
    requireLike("logCoshLoss", predictions, targets)
    let distance = predictions - targets
    return reduction.apply(distance + softplus(distance * -2) - logf(2))
}
