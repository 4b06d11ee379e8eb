import MartinetBase

// Activations that bend or saturate smoothly.

/// x where positive, else alpha (exp(x) - 1) (Clevert et al., arXiv 1511.07289).
public func elu(_ x: Tensor, alpha: Float = 1) -> Tensor { exponentialUnit("elu", x, alpha: alpha, scale: 1, width: 1) }

/// `elu` with the scale and the alpha that keep mean and variance (Klambauer et al., arXiv 1706.02515).
public func selu(_ x: Tensor) -> Tensor {
    exponentialUnit("selu", x, alpha: 1.6732632423543772848, scale: 1.0507009873554804934, width: 1)
}

/// x where positive, else alpha (exp(x / alpha) - 1), whose slope at 0 is 1 (Barron, arXiv 1704.07483).
///
/// `alpha` is not 0.
public func celu(_ x: Tensor, alpha: Float = 1) -> Tensor {
    require(alpha != 0, "celu: alpha is 0")
    return exponentialUnit("celu", x, alpha: alpha, scale: 1, width: alpha)
}

/// scale x where positive, else scale alpha (exp(x / width) - 1).
private func exponentialUnit(_ name: String, _ x: Tensor, alpha: Float, scale: Float, width: Float) -> Tensor {
    let input = x.array
    @Sendable func isPositive(_ x: NDArray) -> NDArray { .combine(x, .greater, NDArray(scalar: 0)) }
    let y = traced(name, .exponentialUnit(alpha: alpha, scale: scale, width: width), input) { x in
        .where(isPositive(x), x * scale, (x * (1 / width)).map(.expm1) * (alpha * scale))
    }
    return record(name, y, from: x) { gradient in
        let below = (input * (1 / width)).map(.exp) * (alpha * scale / width)
        return gradient * NDArray.where(isPositive(input), NDArray(scalar: scale), below)
    }
}

/// x tanh(log(1 + exp(x))) (Misra, arXiv 1908.08681).
public func mish(_ x: Tensor) -> Tensor {
    let input = x.array
    return record("mish", traced("mish", .mish, input) { $0.map(.mish) }, from: x) {
        .combine($0, .mishGradient, input)
    }
}

/// x / (1 + |x|).
public func softsign(_ x: Tensor) -> Tensor { x / (abs(x) + 1) }

/// The logarithm of `sigmoid`, without overflow.
public func logSigmoid(_ x: Tensor) -> Tensor { -softplus(-x) }

/// x - tanh(x).
public func tanhshrink(_ x: Tensor) -> Tensor { x - tanh(x) }

/// The first half along `axis` times the sigmoid of the second (Dauphin et al., arXiv 1612.08083).
///
/// The size of `axis` is even, and halved.
public func glu(_ x: Tensor, axis: Int = -1) -> Tensor {
    let axis = x.checkedAxis(axis, operation: "glu")
    let size = x.shape[axis]
    require(size % 2 == 0, "glu: axis \(axis) of a tensor of shape \(x.shape) cannot be halved")
    func half(_ range: Range<Int>) -> Tensor {
        var ranges = x.shape.map { 0..<$0 }
        ranges[axis] = range
        return x.sliced(ranges)
    }
    return half(0..<size / 2) * sigmoid(half(size / 2..<size))
}

/// x where positive, else x times `weight`, which is learned (He et al., arXiv 1502.01852).
///
/// `weight` is broadcast to `x`: one element, or one for each channel of the last axis.
public func prelu(_ x: Tensor, _ weight: Tensor) -> Tensor {
    let (input, slope) = (x.array, weight.array)
    let (needsX, needsWeight) = (x.requiresGradient, weight.requiresGradient)
    @Sendable func isPositive(_ x: NDArray) -> NDArray { .combine(x, .greater, NDArray(scalar: 0)) }
    let y = traced("prelu", .prelu, input, slope) { .where(isPositive($0), $0, $0 * $1) }
    require(y.shape == x.shape, "prelu: a weight of shape \(weight.shape) for a tensor of shape \(x.shape)")
    return record("prelu", y, from: [x, weight]) { gradient in
        [
            needsX ? NDArray.where(isPositive(input), gradient, gradient * slope) : nil,
            needsWeight
                ? NDArray.where(isPositive(input), NDArray(scalar: 0), gradient * input).summed(to: slope.shape) : nil,
        ]
    }
}
