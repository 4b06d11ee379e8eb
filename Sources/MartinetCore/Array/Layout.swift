import CKernels
import MartinetBase

extension NDArray {
    /// The same elements in another shape. One size may be -1, which stands for what remains. Copies nothing.
    package func reshaped(_ shape: [Int]) -> NDArray {
        NDArray(shape: inferredShape(shape, count: count), storage: storage)
    }

    /// The array with its axes in the order of `axes`; itself, uncopied, where only axes of size 1 move.
    package func permuted(_ axes: [Int]) -> NDArray {
        let axes = axes.map { normalizedAxis($0, rank: rank, operation: "permute") }
        require(
            axes.count == rank && Set(axes).count == rank,
            "permute: \(axes) is not an order of the \(rank) axes of an array of shape \(shape)")
        let target = axes.map { shape[$0] }
        let moving = axes.filter { shape[$0] != 1 }
        if moving == moving.sorted() { return reshaped(target) }
        let strides = contiguousStrides(shape)
        return gathered(shape: target, strides: axes.map { strides[$0] }, offset: 0)
    }

    /// The elements at `ranges[axis]` of each axis.
    package func sliced(_ ranges: [Range<Int>]) -> NDArray {
        checkSlice(ranges, of: shape)
        let strides = contiguousStrides(shape)
        let target = ranges.map(\.count)
        if target == shape { return self }
        return gathered(shape: target, strides: strides, offset: sliceOffset(ranges, strides))
    }

    /// Zeros of `shape` with this array at `ranges`: what `sliced` does to a gradient.
    package func embedded(in shape: [Int], at ranges: [Range<Int>], background: Float = 0) -> NDArray {
        var result = NDArray(repeating: background, shape: shape)
        result.replace(ranges, with: self)
        return result
    }

    /// Overwrites the elements at `ranges` with those of `part`.
    package mutating func replace(_ ranges: [Range<Int>], with part: NDArray) {
        checkSlice(ranges, of: shape)
        require(
            part.shape == ranges.map(\.count), "replace: a part of shape \(part.shape) does not fit into \(ranges)")
        let strides = contiguousStrides(shape)
        let offset = sliceOffset(ranges, strides)
        guard part.count > 0 else { return }
        let (sizes, steps) = mergedAxes(part.shape, strides)
        withUnsafeMutablePointer { out in
            let target = ParallelOutput(out + offset)
            parallelFor(sizes[0], grain: grainSize(itemSize: part.count / sizes[0])) { range, _ in
                mk_scatter_strided(
                    Int32(sizes.count), sizes, steps, range.lowerBound, range.upperBound, part.pointer, target.start)
            }
        }
    }

    /// `arrays` one after the other along `axis`; they agree in every other axis.
    package static func concatenated(_ arrays: [NDArray], axis: Int) -> NDArray {
        guard let first = arrays.first else { fail("concatenate: no arrays") }
        let axis = normalizedAxis(axis, rank: first.rank, operation: "concatenate")
        for array in arrays {
            require(
                array.rank == first.rank
                    && array.shape.indices.allSatisfy { $0 == axis || array.shape[$0] == first.shape[$0] },
                "concatenate: the shapes \(first.shape) and \(array.shape) differ in more than axis \(axis)")
        }
        let outer = elementCount(Array(first.shape[..<axis]))
        var shape = first.shape
        shape[axis] = arrays.reduce(0) { $0 + $1.shape[axis] }
        let row = elementCount(Array(shape[axis...]))
        return NDArray(shape: shape) { out in
            var start = out
            for array in arrays {
                let length = outer == 0 ? 0 : array.count / outer
                parallelFill(start, count: outer, width: row, grain: grainSize(itemSize: length)) { part, range in
                    for o in range {
                        (part + (o - range.lowerBound) * row).update(from: array.pointer + o * length, count: length)
                    }
                }
                start += length
            }
        }
    }

    /// `shape` filled from `self` read with `strides` from `offset`.
    func gathered(shape: [Int], strides: [Int], offset: Int) -> NDArray {
        let total = elementCount(shape)
        return NDArray(shape: shape) { out in
            guard total > 0 else { return }
            let (sizes, steps) = mergedAxes(shape, strides)
            if sizes.count == 1 && steps[0] == 0 {
                out.initialize(repeating: pointer[offset], count: total)
                return
            }
            parallelFill(out, count: sizes[0], width: total / sizes[0]) { part, range in
                mk_gather_strided(
                    Int32(sizes.count), sizes, steps, 0, range.count, pointer + offset + range.lowerBound * steps[0],
                    part)
            }
        }
    }

    /// For each index, the element (or block, where `self` has more axes) along `axis`.
    package func selecting(_ indices: [Int], axis: Int) -> NDArray {
        let axis = normalizedAxis(axis, rank: rank, operation: "select")
        let outer = elementCount(Array(shape[..<axis]))
        let inner = elementCount(Array(shape[(axis + 1)...]))
        let size = shape[axis]
        checkIndices(indices, below: size, operation: "select")
        var result = shape
        result[axis] = indices.count
        return NDArray(shape: result) { out in
            parallelFill(out, count: outer * indices.count, width: inner) { part, blocks in
                for block in blocks {
                    let (o, i) = block.quotientAndRemainder(dividingBy: indices.count)
                    (part + (block - blocks.lowerBound) * inner).update(
                        from: pointer + (o * size + indices[i]) * inner, count: inner)
                }
            }
        }
    }
}

func checkIndices(_ indices: [Int], below size: Int, operation: String) {
    for index in indices {
        require(index >= 0 && index < size, "\(operation): index \(index) is out of range 0 ..< \(size)")
    }
}

/// `shape` with its -1, if there is one, replaced by what `count` leaves for it.
package func inferredShape(_ shape: [Int], count: Int) -> [Int] {
    guard let unknown = shape.firstIndex(of: -1) else {
        require(
            elementCount(shape) == count,
            "reshape: expected a shape of \(count) elements, found \(shape), which has \(elementCount(shape))")
        return shape
    }
    var result = shape
    result[unknown] = 1
    let known = elementCount(result)
    require(
        known > 0 && count % known == 0, "reshape: no size for -1 in \(shape) makes \(count) elements")
    result[unknown] = count / known
    return result
}

/// Neighbouring axes that are one axis in memory, merged; never empty.
private func mergedAxes(_ shape: [Int], _ strides: [Int]) -> (sizes: [Int], strides: [Int]) {
    var sizes: [Int] = []
    var steps: [Int] = []
    for axis in shape.indices where shape[axis] != 1 {
        if let last = sizes.indices.last, steps[last] == strides[axis] * shape[axis] {
            sizes[last] *= shape[axis]
            steps[last] = strides[axis]
        } else {
            sizes.append(shape[axis])
            steps.append(strides[axis])
        }
    }
    require(sizes.count <= MK_MAXIMUM_RANK, "arrays of more than \(MK_MAXIMUM_RANK) axes are not supported")
    return sizes.isEmpty ? ([1], [1]) : (sizes, steps)
}

private func checkSlice(_ ranges: [Range<Int>], of shape: [Int]) {
    require(
        ranges.count == shape.count
            && zip(ranges, shape).allSatisfy { $0.lowerBound >= 0 && $0.upperBound <= $1 },
        "slice: \(ranges) is out of range for an array of shape \(shape)")
}

private func sliceOffset(_ ranges: [Range<Int>], _ strides: [Int]) -> Int {
    zip(ranges, strides).reduce(0) { $0 + $1.0.lowerBound * $1.1 }
}
