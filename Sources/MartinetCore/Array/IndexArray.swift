import MartinetBase

/// Whole numbers in the shape of an array: class labels, the result of `argmax`, what `gather` picks.
public struct IndexArray: Sendable, Equatable {
    public let shape: [Int]

    /// The elements in row-major order.
    public let values: [Int]

    public init(_ values: [Int], shape: [Int]) {
        require(
            elementCount(shape) == values.count,
            "IndexArray: a shape of \(shape) needs \(elementCount(shape)) elements, found \(values.count)")
        self.shape = shape
        self.values = values
    }

    public init(_ values: [Int]) { self.init(values, shape: [values.count]) }
}
