import MartinetBase

// Reductions that are made of sums, or that go by the elements' sizes.

extension Tensor {
    /// The product over `axes`, all of them where nil. As `torch.prod`; right, with its gradient, where elements are 0.
    public func product(axes: [Int]? = nil, keepingAxes: Bool = false) -> Tensor {
        let shape = shape
        let reduced = (axes ?? Array(0..<rank)).map { checkedAxis($0, operation: "product") }
        let kept = shape.indices.filter { !reduced.contains($0) }
        let order = kept + shape.indices.filter(reduced.contains)
        let lines = array.permuted(order).reshaped([elementCount(kept.map { shape[$0] }), -1])
        let products = lines.shape[1] == 0 ? NDArray.ones([lines.shape[0]]) : lines.lastCumulativeProduct()
        let result = products.reshaped(
            shape.indices.compactMap { reduced.contains($0) ? (keepingAxes ? 1 : nil) : shape[$0] })
        return record("product", result, from: self) { gradient in
            // Of each element the product of all others, which a division would not give where one is 0.
            let others =
                lines.cumulativeProduct(axis: 1, exclusive: true)
                * lines.cumulativeProduct(axis: 1, exclusive: true, reversed: true)
            let byLines = others * gradient.reshaped([-1, 1])
            var inverse = order
            for (position, axis) in order.enumerated() { inverse[axis] = position }
            return byLines.reshaped(order.map { shape[$0] }).permuted(inverse)
        }
    }

    /// The root of `variance` with the same arguments. As `torch.std`.
    public func standardDeviation(axes: [Int]? = nil, correction: Int = 1, keepingAxes: Bool = false) -> Tensor {
        sqrt(variance(axes: axes, correction: correction, keepingAxes: keepingAxes))
    }

    /// The logarithm of the sum of exp(x) over `axes`, without overflow. As `torch.logsumexp`.
    public func logSumExp(axes: [Int]? = nil, keepingAxes: Bool = false) -> Tensor {
        // A largest element that is infinite would make the difference NaN.
        let limit = Float.greatestFiniteMagnitude
        let largest = clamp(detached.max(axes: axes, keepingAxes: true), low: -limit, high: limit)
        let sum = exp(self - largest).sum(axes: axes, keepingAxes: true)
        let result = log(sum) + largest
        guard !keepingAxes else { return result }
        let reduced = (axes ?? Array(0..<rank)).map { checkedAxis($0, operation: "logSumExp") }
        return result.reshaped(shape.indices.filter { !reduced.contains($0) }.map { shape[$0] })
    }

    /// The p-norm over `axes`, all of them where nil: the root of order p of the sum of |x| to the power of p, or the largest |x|
    /// for infinity. As `torch.linalg.vector_norm`; nothing overflows on the way.
    ///
    /// - Parameters:
    ///   - order: p, above 0.
    ///   - axes: that are reduced.
    ///   - keepingAxes: whether the result has them with size 1.
    public func norm(_ order: Float = 2, axes: [Int]? = nil, keepingAxes: Bool = false) -> Tensor {
        require(order > 0, "norm: an order of \(order), expected one above 0")
        let sizes = abs(self)
        if order == .infinity { return sizes.max(axes: axes, keepingAxes: keepingAxes) }
        if order == 1 { return sizes.sum(axes: axes, keepingAxes: keepingAxes) }
        let input = array
        let largest = sizes.array.maximum(axes: axes, keepingAxes: true)
        let isZero = NDArray.combine(largest, .equal, NDArray(scalar: 0))
        let scale = NDArray.where(isZero, NDArray(scalar: 1), largest)
        let scaled = sizes.array / scale
        let powers = order == 2 ? scaled.map(.square) : .combine(scaled, .power, NDArray(scalar: order))
        let sums = powers.sum(axes: axes, keepingAxes: true)
        let roots = order == 2 ? sums.map(.sqrt) : .combine(sums, .power, NDArray(scalar: 1 / order))
        let norms = roots * scale
        let reduced = (axes ?? Array(0..<rank)).map { checkedAxis($0, operation: "norm") }
        let result = keepingAxes ? norms.shape : shape.indices.filter { !reduced.contains($0) }.map { shape[$0] }
        return record("norm", norms.reshaped(result), from: self) { gradient in
            // The sign of x times (|x| / norm) to the power of p - 1, and 0 where all elements are.
            let ratios = NDArray.where(
                isZero, NDArray(scalar: 0), scaled / NDArray.where(isZero, NDArray(scalar: 1), roots))
            let slopes = order == 2 ? ratios : NDArray.combine(ratios, .power, NDArray(scalar: order - 1))
            return slopes * input.map(.sign) * gradient.reshaped(norms.shape)
        }
    }

    /// 1 where any element over `axes` is not 0, else 0. As `torch.any`.
    public func any(axes: [Int]? = nil, keepingAxes: Bool = false) -> Tensor {
        (detached .!= 0).sum(axes: axes, keepingAxes: keepingAxes) .> 0
    }

    /// 1 where no element over `axes` is 0, else 0. As `torch.all`.
    public func all(axes: [Int]? = nil, keepingAxes: Bool = false) -> Tensor {
        (detached .== 0).sum(axes: axes, keepingAxes: keepingAxes) .== 0
    }
}

extension NDArray {
    /// Of a matrix, the product of each row.
    fileprivate func lastCumulativeProduct() -> NDArray {
        cumulativeProduct(axis: 1).sliced([0..<shape[0], shape[1] - 1..<shape[1]]).reshaped([shape[0]])
    }
}
