// A number beside a tensor is a `Float`, never a tensor: literals have this one reading, so the compiler has nothing to
// choose from, neither here nor in the plain arithmetic of a file that imports Martinet.

extension Tensor {
    /// The sum, broadcast. Written over an operand where that is an intermediate result that nobody else holds.
    public static func + (a: consuming Tensor, b: consuming Tensor) -> Tensor {
        var (a, b) = (a, b)
        if let fused = a.fusingSum(&b) ?? b.fusingSum(&a) { return fused }
        let (shapeA, shapeB) = (a.shape, b.shape)
        let operands = Trace.isActive ? [a.array, b.array] : []
        let output = NDArray.add(a.takeArray(), b.takeArray())
        if Trace.isActive { Trace.report("add", .add, operands, output) }
        return record("add", output, from: [a, b]) { gradient in
            [gradient.summed(to: shapeA), gradient.summed(to: shapeB)]
        }
    }

    public static func - (a: Tensor, b: Tensor) -> Tensor {
        let (shapeA, shapeB) = (a.shape, b.shape)
        return record("subtract", traced("subtract", .subtract, a.array, b.array, -), from: [a, b]) { gradient in
            [gradient.summed(to: shapeA), (-gradient).summed(to: shapeB)]
        }
    }

    public static func * (a: Tensor, b: Tensor) -> Tensor {
        let (x, y) = (a.array, b.array)
        let (needsA, needsB) = (a.requiresGradient, b.requiresGradient)
        return record("multiply", traced("multiply", .multiply, x, y, *), from: [a, b]) { gradient in
            [needsA ? (gradient * y).summed(to: x.shape) : nil, needsB ? (gradient * x).summed(to: y.shape) : nil]
        }
    }

    public static func / (a: Tensor, b: Tensor) -> Tensor {
        let (x, y) = (a.array, b.array)
        let (needsA, needsB) = (a.requiresGradient, b.requiresGradient)
        return record("divide", traced("divide", .divide, x, y, /), from: [a, b]) { gradient in
            [
                needsA ? (gradient / y).summed(to: x.shape) : nil,
                needsB ? (-gradient * x / y.map(.square)).summed(to: y.shape) : nil,
            ]
        }
    }

    public static prefix func - (x: Tensor) -> Tensor {
        record("negate", traced("negate", .affine(scale: -1, offset: 0), x.array) { -$0 }, from: x) { -$0 }
    }

    public static func + (x: Tensor, value: Float) -> Tensor {
        record("add", traced("add", .affine(scale: 1, offset: value), x.array) { $0 + value }, from: x) { $0 }
    }

    public static func + (value: Float, x: Tensor) -> Tensor { x + value }

    public static func - (x: Tensor, value: Float) -> Tensor { x + -value }

    public static func - (value: Float, x: Tensor) -> Tensor {
        record(
            "subtract",
            traced("subtract", .affine(scale: -1, offset: value), x.array) { $0.affine(scale: -1, offset: value) },
            from: x
        ) { -$0 }
    }

    public static func * (x: Tensor, value: Float) -> Tensor {
        record("multiply", traced("multiply", .affine(scale: value, offset: 0), x.array) { $0 * value }, from: x) {
            $0 * value
        }
    }

    public static func * (value: Float, x: Tensor) -> Tensor { x * value }

    public static func / (x: Tensor, value: Float) -> Tensor {
        let divisor = NDArray(scalar: value)
        return record(
            "divide", traced("divide", .affine(scale: 1 / value, offset: 0), x.array) { $0 / divisor }, from: x
        ) { $0 / divisor }
    }

    public static func / (value: Float, x: Tensor) -> Tensor { Tensor(value) / x }

    public static func += (a: inout Tensor, b: Tensor) { a = a + b }
    public static func -= (a: inout Tensor, b: Tensor) { a = a - b }
    public static func *= (a: inout Tensor, b: Tensor) { a = a * b }
    public static func /= (a: inout Tensor, b: Tensor) { a = a / b }

    public static func += (x: inout Tensor, value: Float) { x = x + value }
    public static func -= (x: inout Tensor, value: Float) { x = x - value }
    public static func *= (x: inout Tensor, value: Float) { x = x * value }
    public static func /= (x: inout Tensor, value: Float) { x = x / value }
}

/// `base` to the power of `exponent`, elementwise and broadcast. The gradient by the exponent is 0 where the base is 0.
public func pow(_ base: Tensor, _ exponent: Tensor) -> Tensor {
    let (x, y) = (base.array, exponent.array)
    let (needsX, needsY) = (base.requiresGradient, exponent.requiresGradient)
    let result = NDArray.combine(x, .power, y)
    return record("pow", result, from: [base, exponent]) { gradient in
        let zero = NDArray(scalar: 0)
        let byBase = needsX ? gradient * y * NDArray.combine(x, .power, y + -1) : nil
        // Where y is 0 the power is 1 whatever the base; y x^(y-1) would be 0 times infinity at 0.
        let masked = byBase.map { NDArray.where(NDArray.combine(y, .equal, zero), zero, $0) }
        let byExponent =
            needsY
            ? NDArray.where(NDArray.combine(x, .equal, zero), zero, gradient * result * x.map(.log)) : nil
        return [masked?.summed(to: x.shape), byExponent?.summed(to: y.shape)]
    }
}

/// `base` to a constant power, elementwise.
public func pow(_ base: Tensor, _ exponent: Float) -> Tensor {
    let x = base.array
    let result = traced("pow", .power(exponent), x) { power($0, exponent) }
    return record("pow", result, from: base) { gradient in
        exponent == 0 ? gradient * 0 : gradient * powerGradient(x, exponent)
    }
}

private func power(_ x: NDArray, _ exponent: Float) -> NDArray {
    switch exponent {
    case 2: x.map(.square)
    case 1: x
    case 0: NDArray.ones(x.shape)
    default: NDArray.combine(x, .power, NDArray(scalar: exponent))
    }
}

private func powerGradient(_ x: NDArray, _ exponent: Float) -> NDArray {
    switch exponent {
    case 2: x * 2
    case 1: NDArray.ones(x.shape)
    default: NDArray.combine(x, .power, NDArray(scalar: exponent - 1)) * exponent
    }
}

/// The larger of both, elementwise and broadcast. Where they are equal each gets half of the gradient, as in PyTorch.
public func maximum(_ a: Tensor, _ b: Tensor) -> Tensor { extreme("maximum", .maximum, .greater, a, b) }

/// The smaller of both, elementwise and broadcast. Where they are equal each gets half of the gradient, as in PyTorch.
public func minimum(_ a: Tensor, _ b: Tensor) -> Tensor { extreme("minimum", .minimum, .less, a, b) }

private func extreme(
    _ name: String, _ operation: BinaryOperation, _ wins: BinaryOperation, _ a: Tensor, _ b: Tensor
) -> Tensor {
    let (x, y) = (a.array, b.array)
    let function: TracedFunction = operation == .maximum ? .maximum : .minimum
    let output = traced(name, function, x, y) { .combine($0, operation, $1) }
    return record(name, output, from: [a, b]) { gradient in
        let tie = NDArray.combine(x, .equal, y) * 0.5
        let byA = gradient * (NDArray.combine(x, wins, y) + tie)
        let byB = gradient * (NDArray.combine(y, wins, x) + tie)
        return [byA.summed(to: x.shape), byB.summed(to: y.shape)]
    }
}
