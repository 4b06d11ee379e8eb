import MartinetBase

// Activations of straight pieces.

/// min(max(x, 0), 6).
public func relu6(_ x: Tensor) -> Tensor { clamp(x, low: 0, high: 6) }

/// Each element limited to `low ... high`.
public func hardtanh(_ x: Tensor, low: Float = -1, high: Float = 1) -> Tensor { clamp(x, low: low, high: high) }

/// min(max(x / 6 + 1 / 2, 0), 1).
public func hardsigmoid(_ x: Tensor) -> Tensor {
    let input = x.array
    return record("hardsigmoid", traced("hardsigmoid", .hardsigmoid, input) { $0.map(.hardsigmoid) }, from: x) {
        .combine($0, .hardsigmoidGradient, input)
    }
}

/// x `hardsigmoid(x)` (Howard et al., arXiv 1905.02244).
public func hardswish(_ x: Tensor) -> Tensor {
    let input = x.array
    return record("hardswish", traced("hardswish", .hardswish, input) { $0.map(.hardswish) }, from: x) {
        .combine($0, .hardswishGradient, input)
    }
}

/// x where its size is above `lambda`, else 0.
public func hardshrink(_ x: Tensor, lambda: Float = 0.5) -> Tensor { x * (abs(x) .> lambda) }

/// x brought `lambda` nearer to 0, and 0 where it was no farther than that.
public func softshrink(_ x: Tensor, lambda: Float = 0.5) -> Tensor {
    require(lambda >= 0, "softshrink: lambda \(lambda) is negative")
    return x - clamp(x, low: -lambda, high: lambda)
}

/// x where it is above `threshold`, else `value`.
public func threshold(_ x: Tensor, _ threshold: Float, value: Float) -> Tensor {
    `where`(x .> threshold, x, Tensor(value))
}
