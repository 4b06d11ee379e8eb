import Martinet

extension ProgramBuilder {
    /// Adds one node's operation, and says what its first output is.
    typealias Operator = @Sendable (inout ProgramBuilder, NodeReader) throws(ONNXError) -> Operand

    /// All operators that are supported.
    static let operators: [String: Operator] = windowOperators.merging(productOperators) { first, _ in first }
        .merging(elementwiseOperators) { first, _ in first }
        .merging(shapeOperators) { first, _ in first }
        .merging(layoutOperators) { first, _ in first }
        .merging(reductionOperators) { first, _ in first }
}
