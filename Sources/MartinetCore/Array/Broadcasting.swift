import MartinetBase

/// The shape that `a` and `b` broadcast to: aligned at the last axis, sizes equal or one of them 1.
package func broadcastShape(_ a: [Int], _ b: [Int], operation: String) -> [Int] {
    let rank = max(a.count, b.count)
    return (0..<rank).map { axis in
        let sizeA = axis < rank - a.count ? 1 : a[axis - (rank - a.count)]
        let sizeB = axis < rank - b.count ? 1 : b[axis - (rank - b.count)]
        require(
            sizeA == sizeB || sizeA == 1 || sizeB == 1, "\(operation): the shapes \(a) and \(b) cannot be broadcast")
        return sizeA == 1 ? sizeB : sizeA
    }
}

/// Strides for reading an array of `shape` as if it had `target`'s shape; 0 along the repeated axes.
func broadcastStrides(_ shape: [Int], to target: [Int]) -> [Int] {
    let missing = target.count - shape.count
    let strides = contiguousStrides(shape)
    return target.indices.map { axis in
        axis < missing || shape[axis - missing] == 1 ? 0 : strides[axis - missing]
    }
}

/// Two operands of a broadcast operation seen as a loop of as few axes as possible: neighbouring axes that both operands
/// run through alike are one.
struct BroadcastWalk {
    private var sizes: [Int] = []
    private var stridesA: [Int] = []
    private var stridesB: [Int] = []

    /// The innermost axis, which a kernel runs along. Its strides are 0 or 1.
    var columns: Int { sizes.last ?? 1 }
    var columnStrideA: Int { stridesA.last ?? 0 }
    var columnStrideB: Int { stridesB.last ?? 0 }

    /// The product of the other axes.
    let rows: Int
    var rowStrideA: Int { sizes.count < 2 ? 0 : stridesA[sizes.count - 2] }
    var rowStrideB: Int { sizes.count < 2 ? 0 : stridesB[sizes.count - 2] }

    init(shape: [Int], a: [Int], b: [Int]) {
        let fullA = broadcastStrides(a, to: shape)
        let fullB = broadcastStrides(b, to: shape)
        for axis in shape.indices where shape[axis] != 1 {
            if let last = sizes.indices.last, stridesA[last] == fullA[axis] * shape[axis],
                stridesB[last] == fullB[axis] * shape[axis]
            {
                sizes[last] *= shape[axis]
                stridesA[last] = fullA[axis]
                stridesB[last] = fullB[axis]
            } else {
                sizes.append(shape[axis])
                stridesA.append(fullA[axis])
                stridesB.append(fullB[axis])
            }
        }
        rows = sizes.dropLast().reduce(1, *)
    }

    /// Calls `body` with the offsets of both operands, the first row of the result and the number of rows, for each run of
    /// rows that lie within one plane of the two innermost axes.
    func forEachPlane(rows range: Range<Int>, _ body: (_ a: Int, _ b: Int, _ row: Int, _ rows: Int) -> Void) {
        let planeRows = sizes.count < 2 ? 1 : sizes[sizes.count - 2]
        var row = range.lowerBound
        while row < range.upperBound {
            var remaining = row / planeRows
            let first = row % planeRows
            var offsetA = first * rowStrideA
            var offsetB = first * rowStrideB
            for axis in stride(from: sizes.count - 3, through: 0, by: -1) {
                let index = remaining % sizes[axis]
                remaining /= sizes[axis]
                offsetA += index * stridesA[axis]
                offsetB += index * stridesB[axis]
            }
            let count = min(planeRows - first, range.upperBound - row)
            body(offsetA, offsetB, row, count)
            row += count
        }
    }
}

extension NDArray {
    /// A copy with size-1 axes repeated (and axes added in front) so that its shape is `target`; itself if it fits.
    package func broadcast(to target: [Int]) -> NDArray {
        if shape == target { return self }
        require(
            broadcastShape(shape, target, operation: "broadcast") == target,
            "broadcast: a shape of \(shape) cannot become \(target)")
        return gathered(shape: target, strides: broadcastStrides(shape, to: target), offset: 0)
    }

    /// The reverse of `broadcast(to:)` for gradients: summed over the axes that were repeated.
    package func summed(to target: [Int]) -> NDArray {
        if shape == target { return self }
        let missing = rank - target.count
        let axes = shape.indices.filter { $0 < missing || (target[$0 - missing] == 1 && shape[$0] != 1) }
        return sum(axes: axes).reshaped(target)
    }
}
