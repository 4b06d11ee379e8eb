import CKernels
import MartinetBase

/// An operation on two elements. Comparisons give 1 for true and 0 for false.
public enum BinaryOperation: Sendable {
    case add, subtract, multiply, divide, power, maximum, minimum
    case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual
    /// The gradient by the input from the gradient by the output and the output.
    case sigmoidGradient, tanhGradient
    /// The gradient by the input from the gradient by the output and the input.
    case geluGradient, siluGradient

    fileprivate var kernel: mk_binary_op {
        switch self {
        case .add: MK_ADD
        case .subtract: MK_SUBTRACT
        case .multiply: MK_MULTIPLY
        case .divide: MK_DIVIDE
        case .power: MK_POWER
        case .maximum: MK_MAXIMUM
        case .minimum: MK_MINIMUM
        case .equal: MK_EQUAL
        case .notEqual: MK_NOT_EQUAL
        case .less: MK_LESS
        case .lessOrEqual: MK_LESS_EQUAL
        case .greater: MK_GREATER
        case .greaterOrEqual: MK_GREATER_EQUAL
        case .sigmoidGradient: MK_SIGMOID_GRADIENT
        case .tanhGradient: MK_TANH_GRADIENT
        case .geluGradient: MK_GELU_GRADIENT
        case .siluGradient: MK_SILU_GRADIENT
        }
    }
}

/// An operation on one element.
public enum UnaryOperation: Sendable {
    case negate, abs, sign, square, sqrt, reciprocal, exp, log, sin, cos, tanh, sigmoid, relu, gelu, silu, softplus, erf

    fileprivate var kernel: mk_unary_op {
        switch self {
        case .negate: MK_NEGATE
        case .abs: MK_ABS
        case .sign: MK_SIGN
        case .square: MK_SQUARE
        case .sqrt: MK_SQRT
        case .reciprocal: MK_RECIPROCAL
        case .exp: MK_EXP
        case .log: MK_LOG
        case .sin: MK_SIN
        case .cos: MK_COS
        case .tanh: MK_TANH
        case .sigmoid: MK_SIGMOID
        case .relu: MK_RELU
        case .gelu: MK_GELU
        case .silu: MK_SILU
        case .softplus: MK_SOFTPLUS
        case .erf: MK_ERF
        }
    }
}

extension NDArray {
    /// `operation` on each element.
    public func map(_ operation: UnaryOperation) -> NDArray {
        mapElements { mk_unary(operation.kernel, $0, $1, $2) }
    }

    /// `operation` on each element, in place where nobody else holds the elements.
    public mutating func apply(_ operation: UnaryOperation) {
        let count = count
        rewrite { source, out in
            parallelFor(count, grain: elementwiseGrain) { part, _ in
                mk_unary(operation.kernel, part.count, source + part.lowerBound, out.address + part.lowerBound)
            }
        }
    }

    /// The sum of two arrays, written over one of the two where nobody else holds its elements and the shapes agree.
    public static func sum(_ a: consuming NDArray, _ b: consuming NDArray) -> NDArray {
        var a = a
        var b = b
        guard a.shape == b.shape else { return a + b }
        if a.isUnique() {
            a.add(b)
            return a
        }
        guard b.isUnique() else { return a + b }
        b.add(a)
        return b
    }

    /// `self * scale + offset`.
    public func affine(scale: Float, offset: Float = 0) -> NDArray {
        mapElements { mk_affine($0, $1, scale, offset, $2) }
    }

    /// Each element limited to `low ... high`.
    public func clamped(_ low: Float, _ high: Float) -> NDArray {
        mapElements { mk_clamp($0, $1, low, high, $2) }
    }

    /// `x` where positive, else `slope * x`.
    public func leakyReLU(slope: Float) -> NDArray {
        mapElements { mk_leaky_relu($0, $1, slope, $2) }
    }

    /// The gradient of `leakyReLU` by its input, which is `self`.
    public func leakyReLUGradient(_ gradient: NDArray, slope: Float) -> NDArray {
        let source = gradient.pointer
        let input = pointer
        return NDArray(shape: shape) { out in
            let target = SendablePointer(out)
            parallelFor(count, grain: elementwiseGrain) { part, _ in
                let start = part.lowerBound
                mk_leaky_relu_gradient(part.count, source + start, input + start, slope, target.address + start)
            }
        }
    }

