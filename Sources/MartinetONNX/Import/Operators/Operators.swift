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
        .merging(activationOperators) { first, _ in first }
        .merging(resizeOperators) { first, _ in first }
        .merging(partOperators) { first, _ in first }
        .merging(comparisonOperators) { first, _ in first }
        .merging(functionOperators) { first, _ in first }
        .merging(samplingOperators) { first, _ in first }
        .merging(scatterOperators) { first, _ in first }
        .merging(contractionOperators) { first, _ in first }
        .merging(normalizationOperators) { first, _ in first }

    /// As `Operator`, with all outputs of the node.
    typealias OperatorOfSeveralOutputs =
        @Sendable (inout ProgramBuilder, NodeReader) throws(ONNXError) -> [Operand]

    /// Operators that a file reads more than the first output of.
    static let operatorsOfSeveralOutputs: [String: OperatorOfSeveralOutputs] = [
        "Split": { (builder, node) throws(ONNXError) in try builder.split(node) },
        "TopK": { (builder, node) throws(ONNXError) in try builder.topK(node) },
        "LSTM": { (builder, node) throws(ONNXError) in try builder.recurrent(node, .lstm) },
        "GRU": { (builder, node) throws(ONNXError) in try builder.recurrent(node, .gru) },
        "RNN": { (builder, node) throws(ONNXError) in try builder.recurrent(node, .plain) },
        "LayerNormalization": { (builder, node) throws(ONNXError) in
            try builder.layerNormalization(node, subtractsMean: true)
        },
    ]
}
