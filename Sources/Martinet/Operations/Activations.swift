import MartinetBase

// Activation functions, elementwise.

/// max(x, 0). Overwrites its argument where that is an intermediate result that nobody else holds.
public func relu(_ x: consuming Tensor) -> Tensor {
    var x = x
    if let fused = x.fusingReLU() { return fused }
    var y = x.array
    let input = Trace.isActive ? y : nil
    _ = x.takeArray()
    y.apply(.relu)
    if let input { Trace.report("relu", .relu, [input], y) }
    guard x.isRecorded else { return Tensor(array: y) }
    let mask = PositiveMask(of: y)
    return record("relu", y, from: x) { gradient in
        mask.select(&gradient)
        return gradient
    }
}

/// `x` where positive, else `negativeSlope` times `x`.
public func leakyReLU(_ x: Tensor, negativeSlope: Float = 0.01) -> Tensor {
    let input = x.array
    return record(
        "leakyReLU",
        traced("leakyReLU", .leakyReLU(slope: negativeSlope), input) { $0.leakyReLU(slope: negativeSlope) }, from: x
    ) {
        input.leakyReLUGradient($0, slope: negativeSlope)
    }
}

/// x times the standard normal distribution function at x (Hendrycks and Gimpel, arXiv 1606.08415), computed exactly, not
/// by the tanh approximation.
public func gelu(_ x: Tensor) -> Tensor {
    let input = x.array
    return record("gelu", traced("gelu", .gelu, input) { $0.map(.gelu) }, from: x) {
        .combine($0, .geluGradient, input)
    }
}

/// x times sigmoid(x), also called swish.
public func silu(_ x: Tensor) -> Tensor {
    let input = x.array
    return record("silu", traced("silu", .silu, input) { $0.map(.silu) }, from: x) {
        .combine($0, .siluGradient, input)
    }
}

/// 1 / (1 + exp(-x)).
public func sigmoid(_ x: Tensor) -> Tensor {
    let y = traced("sigmoid", .sigmoid, x.array) { $0.map(.sigmoid) }
    return record("sigmoid", y, from: x) { .combine($0, .sigmoidGradient, y) }
}

/// The hyperbolic tangent.
public func tanh(_ x: Tensor) -> Tensor {
    let y = traced("tanh", .tanh, x.array) { $0.map(.tanh) }
    return record("tanh", y, from: x) { .combine($0, .tanhGradient, y) }
}

/// log(1 + exp(beta x)) / beta, without overflow.
///
/// `beta` is above 0.
public func softplus(_ x: Tensor, beta: Float = 1) -> Tensor {
    require(beta > 0, "softplus: beta \(beta), expected one above 0")
    guard beta == 1 else { return softplus(x * beta) / beta }
    let input = x.array
    return record("softplus", traced("softplus", .softplus, input) { $0.map(.softplus) }, from: x) {
        $0 * input.map(.sigmoid)
    }
}

/// exp(x) over its sum along `axis`.
public func softmax(_ x: Tensor, axis: Int = -1) -> Tensor {
    let y = traced("softmax", .softmax(axis: axis), x.array) { $0.softmax(axis: axis) }
    let result = record("softmax", y, from: x) { gradient in
        y * (gradient - (gradient * y).sum(axes: [axis], keepingAxes: true))
    }
    guard x.checkedAxis(axis, operation: "softmax") == x.rank - 1 else { return result }
    return Tensor(SoftmaxOutput(array: y, logits: x), node: result.node)
}

/// Probabilities that remember their logits: a loss of probabilities is exact, and has a gradient, only by way of them
/// where a probability is too small for its logarithm.
final class SoftmaxOutput: DeferredElements {
    let array: NDArray
    let logits: Tensor

    init(array: NDArray, logits: Tensor) {
        self.array = array
        self.logits = logits
    }
}

extension Tensor {
    /// The logits whose softmax over the last axis these very probabilities are; nil if they are none.
    var logits: Tensor? { deferred(as: SoftmaxOutput.self)?.logits }
}

/// The logarithm of `softmax`, without overflow.
public func logSoftmax(_ x: Tensor, axis: Int = -1) -> Tensor {
    let y = traced("logSoftmax", .logSoftmax(axis: axis), x.array) { $0.logSoftmax(axis: axis) }
    return record("logSoftmax", y, from: x) { gradient in
        gradient - y.map(.exp) * gradient.sum(axes: [axis], keepingAxes: true)
    }
}
