import Martinet

// Sums of products by an equation.
extension ProgramBuilder {
    static let contractionOperators: [String: Operator] = [
        "Einsum": { (builder, node) throws(ONNXError) in try builder.einsum(node) }
    ]

    private mutating func einsum(_ node: NodeReader) throws(ONNXError) -> Operand {
        var operands: [Operand] = []
        for index in node.operands.indices { operands.append(plain(try node.tensor(index))) }
        let equation: EinsumEquation
        do throws(EinsumEquation.Problem) {
            equation = try EinsumEquation(node.string("equation") ?? "", shapes: operands.map(\.shape))
        } catch {
            throw node.failure(expected: error.expected, found: error.found)
        }
        for shape in equation.intermediates { try check(shape, node.node.place) }
        return try apply(node, operands, shape: equation.outputShape) { _ in { equation.value(of: $0) } }
    }
}
