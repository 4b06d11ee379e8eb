import CKernels
import MartinetBase

extension NDArray {
    /// The sum over `axes` (all of them where nil), which the result lacks, or has with size 1 if `keepingAxes`.
    package func sum(axes: [Int]? = nil, keepingAxes: Bool = false) -> NDArray {
        sum(axes: axes, keepingAxes: keepingAxes, over: 1)
    }

    /// The sum over `axes`, divided by `divisor` before it is rounded to a float.
    package func sum(axes: [Int]? = nil, keepingAxes: Bool = false, over divisor: Double) -> NDArray {
        reduce(axes, keepingAxes: keepingAxes, operation: "sum") { $0.sumMiddle(over: divisor) }
    }

    /// The mean over `axes`; NaN over no elements.
    package func mean(axes: [Int]? = nil, keepingAxes: Bool = false) -> NDArray {
        reduce(axes, keepingAxes: keepingAxes, operation: "mean") { $0.sumMiddle(over: Double($0.length)) }
    }

    /// The largest element over `axes`, none of which may be empty.
    package func maximum(axes: [Int]? = nil, keepingAxes: Bool = false) -> NDArray {
        reduce(axes, keepingAxes: keepingAxes, operation: "max") { $0.extremeOfMiddle(MK_REDUCE_MAXIMUM, name: "max") }
    }

    /// The smallest element over `axes`, none of which may be empty.
    package func minimum(axes: [Int]? = nil, keepingAxes: Bool = false) -> NDArray {
        reduce(axes, keepingAxes: keepingAxes, operation: "min") { $0.extremeOfMiddle(MK_REDUCE_MINIMUM, name: "min") }
    }

    /// The index of the first largest element along `axis`, which the result lacks.
    package func argmax(axis: Int) -> IndexArray {
        let axis = normalizedAxis(axis, rank: rank, operation: "argmax")
        require(shape[axis] > 0, "argmax: axis \(axis) of an array of shape \(shape) is empty")
        let outer = elementCount(Array(shape[..<axis]))
        let inner = elementCount(Array(shape[(axis + 1)...]))
        var result = shape
        result.remove(at: axis)
        var values = [Int](repeating: 0, count: outer * inner)
        values.withUnsafeMutableBufferPointer { buffer in
            guard let indices = buffer.baseAddress else { return }
            parallelFill(indices, count: outer, width: inner, grain: 1 << 8) { part, range in
                for o in range {
                    for i in 0..<inner {
                        part[(o - range.lowerBound) * inner + i] = mk_argmax(
                            shape[axis], pointer + o * shape[axis] * inner + i, inner)
                    }
                }
            }
        }
        return IndexArray(values, shape: result)
    }

    /// Brings the array into the form [outer, reduced, inner], applies `body`, and gives the result its shape.
    private func reduce(
        _ axes: [Int]?, keepingAxes: Bool, operation: String, _ body: (Middle) -> NDArray
    ) -> NDArray {
        let axes = normalizedAxes(axes, rank: rank, operation: operation)
        let resultShape = shape.indices.compactMap { axis in
            axes.contains(axis) ? (keepingAxes ? 1 : nil) : shape[axis]
        }
        let relevant = shape.indices.filter { shape[$0] != 1 || axes.contains($0) }
        let firstReduced = relevant.firstIndex { axes.contains($0) } ?? relevant.count
        let run = relevant[firstReduced...].prefix { axes.contains($0) }
        if relevant[(firstReduced + run.count)...].contains(where: axes.contains) {
            // Reduced axes apart from each other: bring them to the end.
            let kept = shape.indices.filter { !axes.contains($0) }
            let moved = permuted(kept + axes)
            let middle = Middle(
                array: moved, outer: elementCount(kept.map { shape[$0] }), length: elementCount(axes.map { shape[$0] }),
                inner: 1)
            return body(middle).reshaped(resultShape)
        }
        let outer = elementCount(relevant[..<firstReduced].map { shape[$0] })
        let inner = elementCount(relevant[(firstReduced + run.count)...].map { shape[$0] })
        let middle = Middle(array: self, outer: outer, length: elementCount(run.map { shape[$0] }), inner: inner)
        return body(middle).reshaped(resultShape)
    }
}

