import MartinetBase

// Losses by the distance between predictions and targets, which have the same shape.

/// The mean of the squared distance. As `torch.nn.functional.mse_loss`.
///
/// - Parameters:
///   - predictions: any shape.
///   - targets: of that shape.
///   - reduction: `none` gives the loss of each element.
public func mseLoss(_ predictions: Tensor, _ targets: Tensor, reduction: Reduction = .mean) -> Tensor {
    distanceLoss("mseLoss", predictions, targets, reduction, loss: { $0.map(.square) }, derivative: { $0 * 2 })
}

/// The mean of the absolute distance. As `torch.nn.functional.l1_loss`.
///
/// - Parameters:
///   - predictions: any shape.
///   - targets: of that shape.
///   - reduction: `none` gives the loss of each element.
public func l1Loss(_ predictions: Tensor, _ targets: Tensor, reduction: Reduction = .mean) -> Tensor {
    distanceLoss("l1Loss", predictions, targets, reduction, loss: { $0.map(.abs) }, derivative: { $0.map(.sign) })
}

/// Half the squared distance d up to `delta`, delta (|d| - delta / 2) beyond (Huber 1964). As
/// `torch.nn.functional.huber_loss`.
///
/// - Parameters:
///   - predictions: any shape.
///   - targets: of that shape.
///   - delta: the distance, positive, at which the loss turns from a square into a straight line.
///   - reduction: `none` gives the loss of each element.
public func huberLoss(
    _ predictions: Tensor, _ targets: Tensor, delta: Float = 1, reduction: Reduction = .mean
) -> Tensor {
    require(delta > 0, "huberLoss: delta is \(delta), expected a positive number")
    return distanceLoss(
        "huberLoss", predictions, targets, reduction,
        loss: { distance in
            // With c the limited distance, both branches are c (d - c / 2).
            let limited = distance.clamped(-delta, delta)
            return limited * (distance - limited * 0.5)
        }, derivative: { $0.clamped(-delta, delta) })
}

/// The Huber loss over `beta`: d² / (2 beta) up to `beta`, |d| - beta / 2 beyond. As `torch.nn.functional.smooth_l1_loss`;
/// with `beta` 0 it is `l1Loss`.
///
/// - Parameters:
///   - predictions: any shape.
///   - targets: of that shape.
///   - beta: the distance, 0 or more, at which the loss turns from a square into a straight line.
///   - reduction: `none` gives the loss of each element.
public func smoothL1Loss(
    _ predictions: Tensor, _ targets: Tensor, beta: Float = 1, reduction: Reduction = .mean
) -> Tensor {
    require(beta >= 0, "smoothL1Loss: beta is \(beta), expected none below 0")
    guard beta > 0 else { return l1Loss(predictions, targets, reduction: reduction) }
    return huberLoss(predictions, targets, delta: beta, reduction: reduction) / beta
}

/// - Parameters:
///   - loss: from the distances, predictions - targets, to their losses.
///   - derivative: of `loss` by the distance.
private func distanceLoss(
    _ name: String, _ predictions: Tensor, _ targets: Tensor, _ reduction: Reduction,
    loss: (NDArray) -> NDArray, derivative: @escaping @Sendable (NDArray) -> NDArray
) -> Tensor {
    require(
        predictions.shape == targets.shape,
        "\(name): predictions of shape \(predictions.shape) and targets of shape \(targets.shape) differ")
    let distance = predictions.array - targets.array
    let divisor = Double(distance.count)
    let (needsPredictions, needsTargets) = (predictions.requiresGradient, targets.requiresGradient)
    return record(name, reduction.apply(loss(distance), divisor: divisor), from: [predictions, targets]) { outer in
        let byPredictions = derivative(distance) * reduction.spread(outer, divisor: divisor)
        return [needsPredictions ? byPredictions : nil, needsTargets ? -byPredictions : nil]
    }
}
