/// A function that a layer applies to its result.
public enum Activation: Sendable, Hashable {
    case identity, relu, leakyReLU(Float), gelu, silu, sigmoid, tanh, softmax, logSoftmax, softplus

    public func callAsFunction(_ x: Tensor) -> Tensor {
        switch self {
        case .identity: x
        case .relu: Martinet.relu(x)
        case .leakyReLU(let slope): Martinet.leakyReLU(x, negativeSlope: slope)
        case .gelu: Martinet.gelu(x)
        case .silu: Martinet.silu(x)
        case .sigmoid: Martinet.sigmoid(x)
        case .tanh: Martinet.tanh(x)
        case .softmax: Martinet.softmax(x)
        case .logSoftmax: Martinet.logSoftmax(x)
        case .softplus: Martinet.softplus(x)
        }
    }

    /// For a layer's `details`: nothing for the identity.
    var suffix: String { self == .identity ? "" : ", activation: \(self)" }
}
