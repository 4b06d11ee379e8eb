import MartinetBase

// Further activation functions as modules, by PyTorch's names.

/// x where positive, else alpha (exp(x) - 1).
public final class ELU: ElementwiseLayer {
    public let alpha: Float

    public init(alpha: Float = 1) {
        self.alpha = alpha
    }

    public func callAsFunction(_ x: Tensor) -> Tensor { ForwardObserver.observe(self, elu(x, alpha: alpha)) }

    public var details: String { "alpha: \(alpha)" }
}

/// `ELU` with the scale and the alpha that keep mean and variance.
public final class SELU: ElementwiseLayer {
    public init() {}

    public func callAsFunction(_ x: Tensor) -> Tensor { ForwardObserver.observe(self, selu(x)) }
}

/// x where positive, else alpha (exp(x / alpha) - 1).
public final class CELU: ElementwiseLayer {
    public let alpha: Float

    public init(alpha: Float = 1) {
        self.alpha = alpha
    }

    public func callAsFunction(_ x: Tensor) -> Tensor { ForwardObserver.observe(self, celu(x, alpha: alpha)) }

    public var details: String { "alpha: \(alpha)" }
}

/// x tanh(log(1 + exp(x))).
public final class Mish: ElementwiseLayer {
    public init() {}

    public func callAsFunction(_ x: Tensor) -> Tensor { ForwardObserver.observe(self, mish(x)) }
}

/// log(1 + exp(beta x)) / beta.
public final class Softplus: ElementwiseLayer {
    public let beta: Float

    public init(beta: Float = 1) {
        self.beta = beta
    }

    public func callAsFunction(_ x: Tensor) -> Tensor { ForwardObserver.observe(self, softplus(x, beta: beta)) }

    public var details: String { "beta: \(beta)" }
}

/// x / (1 + |x|).
public final class Softsign: ElementwiseLayer {
    public init() {}

    public func callAsFunction(_ x: Tensor) -> Tensor { ForwardObserver.observe(self, softsign(x)) }
}

/// The logarithm of `Sigmoid`.
public final class LogSigmoid: ElementwiseLayer {
    public init() {}

    public func callAsFunction(_ x: Tensor) -> Tensor { ForwardObserver.observe(self, logSigmoid(x)) }
}

/// x - tanh(x).
public final class Tanhshrink: ElementwiseLayer {
    public init() {}

    public func callAsFunction(_ x: Tensor) -> Tensor { ForwardObserver.observe(self, tanhshrink(x)) }
}

/// min(max(x, 0), 6).
public final class ReLU6: ElementwiseLayer {
    public init() {}

    public func callAsFunction(_ x: Tensor) -> Tensor { ForwardObserver.observe(self, relu6(x)) }
}

/// Each element limited to `low ... high`.
public final class Hardtanh: ElementwiseLayer {
    public let low: Float
    public let high: Float

    public init(low: Float = -1, high: Float = 1) {
        self.low = low
        self.high = high
    }

    public func callAsFunction(_ x: Tensor) -> Tensor {
        ForwardObserver.observe(self, hardtanh(x, low: low, high: high))
    }

    public var details: String { "low: \(low), high: \(high)" }
}

/// min(max(x / 6 + 1 / 2, 0), 1).
public final class Hardsigmoid: ElementwiseLayer {
    public init() {}

    public func callAsFunction(_ x: Tensor) -> Tensor { ForwardObserver.observe(self, hardsigmoid(x)) }
}

/// x times `Hardsigmoid`.
public final class Hardswish: ElementwiseLayer {
    public init() {}

    public func callAsFunction(_ x: Tensor) -> Tensor { ForwardObserver.observe(self, hardswish(x)) }
}

/// x where its size is above `lambda`, else 0.
public final class Hardshrink: ElementwiseLayer {
    public let lambda: Float

    public init(lambda: Float = 0.5) {
        self.lambda = lambda
    }

    public func callAsFunction(_ x: Tensor) -> Tensor { ForwardObserver.observe(self, hardshrink(x, lambda: lambda)) }

    public var details: String { "lambda: \(lambda)" }
}

/// x brought `lambda` nearer to 0, and 0 where it was no farther than that.
public final class Softshrink: ElementwiseLayer {
    public let lambda: Float

    public init(lambda: Float = 0.5) {
        self.lambda = lambda
    }

    public func callAsFunction(_ x: Tensor) -> Tensor { ForwardObserver.observe(self, softshrink(x, lambda: lambda)) }

    public var details: String { "lambda: \(lambda)" }
}

/// x where it is above `threshold`, else `value`.
public final class Threshold: ElementwiseLayer {
    public let threshold: Float
    public let value: Float

    public init(threshold: Float, value: Float) {
        self.threshold = threshold
        self.value = value
    }

    public func callAsFunction(_ x: Tensor) -> Tensor {
        ForwardObserver.observe(self, Martinet.threshold(x, threshold, value: value))
    }

    public var details: String { "threshold: \(threshold), value: \(value)" }
}

/// x where positive, else x times `weight`, which is learned (He et al., arXiv 1502.01852).
///
/// - `weight`: `[count]`: one for all, or one for each channel of the last axis.
public final class PReLU: ElementwiseLayer {
    public let weight: Parameter

    /// - Parameters:
    ///   - count: 1, or the number of channels.
    ///   - initial: what the weights start from.
    public init(count: Int = 1, initial: Float = 0.25) {
        require(count >= 1, "PReLU: \(count) weights, expected at least 1")
        weight = Parameter(.full([count], initial))
    }

    /// - Parameter x: `[batch, ..., channels]`, with as many channels as weights where there are several.
    public func callAsFunction(_ x: Tensor) -> Tensor {
        prepare(for: x)
        return ForwardObserver.observe(self, prelu(x, weight.value))
    }

    public func outputShape(for input: [Int]) throws(ShapeError) -> [Int] {
        guard weight.count == 1 || input.last == weight.count else {
            throw ShapeError("expected \(weight.count) channels as the last axis, found \(input)")
        }
        return input
    }

    public var details: String { "count: \(weight.count)" }
}

/// The first half of the last axis times the sigmoid of the second.
public final class GLU: Layer {
    public let axis: Int

    /// - Parameter axis: counted from the back.
    public init(axis: Int = -1) {
        require(axis < 0, "GLU: axis \(axis), expected one that is counted from the back")
        self.axis = axis
    }

    public func callAsFunction(_ x: Tensor) -> Tensor {
        prepare(for: x)
        return ForwardObserver.observe(self, glu(x, axis: axis))
    }

    public func outputShape(for input: [Int]) throws(ShapeError) -> [Int] {
        let place = input.count + axis
        guard place >= 0, input[place] % 2 == 0 else {
            throw ShapeError("expected an even size of axis \(axis), found \(input)")
        }
        var shape = input
        shape[place] /= 2
        return shape
    }

    public var details: String { "axis: \(axis)" }
}
