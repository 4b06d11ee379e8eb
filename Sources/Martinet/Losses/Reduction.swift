/// How the losses of a batch's elements are put together.
public enum Reduction: Sendable {
    /// Their mean, a scalar.
    case mean
    /// Their sum, a scalar.
    case sum
    /// They stay, one each.
    case none

    /// - Parameter divisor: what the sum is divided by for the mean: the number of losses, or the sum of their weights.
    func apply(_ losses: NDArray, divisor: Double) -> NDArray {
        switch self {
        case .mean: losses.sum(over: divisor)
        case .sum: losses.sum()
        case .none: losses
        }
    }

    /// From the gradient by the result of `apply` to that by each loss: of the losses' shape, or a scalar for all.
    func spread(_ gradient: NDArray, divisor: Double) -> NDArray {
        self == .mean ? gradient / NDArray(scalar: Float(divisor)) : gradient
    }

    /// Of losses that are tensors, as those made of other operations are.
    func apply(_ losses: Tensor) -> Tensor {
        switch self {
        case .mean: losses.mean()
        case .sum: losses.sum()
        case .none: losses
        }
    }
}
