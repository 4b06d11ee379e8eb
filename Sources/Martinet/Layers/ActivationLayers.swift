// Activation functions as modules, for `Sequential` and the functional API.

/// max(x, 0).
public final class ReLU: ElementwiseLayer {
    public init() {}

    public func callAsFunction(_ x: consuming Tensor) -> Tensor { ForwardObserver.observe(self, relu(x)) }
}

/// `x` where positive, else `negativeSlope` times `x`.
public final class LeakyReLU: ElementwiseLayer {
    public let negativeSlope: Float

    public init(negativeSlope: Float = 0.01) { self.negativeSlope = negativeSlope }

    public func callAsFunction(_ x: Tensor) -> Tensor {
        ForwardObserver.observe(self, leakyReLU(x, negativeSlope: negativeSlope))
    }

    public var details: String { "negativeSlope: \(negativeSlope)" }
}

/// x times the standard normal distribution function at x.
public final class GELU: ElementwiseLayer {
    public init() {}

    public func callAsFunction(_ x: Tensor) -> Tensor { ForwardObserver.observe(self, gelu(x)) }
}

/// x times sigmoid(x).
public final class SiLU: ElementwiseLayer {
    public init() {}

    public func callAsFunction(_ x: Tensor) -> Tensor { ForwardObserver.observe(self, silu(x)) }
}

/// 1 / (1 + exp(-x)).
public final class Sigmoid: ElementwiseLayer {
    public init() {}

    public func callAsFunction(_ x: Tensor) -> Tensor { ForwardObserver.observe(self, sigmoid(x)) }
}

/// The hyperbolic tangent.
public final class Tanh: ElementwiseLayer {
    public init() {}

    public func callAsFunction(_ x: Tensor) -> Tensor { ForwardObserver.observe(self, tanh(x)) }
}

/// exp(x) over its sum along an axis.
public final class Softmax: ElementwiseLayer {
    public let axis: Int

    public init(axis: Int = -1) { self.axis = axis }

    public func callAsFunction(_ x: Tensor) -> Tensor { ForwardObserver.observe(self, softmax(x, axis: axis)) }

    public var details: String { "axis: \(axis)" }
}

/// The logarithm of softmax.
public final class LogSoftmax: ElementwiseLayer {
    public let axis: Int

    public init(axis: Int = -1) { self.axis = axis }

    public func callAsFunction(_ x: Tensor) -> Tensor { ForwardObserver.observe(self, logSoftmax(x, axis: axis)) }

    public var details: String { "axis: \(axis)" }
}
