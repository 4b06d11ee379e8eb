import CKernels
import MartinetBase

extension NDArray {
    /// The sum over `axes` (all of them where nil), which the result lacks, or has with size 1 if `keepingAxes`.
    package func sum(axes: [Int]? = nil, keepingAxes: Bool = false) -> NDArray {
        reduce(axes, keepingAxes: keepingAxes, operation: "sum") { $0.sumMiddle() }
    }

    /// The mean over `axes`; NaN over no elements.
    package func mean(axes: [Int]? = nil, keepingAxes: Bool = false) -> NDArray {
        let total = sum(axes: axes, keepingAxes: keepingAxes)
        return total.affine(scale: Float(1 / (Double(count) / Double(max(1, total.count)))))
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
            nonisolated(unsafe) let target = buffer
            parallelFor(outer, grain: 1 << 8) { part, _ in
                for o in part {
                    for i in 0..<inner {
                        target[o * inner + i] = mk_argmax(shape[axis], pointer + o * shape[axis] * inner + i, inner)
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

    func sumMiddle() -> NDArray {
        let source = array.pointer
        if inner == 1 { return sumRows(source) }
        return NDArray(shape: [outer, inner]) { out in
            let target = SendablePointer(out)
            let rowsPerPart = max(1, Self.partSize / inner)
            let parts = max(1, (length + rowsPerPart - 1) / rowsPerPart)
            var sums = [Double](repeating: 0, count: outer * parts * inner)
            sums.withUnsafeMutableBufferPointer { buffer in
                nonisolated(unsafe) let sums = buffer.baseAddress
                guard let sums else { return }
                parallelFor(outer * parts, grain: grainSize(itemSize: min(length, rowsPerPart) * inner)) {
                    range, _ in
                    for index in range {
                        let first = index % parts * rowsPerPart
                        mk_sum_columns(
                            min(rowsPerPart, length - first), inner,
                            source + (index / parts * length + first) * inner, sums + index * inner)
                    }
                }
                for o in 0..<outer {
                    for i in 0..<inner {
                        var total = 0.0
                        for part in 0..<parts { total += sums[(o * parts + part) * inner + i] }
                        target.address[o * inner + i] = Float(total)
                    }
                }
            }
        }
    }

    private func sumRows(_ source: UnsafePointer<Float>) -> NDArray {
        NDArray(shape: [outer]) { out in
            let target = SendablePointer(out)
            if outer >= 64 || length <= Self.partSize {
                parallelFor(outer, grain: grainSize(itemSize: length)) { range, _ in
                    for o in range { target.address[o] = Float(mk_sum(length, source + o * length)) }
                }
                return
            }
            let parts = (length + Self.partSize - 1) / Self.partSize
            var sums = [Double](repeating: 0, count: parts)
            for o in 0..<outer {
                sums.withUnsafeMutableBufferPointer { buffer in
                    nonisolated(unsafe) let sums = buffer
                    parallelFor(parts) { range, _ in
                        for part in range {
                            let first = part * Self.partSize
                            sums[part] = mk_sum(min(Self.partSize, length - first), source + o * length + first)
                        }
                    }
                }
                target.address[o] = Float(sums.reduce(0, +))
            }
        }
    }

    func extremeOfMiddle(_ operation: mk_extreme_op, name: String) -> NDArray {
        require(length > 0, "\(name): nothing to choose from in an array of shape \(array.shape)")
        let source = array.pointer
        return NDArray(shape: [outer, inner]) { out in
            let target = SendablePointer(out)
            parallelFor(outer, grain: grainSize(itemSize: length * inner)) { range, _ in
                for o in range {
                    let first = source + o * length * inner
                    if inner == 1 {
                        target.address[o] = mk_extreme(operation, length, first)
                    } else {
                        (target.address + o * inner).initialize(from: first, count: inner)
                        mk_extreme_columns(operation, length - 1, inner, first + inner, target.address + o * inner)
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
