import MartinetBase

extension NDArray {
    /// For each index the element at that place along `axis`; see `torch.gather`.
    package func gathering(_ indices: IndexArray, axis: Int) -> NDArray {
        let positions = elementPositions(indices, axis: axis, operation: "gather")
        return NDArray(shape: indices.shape) { out in
            for (index, position) in positions.enumerated() { out[index] = pointer[position] }
        }
    }

    /// This array with each element of `source` added at the place that `gathering` would take it from.
    package func scatteringSum(of source: NDArray, at indices: IndexArray, axis: Int) -> NDArray {
        require(
            source.shape == indices.shape, "scatter: the shapes \(source.shape) and \(indices.shape) differ")
        let positions = elementPositions(indices, axis: axis, operation: "scatter")
        var result = self
        result.withUnsafeMutablePointer { out in
            for (index, position) in positions.enumerated() { out[position] += source.pointer[index] }
        }
        return result
    }

    /// This array with each element of `source` put at the place that `gathering` would take it from, the last one where a place
    /// is named twice; and for each element of `source` 1 if it stayed, else 0.
    package func scattering(_ source: NDArray, at indices: IndexArray, axis: Int) -> (result: NDArray, stayed: NDArray)
    {
        require(
            source.shape == indices.shape, "scatter: the shapes \(source.shape) and \(indices.shape) differ")
        let positions = elementPositions(indices, axis: axis, operation: "scatter")
        var last: [Int: Int] = [:]
        for (index, position) in positions.enumerated() { last[position] = index }
        var result = self
        result.withUnsafeMutablePointer { out in
            for (position, index) in last { out[position] = source.pointer[index] }
        }
        let stayed = NDArray(shape: source.shape) { out in
            for (index, position) in positions.enumerated() { out[index] = last[position] == index ? 1 : 0 }
        }
        return (result, stayed)
    }

    /// The reverse of `selecting` for gradients: zeros with `size` along `axis`, and each part of `self` added at its index.
    package func addingSelected(_ indices: [Int], axis: Int, size: Int) -> NDArray {
        let axis = normalizedAxis(axis, rank: rank, operation: "select")
        require(
            shape[axis] == indices.count,
            "select: \(indices.count) indices for axis \(axis) of an array of shape \(shape)")
        checkIndices(indices, below: size, operation: "select")
        let outer = elementCount(Array(shape[..<axis]))
        let inner = elementCount(Array(shape[(axis + 1)...]))
        var target = shape
        target[axis] = size
        var result = NDArray.zeros(target)
        result.withUnsafeMutablePointer { out in
            for o in 0..<outer {
                for (i, index) in indices.enumerated() {
                    let from = pointer + (o * indices.count + i) * inner
                    let to = out + (o * size + index) * inner
                    for element in 0..<inner { to[element] += from[element] }
                }
            }
        }
        return result
    }

    /// The place in this array's storage of each of `indices`.
    private func elementPositions(_ indices: IndexArray, axis: Int, operation: String) -> [Int] {
        let axis = normalizedAxis(axis, rank: rank, operation: operation)
        require(
            indices.shape.count == rank
                && shape.indices.allSatisfy { $0 == axis || indices.shape[$0] <= shape[$0] },
            "\(operation): indices of shape \(indices.shape) do not fit an array of shape \(shape) along axis \(axis)")
        checkIndices(indices.values, below: shape[axis], operation: operation)
        let strides = contiguousStrides(shape)
        let steps = contiguousStrides(indices.shape)
        return indices.values.enumerated().map { place, value in
            var position = value * strides[axis]
            for other in shape.indices where other != axis {
                position += place / steps[other] % indices.shape[other] * strides[other]
            }
            return position
        }
    }
}
