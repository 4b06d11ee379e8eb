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
/// The norm is computed in double precision: gradients whose squares overflow or underflow are scaled rightly too.
///
/// Call it between `backward()` and the optimizer's `step()`.
///
/// - Returns: the norm before; infinite where a float cannot hold it. Where an element is NaN or infinite, the gradients are of
///   no use: with an infinite one all others become 0, and it NaN, as in PyTorch. Check the norm, or let `errorIfNonfinite` do it.
@discardableResult
public func clipGradientNorm(
    _ parameters: [Parameter], maximumNorm: Float, norm: GradientNorm = .euclidean
) -> Float {
    let total = gradientNorm(of: parameters, norm)
    scaleGradients(of: parameters, from: total, toNorm: maximumNorm)
    return Float(total)
}

/// The same, which throws where the norm is not a finite number, as PyTorch's of that name.
///
/// With `errorIfNonfinite` false it never throws.
/// - Throws: `NonfiniteGradientError`, before any gradient has been changed.
@discardableResult
public func clipGradientNorm(
    _ parameters: [Parameter], maximumNorm: Float, norm: GradientNorm = .euclidean, errorIfNonfinite: Bool
) throws(NonfiniteGradientError) -> Float {
    let total = gradientNorm(of: parameters, norm)
    guard !errorIfNonfinite || Float(total).isFinite else { throw NonfiniteGradientError(norm: Float(total)) }
    scaleGradients(of: parameters, from: total, toNorm: maximumNorm)
    return Float(total)
}

/// Gradients whose norm is not a finite number.
public struct NonfiniteGradientError: Error, Equatable, CustomStringConvertible {
    /// NaN or infinity.
    public let norm: Float

    /// What the norm is.
    public var description: String { "clipGradientNorm: the gradients' norm is \(norm), so they cannot be clipped" }
}

private func gradientNorm(of parameters: [Parameter], _ norm: GradientNorm) -> Double {
    let gradients = parameters.compactMap { $0.gradient?.array }
    switch norm {
    case .euclidean: return gradients.reduce(0) { $0 + $1.sumOfSquares() }.squareRoot()
    case .infinity:
        return Double(NDArray(gradients.map { $0.largestMagnitude() }, shape: [gradients.count]).largestMagnitude())
    }
}

private func scaleGradients(of parameters: [Parameter], from norm: Double, toNorm maximumNorm: Float) {
    require(maximumNorm >= 0, "clipGradientNorm: the maximum \(maximumNorm) is negative")
    let factor = Double(maximumNorm) / (norm + 1e-6)
    guard !(factor >= 1) else { return }
    // Where a float of the factor's size has few digits left, in two steps.
    let isSmall = factor > 0 && factor < Double(Float.leastNormalMagnitude)
    let steps = isSmall ? [0x1p-64, Float(factor * 0x1p64)] : [Float(factor)]
    for step in steps {
        for parameter in parameters { parameter.updateGradient { $0.scale(by: step) } }
    }
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

    /// Limits the gradients.
    ///
    /// - Throws: `NonfiniteGradientError` where they have no norm; they are then as they were.
    func callAsFunction(_ parameters: [Parameter]) throws(NonfiniteGradientError) {
        switch self {
        case .norm(let maximum):
            try clipGradientNorm(parameters, maximumNorm: maximum, errorIfNonfinite: true)
        case .value(let limit): clipGradientValue(parameters, limit: limit)
        }
    }
}