    /// A new array of this shape that `kernel(count, source, target)` writes part by part.
    private func mapElements(
        _ kernel: (Int, UnsafePointer<Float>, UnsafeMutablePointer<Float>) -> Void
    ) -> NDArray {
        let source = pointer
        return NDArray(shape: shape) { out in
            let target = SendablePointer(out)
            parallelFor(count, grain: elementwiseGrain) { part, _ in
                kernel(part.count, source + part.lowerBound, target.address + part.lowerBound)
            }
        }
    }

    /// `self += scale * other`, in place where nobody else holds the elements.
    public mutating func add(_ other: NDArray, scale: Float = 1) {
        require(shape == other.shape, "add: the shapes \(shape) and \(other.shape) differ")
        let count = count
        withUnsafeMutablePointer { out in
            let target = SendablePointer(out)
            parallelFor(count, grain: elementwiseGrain) { part, _ in
                mk_add_scaled(part.count, scale, other.pointer + part.lowerBound, target.address + part.lowerBound)
            }
        }
    }

    /// `operation` on the elements of both, broadcast to a common shape.
    ///
    /// Shapes are aligned at their last axes; an axis of size 1 repeats, as in NumPy.
    public static func combine(_ a: NDArray, _ operation: BinaryOperation, _ b: NDArray) -> NDArray {
        let shape = broadcastShape(a.shape, b.shape, operation: "\(operation)")
        let walk = BroadcastWalk(shape: shape, a: a.shape, b: b.shape)
        let kernel = operation.kernel
        return NDArray(shape: shape) { out in
            let target = SendablePointer(out)
            if walk.rows == 1 {
                parallelFor(walk.columns, grain: elementwiseGrain) { part, _ in
                    let start = part.lowerBound
                    mk_binary(
                        kernel, 1, part.count, a.pointer + start * walk.columnStrideA, 0, walk.columnStrideA,
                        b.pointer + start * walk.columnStrideB, 0, walk.columnStrideB, target.address + start)
                }
                return
            }
            parallelFor(walk.rows, grain: grainSize(itemSize: walk.columns)) { rows, _ in
                walk.forEachPlane(rows: rows) { offsetA, offsetB, offset, count in
                    mk_binary(
                        kernel, count, walk.columns, a.pointer + offsetA, walk.rowStrideA, walk.columnStrideA,
                        b.pointer + offsetB, walk.rowStrideB, walk.columnStrideB, target.address + offset)
                }
            }
        }
    }

    /// `a` where `condition` is not 0, else `b`, broadcast to a common shape.
    public static func choose(_ condition: NDArray, _ a: NDArray, _ b: NDArray) -> NDArray {
        let shape = broadcastShape(
            condition.shape, broadcastShape(a.shape, b.shape, operation: "where"), operation: "where")
        let condition = condition.broadcast(to: shape)
        let a = a.broadcast(to: shape)
        let b = b.broadcast(to: shape)
        return NDArray(shape: shape) { out in
            let target = SendablePointer(out)
            parallelFor(elementCount(shape), grain: elementwiseGrain) { part, _ in
                let start = part.lowerBound
                mk_where(
                    part.count, condition.pointer + start, a.pointer + start, b.pointer + start, target.address + start)
            }
        }
    }

    public static func + (a: NDArray, b: NDArray) -> NDArray { combine(a, .add, b) }
    public static func - (a: NDArray, b: NDArray) -> NDArray { combine(a, .subtract, b) }
    public static func * (a: NDArray, b: NDArray) -> NDArray { combine(a, .multiply, b) }
    public static func / (a: NDArray, b: NDArray) -> NDArray { combine(a, .divide, b) }
    public static func + (a: NDArray, b: Float) -> NDArray { a.affine(scale: 1, offset: b) }
    public static func * (a: NDArray, b: Float) -> NDArray { a.affine(scale: b) }
    public static func * (a: Float, b: NDArray) -> NDArray { b.affine(scale: a) }
    public static prefix func - (a: NDArray) -> NDArray { a.map(.negate) }
}
