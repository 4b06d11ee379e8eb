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