/// An array seen as [outer, length, inner], to be reduced over `length`.
private struct Middle {
    let array: NDArray
    let outer: Int
    let length: Int
    let inner: Int

    /// Elements in a part of a long sum. Parts do not depend on the number of threads, so neither does the sum.
    private static let partSize = 1 << 15

    func sumMiddle(over divisor: Double) -> NDArray {
        if inner == 1 { return sumRows(over: divisor) }
        return NDArray(shape: [outer, inner]) { out in
            let rowsPerPart = max(1, Self.partSize / inner)
            let parts = max(1, (length + rowsPerPart - 1) / rowsPerPart)
            var sums = [Double](repeating: 0, count: outer * parts * inner)
            sums.withUnsafeMutableBufferPointer { buffer in
                guard let sums = buffer.baseAddress else { return }
                let grain = grainSize(itemSize: min(length, rowsPerPart) * inner)
                parallelFill(sums, count: outer * parts, width: inner, grain: grain) { part, range in
                    for index in range {
                        let first = index % parts * rowsPerPart
                        mk_sum_columns(
                            min(rowsPerPart, length - first), inner,
                            array.pointer + (index / parts * length + first) * inner,
                            part + (index - range.lowerBound) * inner)
                    }
                }
                for o in 0..<outer {
                    for i in 0..<inner {
                        var total = 0.0
                        for part in 0..<parts { total += sums[(o * parts + part) * inner + i] }
                        out[o * inner + i] = Float(total / divisor)
                    }
                }
            }
        }
    }

    private func sumRows(over divisor: Double) -> NDArray {
        NDArray(shape: [outer]) { out in
            if outer >= 64 || length <= Self.partSize {
                parallelFill(out, count: outer, grain: grainSize(itemSize: length)) { part, range in
                    for o in range {
                        part[o - range.lowerBound] = Float(mk_sum(length, array.pointer + o * length) / divisor)
                    }
                }
                return
            }
            let parts = (length + Self.partSize - 1) / Self.partSize
            var sums = [Double](repeating: 0, count: parts)
            for o in 0..<outer {
                sums.withUnsafeMutableBufferPointer { buffer in
                    guard let sums = buffer.baseAddress else { return }
                    parallelFill(sums, count: parts, grain: 1) { part, range in
                        for index in range {
                            let first = index * Self.partSize
                            part[index - range.lowerBound] = mk_sum(
                                min(Self.partSize, length - first), array.pointer + o * length + first)
                        }
                    }
                }
                out[o] = Float(sums.reduce(0, +) / divisor)
            }
        }
    }

    func extremeOfMiddle(_ operation: mk_extreme_op, name: String) -> NDArray {
        require(length > 0, "\(name): nothing to choose from in an array of shape \(array.shape)")
        return NDArray(shape: [outer, inner]) { out in
            parallelFill(out, count: outer, width: inner, grain: grainSize(itemSize: length * inner)) { part, range in
                for o in range {
                    let first = array.pointer + o * length * inner
                    let extremes = part + (o - range.lowerBound) * inner
                    if inner == 1 {
                        extremes[0] = mk_extreme(operation, length, first)
                    } else {
                        extremes.initialize(from: first, count: inner)
                        mk_extreme_columns(operation, length - 1, inner, first + inner, extremes)
                    }
                }
            }
        }
    }
}

extension NDArray {
    /// exp(x) over its sum along `axis`; the largest element is subtracted first, so nothing overflows.
    package func softmax(axis: Int) -> NDArray {
        let powers = (self - maximum(axes: [axis], keepingAxes: true)).map(.exp)
        return powers / powers.sum(axes: [axis], keepingAxes: true)
    }

    /// The logarithm of `softmax(axis:)`.
    package func logSoftmax(axis: Int) -> NDArray {
        let shifted = self - maximum(axes: [axis], keepingAxes: true)
        return shifted - shifted.map(.exp).sum(axes: [axis], keepingAxes: true).map(.log)
    }
}
