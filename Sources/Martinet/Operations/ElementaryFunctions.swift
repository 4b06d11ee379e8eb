import MartinetBase

// Elementwise functions of one tensor.

/// e to the power of each element.
public func exp(_ x: Tensor) -> Tensor {
    let y = traced("exp", .exp, x.array) { $0.map(.exp) }
    return record("exp", y, from: x) { $0 * y }
}

/// The natural logarithm.
public func log(_ x: Tensor) -> Tensor {
    let input = x.array
    return record("log", traced("log", .log, input) { $0.map(.log) }, from: x) { $0 / input }
}

/// exp(x) - 1, with all digits where x is small.
public func expm1(_ x: Tensor) -> Tensor {
    let input = x.array
    return record("expm1", traced("expm1", .expm1, input) { $0.map(.expm1) }, from: x) { $0 * input.map(.exp) }
}

/// log(1 + x), with all digits where x is small.
public func log1p(_ x: Tensor) -> Tensor {
    let input = x.array
    return record("log1p", traced("log1p", .log1p, input) { $0.map(.log1p) }, from: x) { $0 / (input + 1) }
}

/// The square root of each element; NaN for negative ones.
public func sqrt(_ x: Tensor) -> Tensor {
    let y = traced("sqrt", .sqrt, x.array) { $0.map(.sqrt) }
    return record("sqrt", y, from: x) { $0 * 0.5 / y }
}

/// Each element times itself.
public func square(_ x: Tensor) -> Tensor { pow(x, 2) }

/// The absolute value. Its gradient at 0 is 0, as in PyTorch.
public func abs(_ x: Tensor) -> Tensor {
    let input = x.array
    return record("abs", traced("abs", .abs, input) { $0.map(.abs) }, from: x) { $0 * input.map(.sign) }
}

/// The error function, 2 / √π times the integral of exp(-t²) from 0 to x.
public func erf(_ x: Tensor) -> Tensor {
    let input = x.array
    return record("erf", traced("erf", .erf, input) { $0.map(.erf) }, from: x) {
        .combine($0, .erfGradient, input)
    }
}

/// -1, 0 or 1. Its gradient is 0.
public func sign(_ x: Tensor) -> Tensor { Tensor(array: x.array.map(.sign)) }

/// The sine of each element, in radians.
public func sin(_ x: Tensor) -> Tensor {
    let input = x.array
    return record("sin", traced("sin", .sin, input) { $0.map(.sin) }, from: x) { $0 * input.map(.cos) }
}

/// The cosine of each element, in radians.
public func cos(_ x: Tensor) -> Tensor {
    let input = x.array
    return record("cos", traced("cos", .cos, input) { $0.map(.cos) }, from: x) { -($0 * input.map(.sin)) }
}

/// Limits each element to `low ... high`. Where it was outside, or at a bound, no gradient flows, as in PyTorch.
public func clamp(_ x: Tensor, low: Float = -.infinity, high: Float = .infinity) -> Tensor {
    require(low <= high, "clamp: low \(low) is above high \(high)")
    let input = x.array
    let limited = traced("clamp", .clamp(low: low, high: high), input) { $0.clamped(low, high) }
    return record("clamp", limited, from: x) { gradient in
        let inside =
            NDArray.combine(input, .greater, NDArray(scalar: low))
            * NDArray.combine(input, .less, NDArray(scalar: high))
        return gradient * inside
    }
}
