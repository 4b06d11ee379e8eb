import MartinetBase

// Repetitions, other orders, and parts by a mask.

extension Tensor {
    /// The whole tensor repeated, `counts[i]` times along axis i. As `torch.tile`.
    ///
    /// - Parameter counts: at least one for each axis; more of them make new axes in front.
    public func tiled(_ counts: [Int]) -> Tensor {
        require(
            counts.count >= rank && counts.allSatisfy { $0 >= 0 },
            "tiled: \(counts) for a tensor of shape \(shape), expected a count for each axis")
        let shape = [Int](repeating: 1, count: counts.count - rank) + shape
        let parts = zip(counts, shape).flatMap { [1, $1] }
        let spread = zip(counts, shape).flatMap { [$0, $1] }
        return reshaped(parts).broadcast(to: spread).reshaped(zip(counts, shape).map(*))
    }

    /// Each element along `axis` `count` times in a row. As `torch.repeat_interleave`.
    public func repeated(_ count: Int, axis: Int) -> Tensor {
        require(count >= 0, "repeated: a count of \(count)")
        let axis = checkedAxis(axis, operation: "repeated")
        var (spread, result) = (shape, shape)
        spread.insert(count, at: axis + 1)
        result[axis] *= count
        return expanded(at: axis + 1).broadcast(to: spread).reshaped(result)
    }

    /// The elements along `axes` in the reverse order. As `torch.flip`.
    public func flipped(axes: [Int]) -> Tensor {
        axes.reduce(self) { tensor, axis in
            let axis = tensor.checkedAxis(axis, operation: "flipped")
            return tensor.selecting(Array((0..<tensor.shape[axis]).reversed()), axis: axis)
        }
    }

    /// The elements moved on by `amount` along `axis`; those that leave at its end come back at its start. As `torch.roll`.
    ///
    /// - Parameters:
    ///   - amount: negative ones move them back.
    ///   - axis: along which they move.
    public func rolled(by amount: Int, axis: Int) -> Tensor {
        let axis = checkedAxis(axis, operation: "rolled")
        let size = shape[axis]
        guard size > 1, amount % size != 0 else { return self }
        let cut = size - (amount % size + size) % size
        var (head, tail) = (shape.map { 0..<$0 }, shape.map { 0..<$0 })
        head[axis] = 0..<cut
        tail[axis] = cut..<size
        return .concatenate([sliced(tail), sliced(head)], axis: axis)
    }

    /// The matrices of the last two axes with 0 above the diagonal. As `torch.tril`.
    ///
    /// - Parameter diagonal: how far above the main diagonal the last one that is kept lies; below it for negative ones.
    public func lowerTriangle(diagonal: Int = 0) -> Tensor { triangle("lowerTriangle") { $1 - $0 <= diagonal } }

    /// The matrices of the last two axes with 0 below the diagonal. As `torch.triu`.
    ///
    /// - Parameter diagonal: how far above the main diagonal the first one that is kept lies; below it for negative ones.
    public func upperTriangle(diagonal: Int = 0) -> Tensor { triangle("upperTriangle") { $1 - $0 >= diagonal } }

    private func triangle(_ operation: String, keeping isKept: (Int, Int) -> Bool) -> Tensor {
        require(rank >= 2, "\(operation): a tensor of shape \(shape) has no matrices")
        let (rows, columns) = (shape[rank - 2], shape[rank - 1])
        let mask = (0..<rows).flatMap { row in (0..<columns).map { isKept(row, $0) ? Float(1) : 0 } }
        return `where`(Tensor(mask, shape: [rows, columns]), self, Tensor(0))
    }

    /// `value` where `mask` is not 0, else this tensor's elements. As `torch.masked_fill`.
    ///
    /// The mask is broadcast to this tensor.
    public func maskedFill(_ mask: Tensor, _ value: Float) -> Tensor {
        let result = `where`(mask.detached, Tensor(value), self)
        require(result.shape == shape, "maskedFill: a mask of shape \(mask.shape) for a tensor of shape \(shape)")
        return result
    }

    /// This tensor with each element of `source` put at the place that `gather` would take it from. As `torch.scatter`.
    ///
    /// - Parameters:
    ///   - indices: as many axes as the tensor, no larger than it along the others. A place that is named twice gets the
    ///     last element.
    ///   - source: of `indices`' shape.
    ///   - axis: the axis that the indices count along.
    public func scattering(_ source: Tensor, at indices: IndexArray, axis: Int) -> Tensor {
        let axis = checkedAxis(axis, operation: "scattering")
        let shape = shape
        // Where an element stays, and which elements of the source are not overwritten by later ones.
        let (result, wins) = array.scattering(source.array, at: indices, axis: axis)
        return record("scattering", result, from: [self, source]) { gradient in
            let taken = NDArray.zeros(shape).scatteringSum(of: wins, at: indices, axis: axis)
            return [gradient * taken.affine(scale: -1, offset: 1), gradient.gathering(indices, axis: axis) * wins]
        }
    }

    /// This tensor with each element of `source` added at the place that `gather` would take it from. As `torch.scatter_add`.
    ///
    /// - Parameters:
    ///   - indices: as many axes as the tensor, no larger than it along the others; they may repeat.
    ///   - source: of `indices`' shape.
    ///   - axis: the axis that the indices count along.
    public func scatteringSum(_ source: Tensor, at indices: IndexArray, axis: Int) -> Tensor {
        let axis = checkedAxis(axis, operation: "scatteringSum")
        return record(
            "scatteringSum", array.scatteringSum(of: source.array, at: indices, axis: axis), from: [self, source]
        ) { [$0, $0.gathering(indices, axis: axis)] }
    }
}
