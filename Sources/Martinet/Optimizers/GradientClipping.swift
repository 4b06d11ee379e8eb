import MartinetBase

/// Which norm `clipGradientNorm` measures.
public enum GradientNorm: Sendable {
    /// The root of the sum of squares.
    case euclidean
    /// The largest absolute value.
    case infinity
}

/// Scales the gradients of `parameters`, taken as one vector, so that their norm is at most `maximumNorm`. As
/// `torch.nn.utils.clip_grad_norm_`: the factor is `maximumNorm` / (norm + 1e-6) where that is below 1.
///
/// Call it between `backward()` and the optimizer's `step()`.
///
/// - Returns: the norm before. Where it is NaN or infinite, the gradients are of no use: check it, or leave out the step.
@discardableResult
public func clipGradientNorm(
    _ parameters: [Parameter], maximumNorm: Float, norm: GradientNorm = .euclidean
) -> Float {
    require(maximumNorm >= 0, "clipGradientNorm: the maximum \(maximumNorm) is negative")
    let gradients = parameters.compactMap { $0.gradient?.array }
    let total: Float
    switch norm {
    case .euclidean: total = Float(gradients.reduce(0) { $0 + $1.sumOfSquares() }.squareRoot())
    case .infinity:
        total = NDArray(gradients.map { $0.largestMagnitude() }, shape: [gradients.count]).largestMagnitude()
    }
    let factor = maximumNorm / (total + 1e-6)
    if !(factor >= 1) {
        for parameter in parameters { parameter.updateGradient { $0.scale(by: factor) } }
    }
    return total
}

/// Limits each element of the gradients of `parameters` to `-limit ... limit`. As `torch.nn.utils.clip_grad_value_`.
public func clipGradientValue(_ parameters: [Parameter], limit: Float) {
    require(limit >= 0, "clipGradientValue: the limit \(limit) is negative")
    for parameter in parameters { parameter.updateGradient { $0 = $0.clamped(-limit, limit) } }
}

/// How `fit` limits gradients before each step.
public enum GradientClipping: Sendable, Equatable {
    /// All gradients are scaled so that their common Euclidean norm is at most this.
    case norm(Float)

    /// Each element is limited to this in either direction.
    case value(Float)

    func callAsFunction(_ parameters: [Parameter]) {
        switch self {
        case .norm(let maximum): clipGradientNorm(parameters, maximumNorm: maximum)
        case .value(let limit): clipGradientValue(parameters, limit: limit)
        }
    }
}
