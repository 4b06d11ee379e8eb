import MartinetBase

extension Tensor {
    /// The sum over `axes`, all of them where nil. The result lacks them, or has them with size 1 if `keepingAxes`.
    public func sum(axes: [Int]? = nil, keepingAxes: Bool = false) -> Tensor {
        let shape = shape
        let kept = reducedShape(axes, operation: "sum")
        let summed = (axes ?? Array(0..<rank)).map { checkedAxis($0, operation: "sum") }
        let total = traced("sum", .sum(axes: summed, keepingAxes: keepingAxes), array) {
            $0.sum(axes: axes, keepingAxes: keepingAxes)
        }
        return record("sum", total, from: self) { gradient in
            gradient.reshaped(kept).broadcast(to: shape)
        }
    }

    /// The mean over `axes`, all of them where nil.
    public func mean(axes: [Int]? = nil, keepingAxes: Bool = false) -> Tensor {
        let shape = shape
        let kept = reducedShape(axes, operation: "mean")
        let divisor = NDArray(scalar: Float(Double(count) / Double(elementCount(kept))))
        let mean = array.mean(axes: axes, keepingAxes: keepingAxes)
        let averaged = (axes ?? Array(0..<rank)).map { checkedAxis($0, operation: "mean") }
        if rank == 4, Set(averaged) == [1, 2] {
            let image = requireShapes(of: "mean") { () throws(ShapeError) in
                try PoolingGeometry(inputShape: shape, adaptiveTo: 1)
            }
            Trace.report("mean", .averagePool(image, countIncludePadding: true), [array], mean)
        } else {
            Trace.report(
                "mean",
                .other(.mean(axes: averaged, keepingAxes: keepingAxes)) {
                    $0[0].mean(axes: axes, keepingAxes: keepingAxes)
                }, [array], mean)
        }
        return record("mean", mean, from: self) { gradient in
            (gradient.reshaped(kept) / divisor).broadcast(to: shape)
        }
    }

    /// The variance over `axes`, all of them where nil: the mean squared deviation from the mean, with n - `correction`
    /// for n. As `torch.var`, whose default is 1 (Bessel's correction).
    public func variance(axes: [Int]? = nil, correction: Int = 1, keepingAxes: Bool = false) -> Tensor {
        let deviation = self - mean(axes: axes, keepingAxes: true)
        let reduced = elementCount(reducedShape(axes, operation: "variance"))
        let n = reduced == 0 ? 0 : count / reduced
        return square(deviation).sum(axes: axes, keepingAxes: keepingAxes) / Float(Swift.max(0, n - correction))
    }

    /// The largest element over `axes`, all of them where nil. Equal largest elements share the gradient equally, as in
    /// `torch.amax`.
    public func max(axes: [Int]? = nil, keepingAxes: Bool = false) -> Tensor {
        extreme("max", axes, keepingAxes) { $0.maximum(axes: axes, keepingAxes: true) }
    }

    /// The smallest element over `axes`, all of them where nil. Equal smallest elements share the gradient equally, as in
    /// `torch.amin`.
    public func min(axes: [Int]? = nil, keepingAxes: Bool = false) -> Tensor {
        extreme("min", axes, keepingAxes) { $0.minimum(axes: axes, keepingAxes: true) }
    }

    /// The index of the first largest element along `axis`.
    public func argmax(axis: Int = -1) -> IndexArray { array.argmax(axis: axis) }

    /// The index of the first smallest element along `axis`.
    public func argmin(axis: Int = -1) -> IndexArray { array.map(.negate).argmax(axis: axis) }

    private func extreme(
        _ name: String, _ axes: [Int]?, _ keepingAxes: Bool, _ reduce: @escaping @Sendable (NDArray) -> NDArray
    ) -> Tensor {
        let input = array
        let reduced = (axes ?? Array(0..<rank)).map { checkedAxis($0, operation: name) }
        let extremes =
            reduced.contains(0)
            ? reduce(input) : traced(name, .extreme(isLargest: name == "max", axes: reduced), input, reduce)
        let shape = keepingAxes ? extremes.shape : droppingAxes(axes, operation: name)
        return record(name, extremes.reshaped(shape), from: self) { gradient in
            let isExtreme = NDArray.combine(input, .equal, extremes)
            let share = gradient.reshaped(extremes.shape) / isExtreme.sum(axes: axes, keepingAxes: true)
            return isExtreme * share
        }
    }

    /// This tensor's shape with 1 for each of `axes`.
    private func reducedShape(_ axes: [Int]?, operation: String) -> [Int] {
        let axes = (axes ?? Array(0..<rank)).map { checkedAxis($0, operation: operation) }
        return shape.indices.map { axes.contains($0) ? 1 : shape[$0] }
    }

    private func droppingAxes(_ axes: [Int]?, operation: String) -> [Int] {
        let axes = (axes ?? Array(0..<rank)).map { checkedAxis($0, operation: operation) }
        return shape.indices.filter { !axes.contains($0) }.map { shape[$0] }
    }

    /// `axis` counted from the front; negative ones count from the back.
    func checkedAxis(_ axis: Int, operation: String) -> Int {
        require(
            axis >= -rank && axis < rank, "\(operation): axis \(axis) is out of range for a tensor of shape \(shape)")
        return axis < 0 ? axis + rank : axis
    }
}
