// Rounding, which no gradient passes, and questions about single elements.

/// The largest whole number that is not above each element. Its gradient is 0, as in PyTorch.
public func floor(_ x: Tensor) -> Tensor { step("floor", .floor, x) }

/// The smallest whole number that is not below each element. Its gradient is 0, as in PyTorch.
public func ceil(_ x: Tensor) -> Tensor { step("ceil", .ceil, x) }

/// The nearest whole number, of two the even one. Its gradient is 0, as in PyTorch.
public func round(_ x: Tensor) -> Tensor { step("round", .round, x) }

private func step(_ name: String, _ operation: UnaryOperation, _ x: Tensor) -> Tensor {
    let input = x.array
    return record(name, traced(name, .rounding(operation.rounding), input) { $0.map(operation) }, from: x) { gradient in
        .zeros(gradient.shape)
    }
}

extension UnaryOperation {
    fileprivate var rounding: TracedFunction.Rounding {
        switch self {
        case .floor: .floor
        case .ceil: .ceil
        default: .round
        }
    }
}

/// 1 where an element is not a number, else 0.
public func isNaN(_ x: Tensor) -> Tensor { Tensor(array: .combine(x.array, .notEqual, x.array)) }

/// 1 where an element is infinite, of either sign, else 0.
public func isInfinite(_ x: Tensor) -> Tensor {
    Tensor(array: .combine(x.array.map(.abs), .equal, NDArray(scalar: .infinity)))
}

/// 1 where an element is neither infinite nor NaN, else 0.
public func isFinite(_ x: Tensor) -> Tensor {
    Tensor(array: .combine(x.array.map(.abs), .less, NDArray(scalar: .infinity)))
}
