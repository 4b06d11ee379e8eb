// Running sums.

extension Tensor {
    /// The sum of each element along `axis` and those before it, in double precision on the way. As `torch.cumsum`.
    ///
    /// - Parameters:
    ///   - axis: along which it runs.
    ///   - exclusive: whether each element itself is left out.
    ///   - reversed: whether the sum runs from the last element to the first.
    public func cumulativeSum(axis: Int, exclusive: Bool = false, reversed: Bool = false) -> Tensor {
        let axis = checkedAxis(axis, operation: "cumulativeSum")
        return record(
            "cumulativeSum", array.cumulativeSum(axis: axis, exclusive: exclusive, reversed: reversed), from: self
        ) {
            $0.cumulativeSum(axis: axis, exclusive: exclusive, reversed: !reversed)
        }
    }
}
