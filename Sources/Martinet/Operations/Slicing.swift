import MartinetBase

/// A subscript's part for one axis: an index, which drops the axis, or a range, which keeps it.
public protocol AxisSelection {
    /// The selected part of an axis of `size`, and whether the axis is dropped.
    func resolve(size: Int) -> (range: Range<Int>, dropsAxis: Bool)
}

extension Int: AxisSelection {
    /// Negative indices count from the back.
    public func resolve(size: Int) -> (range: Range<Int>, dropsAxis: Bool) {
        let index = self < 0 ? self + size : self
        require(index >= 0 && index < size, "slice: index \(self) is out of range for an axis of size \(size)")
        return (index..<index + 1, true)
    }
}

extension AxisSelection where Self: RangeExpression<Int> {
    public func resolve(size: Int) -> (range: Range<Int>, dropsAxis: Bool) {
        let range = relative(to: 0..<size)
        require(
            range.lowerBound >= 0 && range.upperBound <= size,
            "slice: \(range) is out of range for an axis of size \(size)")
        return (range, false)
    }
}

extension Range: AxisSelection where Bound == Int {}
extension ClosedRange: AxisSelection where Bound == Int {}
extension PartialRangeFrom: AxisSelection where Bound == Int {}
extension PartialRangeUpTo: AxisSelection where Bound == Int {}
extension PartialRangeThrough: AxisSelection where Bound == Int {}

/// A whole axis; written `.all`.
public struct WholeAxis: AxisSelection {
    public func resolve(size: Int) -> (range: Range<Int>, dropsAxis: Bool) { (0..<size, false) }
}

extension AxisSelection where Self == WholeAxis {
    /// A whole axis, to select from the axes behind it.
    public static var all: WholeAxis { WholeAxis() }
}

extension Tensor {
    /// A part of the tensor: `x[0]`, `x[.all, 1..<3]`, `x[0, 2..., -1]`. Axes that are not named are taken whole.
    public subscript(_ selections: any AxisSelection...) -> Tensor {
        require(
            selections.count <= rank, "slice: \(selections.count) selections for a tensor of shape \(shape)")
        let resolved = selections.enumerated().map { $1.resolve(size: shape[$0]) }
        let ranges = resolved.map(\.range) + shape[selections.count...].map { 0..<$0 }
        let kept = resolved.filter { !$0.dropsAxis }.map(\.range.count) + shape[selections.count...]
        return sliced(ranges).reshaped(kept)
    }

    /// The elements at `ranges[axis]` of each axis.
    package func sliced(_ ranges: [Range<Int>]) -> Tensor {
        let before = shape
        // Of a batch that is taken whole, one of another size is too.
        let takesBatch = ranges.first == 0..<(before.first ?? 0)
        let output =
            takesBatch
            ? traced("slice", .slice(ranges), array) { $0.sliced([0..<$0.shape[0]] + ranges.dropFirst()) }
            : array.sliced(ranges)
        return record("slice", output, from: self) { $0.embedded(in: before, at: ranges) }
    }

    /// The elements at `indices` along `axis`, which may repeat. As `torch.index_select`.
    public func selecting(_ indices: [Int], axis: Int = 0) -> Tensor {
        let axis = checkedAxis(axis, operation: "select")
        let size = shape[axis]
        let output =
            axis == 0
            ? array.selecting(indices, axis: 0)
            : traced("select", .select(indices, axis: axis), array) { $0.selecting(indices, axis: axis) }
        return record("select", output, from: self) {
            $0.addingSelected(indices, axis: axis, size: size)
        }
    }

    /// For each index the element at that place along `axis`, as `torch.gather`: with `axis` 1,
    /// `result[i, j] = self[i, indices[i, j]]`.
    ///
    /// - Parameters:
    ///   - indices: as many axes as the tensor, no larger than it along the others.
    ///   - axis: the axis that the indices count along.
    /// - Returns: a tensor of `indices`' shape.
    public func gather(_ indices: IndexArray, axis: Int) -> Tensor {
        let axis = checkedAxis(axis, operation: "gather")
        let before = shape
        return record("gather", array.gathering(indices, axis: axis), from: self) {
            NDArray.zeros(before).scatteringSum(of: $0, at: indices, axis: axis)
        }
    }
}
