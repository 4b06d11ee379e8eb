import CKernels
import MartinetBase

/// An operation on two elements. Comparisons give 1 for true and 0 for false.
package typealias BinaryOperation = CKernels.BinaryOperation

/// An operation on one element.
package typealias UnaryOperation = CKernels.UnaryOperation

extension BinaryOperation {
    /// "add" and so on, for messages.
    package var name: String { String(cString: mk_binary_name(self)) }
}

extension NDArray {
    /// `operation` on each element.
    package func map(_ operation: UnaryOperation) -> NDArray {
        mapElements { mk_unary(operation, $0, $1, $2) }
    }

    /// `operation` on each element, in place where nobody else holds the elements.
    package mutating func apply(_ operation: UnaryOperation) {
        let count = count
        rewrite { source, out in
            parallelFill(out.pointer, count: count) { part, items in
                mk_unary(operation, items.count, source.pointer + items.lowerBound, part)
            }
        }
    }

    /// The sum of two arrays, written over one of the two where nobody else holds its elements and the shapes agree.
    package static func add(_ a: consuming NDArray, _ b: consuming NDArray) -> NDArray {
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
    package func affine(scale: Float, offset: Float = 0) -> NDArray {
        mapElements { mk_affine($0, $1, scale, offset, $2) }
    }

    /// Each element limited to `low ... high`.
    package func clamped(_ low: Float, _ high: Float) -> NDArray {
        mapElements { mk_clamp($0, $1, low, high, $2) }
    }

    /// `x` where positive, else `slope * x`.
    package func leakyReLU(slope: Float) -> NDArray {
        mapElements { mk_leaky_relu($0, $1, slope, $2) }
    }

    /// The gradient of `leakyReLU` by its input, which is `self`.
    package func leakyReLUGradient(_ gradient: NDArray, slope: Float) -> NDArray {
        NDArray(shape: shape) { out in
            parallelFill(out, count: count) { part, items in
                let start = items.lowerBound
                mk_leaky_relu_gradient(items.count, gradient.pointer + start, pointer + start, slope, part)
            }
        }
    }

    /// A new array of this shape that `kernel(count, source, target)` writes part by part.
    private func mapElements(
        _ kernel: @Sendable (Int, UnsafePointer<Float>, UnsafeMutablePointer<Float>) -> Void
    ) -> NDArray {
        NDArray(shape: shape) { out in
            parallelFill(out, count: count) { part, items in kernel(items.count, pointer + items.lowerBound, part) }
        }
    }

    /// `self += scale * other`, in place where nobody else holds the elements.
    package mutating func add(_ other: NDArray, scale: Float = 1) {
        require(shape == other.shape, "add: the shapes \(shape) and \(other.shape) differ")
        let count = count
        withUnsafeMutablePointer { out in
            parallelFill(out, count: count) { part, items in
                mk_add_scaled(items.count, scale, other.pointer + items.lowerBound, part)
            }
        }
    }

    /// `operation` on the elements of both, broadcast to a common shape.
    ///
    /// Shapes are aligned at their last axes; an axis of size 1 repeats, as in NumPy.
    package static func combine(_ a: NDArray, _ operation: BinaryOperation, _ b: NDArray) -> NDArray {
        let shape = broadcastShape(a.shape, b.shape, operation: operation.name)
        let walk = BroadcastWalk(shape: shape, a: a.shape, b: b.shape)
        return NDArray(shape: shape) { out in
            if walk.rows == 1 {
                parallelFill(out, count: walk.columns) { part, columns in
                    let start = columns.lowerBound
                    mk_binary(
                        operation, 1, columns.count, a.pointer + start * walk.columnStrideA, 0, walk.columnStrideA,
                        b.pointer + start * walk.columnStrideB, 0, walk.columnStrideB, part)
                }
                return
            }
            parallelFill(out, count: walk.rows, width: walk.columns) { part, rows in
                walk.forEachPlane(rows: rows) { offsetA, offsetB, row, count in
                    mk_binary(
                        operation, count, walk.columns, a.pointer + offsetA, walk.rowStrideA, walk.columnStrideA,
                        b.pointer + offsetB, walk.rowStrideB, walk.columnStrideB,
                        part + (row - rows.lowerBound) * walk.columns)
                }
            }
        }
    }

    /// `a` where `condition` is not 0, else `b`, broadcast to a common shape. As `torch.where`.
    package static func `where`(_ condition: NDArray, _ a: NDArray, _ b: NDArray) -> NDArray {
        let shape = broadcastShape(
            condition.shape, broadcastShape(a.shape, b.shape, operation: "where"), operation: "where")
        let condition = condition.broadcast(to: shape)
        let a = a.broadcast(to: shape)
        let b = b.broadcast(to: shape)
        return NDArray(shape: shape) { out in
            parallelFill(out, count: elementCount(shape)) { part, items in
                let start = items.lowerBound
                mk_where(items.count, condition.pointer + start, a.pointer + start, b.pointer + start, part)
            }
        }
    }

    package static func + (a: NDArray, b: NDArray) -> NDArray { combine(a, .add, b) }
    package static func - (a: NDArray, b: NDArray) -> NDArray { combine(a, .subtract, b) }
    package static func * (a: NDArray, b: NDArray) -> NDArray { combine(a, .multiply, b) }
    package static func / (a: NDArray, b: NDArray) -> NDArray { combine(a, .divide, b) }
    package static func + (a: NDArray, b: Float) -> NDArray { a.affine(scale: 1, offset: b) }
    package static func * (a: NDArray, b: Float) -> NDArray { a.affine(scale: b) }
    package static func * (a: Float, b: NDArray) -> NDArray { b.affine(scale: a) }
    package static prefix func - (a: NDArray) -> NDArray { a.map(.negate) }
}
