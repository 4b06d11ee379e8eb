import MartinetBase

// Orders of elements, and the places of the largest and smallest. NaN is larger than every number, as in PyTorch.

extension Tensor {
    /// The elements along `axis` in order, and where they were. Equal elements stay in their order. As `torch.sort`.
    public func sorted(axis: Int = -1, descending: Bool = false) -> (values: Tensor, indices: IndexArray) {
        let indices = argsort(axis: axis, descending: descending)
        return (gather(indices, axis: axis), indices)
    }

    /// The places along `axis` of its elements in order; equal elements stay in their order. As `torch.argsort(stable=True)`.
    public func argsort(axis: Int = -1, descending: Bool = false) -> IndexArray {
        ordered(axis: axis, count: nil, descending: descending, operation: "argsort")
    }

    /// The `k` largest elements along `axis`, the largest first, and where they are; the smallest for false. As `torch.topk`.
    ///
    /// - Parameters:
    ///   - k: at most the axis's size.
    ///   - axis: the axis, which has size `k` in the result.
    ///   - largest: whether the largest are wanted.
    public func topK(_ k: Int, axis: Int = -1, largest: Bool = true) -> (values: Tensor, indices: IndexArray) {
        let indices = ordered(axis: axis, count: k, descending: largest, operation: "topK")
        return (gather(indices, axis: axis), indices)
    }

    /// The largest element along `axis` and where the first of them is. As `torch.max(dim)`; the gradient goes to that one.
    public func maxWithIndices(axis: Int, keepingAxis: Bool = false) -> (values: Tensor, indices: IndexArray) {
        extreme(axis, keepingAxis, largest: true, operation: "maxWithIndices")
    }

    /// The smallest element along `axis` and where the first of them is. As `torch.min(dim)`; the gradient goes to that one.
    public func minWithIndices(axis: Int, keepingAxis: Bool = false) -> (values: Tensor, indices: IndexArray) {
        extreme(axis, keepingAxis, largest: false, operation: "minWithIndices")
    }

    private func extreme(
        _ axis: Int, _ keepingAxis: Bool, largest: Bool, operation: String
    ) -> (values: Tensor, indices: IndexArray) {
        let place = checkedAxis(axis, operation: operation)
        var shape = shape
        require(shape[place] > 0, "\(operation): axis \(axis) of a tensor of shape \(shape) is empty")
        shape[place] = 1
        let found = largest ? argmax(axis: place) : argmin(axis: place)
        let values = gather(IndexArray(found.values, shape: shape), axis: place)
        if !keepingAxis { shape.remove(at: place) }
        return (values.reshaped(shape), IndexArray(found.values, shape: shape))
    }

    /// The places of the first `count` elements along `axis` in order, of all where nil.
    private func ordered(axis: Int, count: Int?, descending: Bool, operation: String) -> IndexArray {
        require(rank > 0, "\(operation): a scalar has no axis")
        let axis = checkedAxis(axis, operation: operation)
        let size = shape[axis]
        let count = count ?? size
        require(
            count >= 0 && count <= size,
            "\(operation): \(count) elements of axis \(axis) of a tensor of shape \(shape), which has \(size)")
        let inner = elementCount(Array(shape[(axis + 1)...]))
        let outer = elementCount(Array(shape[..<axis]))
        var result = shape
        result[axis] = count
        var values = [Int](repeating: 0, count: outer * count * inner)
        let elements = array
        values.withUnsafeMutableBufferPointer { buffer in
            guard let indices = buffer.baseAddress, count > 0 else { return }
            elements.withUnsafePointer { source in
                let line = ParallelInput(source)
                parallelFill(indices, count: outer, width: count * inner, grain: 1) { part, range in
                    for o in range {
                        for i in 0..<inner {
                            let first = line.start + o * size * inner + i
                            let order = Self.order(of: first, stride: inner, count: size, descending: descending)
                            for place in 0..<count {
                                part[((o - range.lowerBound) * count + place) * inner + i] = order[place]
                            }
                        }
                    }
                }
            }
        }
        return IndexArray(values, shape: result)
    }

    /// The places of elements that lie `stride` apart, in order.
    private static func order(
        of first: UnsafePointer<Float>, stride: Int, count: Int, descending: Bool
    ) -> [Int] {
        func precedes(_ a: Float, _ b: Float) -> Bool { b.isNaN ? !a.isNaN : a < b }
        // Swift's sort is stable.
        return (0..<count).sorted { one, other in
            let (a, b) = (first[one * stride], first[other * stride])
            return descending ? precedes(b, a) : precedes(a, b)
        }
    }
}
