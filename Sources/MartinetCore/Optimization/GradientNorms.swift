import CKernels

extension NDArray {
    /// The sum of the elements' squares, in double precision.
    package func sumOfSquares() -> Double {
        // Parts do not depend on the number of threads, so neither does the sum.
        let partSize = 1 << 15
        let parts = (count + partSize - 1) / partSize
        var sums = [Double](repeating: 0, count: parts)
        sums.withUnsafeMutableBufferPointer { buffer in
            guard let sums = buffer.baseAddress else { return }
            parallelFill(sums, count: parts, grain: 1) { part, range in
                for index in range {
                    let first = index * partSize
                    part[index - range.lowerBound] = mk_dot(
                        min(partSize, count - first), pointer + first, pointer + first)
                }
            }
        }
        return sums.reduce(0, +)
    }

    /// The largest absolute value; NaN if there is one, 0 if there are no elements.
    package func largestMagnitude() -> Float {
        guard count > 0 else { return 0 }
        let low = Swift.abs(mk_extreme(MK_REDUCE_MINIMUM, count, pointer))
        let high = Swift.abs(mk_extreme(MK_REDUCE_MAXIMUM, count, pointer))
        return low > high || low.isNaN ? low : high
    }

    /// `self *= factor`, in place where nobody else holds the elements.
    package mutating func scale(by factor: Float) {
        let count = count
        withUnsafeMutablePointer { out in
            parallelFill(out, count: count) { part, items in mk_affine(items.count, part, factor, 0, part) }
        }
    }
}
