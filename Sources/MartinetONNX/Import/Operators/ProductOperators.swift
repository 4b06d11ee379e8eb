import Martinet

// Matrix products and normalisation.
extension ProgramBuilder {
    static let productOperators: [String: Operator] = [
        "Gemm": { (builder, node) throws(ONNXError) in try builder.gemm(node) },
        "MatMul": { (builder, node) throws(ONNXError) in try builder.matrixProduct(node) },
        "BatchNormalization": { (builder, node) throws(ONNXError) in try builder.batchNormalization(node) },
    ]

    /// `alpha * A B + beta * C`.
    private mutating func gemm(_ node: NodeReader) throws(ONNXError) -> Operand {
        let (a, b) = (try node.tensor(0), try node.tensor(1))
        guard case .computed(let x) = a, x.shape.count == 2, b.shape.count == 2 else {
            throw node.failure(
                expected: "a computed matrix and a matrix", found: "the shapes \(a.shape) and \(b.shape)")
        }
        let (transposeA, transposeB) = (try node.int("transA", or: 0) != 0, try node.int("transB", or: 0) != 0)
        let (rows, inner) = transposeA ? (x.shape[1], x.shape[0]) : (x.shape[0], x.shape[1])
        let (depth, columns) = transposeB ? (b.shape[1], b.shape[0]) : (b.shape[0], b.shape[1])
        try node.require(inner == depth, "matrices that fit", "the shapes \(a.shape) and \(b.shape)")
        let (alpha, beta) = (try node.float("alpha", or: 1), try node.float("beta", or: 1))
        let shape = [rows, columns]
        var product: ComputedValue
        switch b {
        case .floats(let weight):
            let matrix = Tensor(array: weight.permuted(transposeB ? [1, 0] : [0, 1]))
            product = emit(x, shape: shape) { matmul($0, matrix, transposeA: transposeA) }
        case .computed(let y):
            product = emit([x.slot, y.slot], shape: shape, isChannelsLast: false) {
                matmul($0[0], $0[1], transposeA: transposeA, transposeB: transposeB)
            }
        case .integers: throw node.failure(expected: "a matrix", found: "integers")
        }
        if alpha != 1 { product = emit(product, shape: shape) { $0 * alpha } }
        guard node.optional(2) != nil else { return .computed(product) }
        let c = try node.tensor(2)
        try node.require(
            Shapes.broadcast(c.shape, shape) == shape, "a bias for \(shape)", "one of the shape \(c.shape)")
        return try apply(node, [.computed(product), c], shape: shape) { _ in
            { beta == 1 ? $0[0] + $0[1] : $0[0] + $0[1] * beta }
        }
    }

    private mutating func matrixProduct(_ node: NodeReader) throws(ONNXError) -> Operand {
        let (left, right) = (try node.tensor(0), try node.tensor(1))
        guard left.shape.count == 1 || right.shape.count == 1 else { return try matrixProduct(node, [left, right]) }
        // A vector is a row on the left and a column on the right, and its axis goes afterwards.
        try node.require(!left.shape.isEmpty && !right.shape.isEmpty, "vectors or matrices", "a number")
        let row = left.shape.count == 1 ? reshaped(left, to: [1] + left.shape) : left
        let column = right.shape.count == 1 ? reshaped(right, to: right.shape + [1]) : right
        let product = try matrixProduct(node, [row, column])
        var shape = product.shape
        if right.shape.count == 1 { shape.removeLast() }
        if left.shape.count == 1 { shape.remove(at: shape.count - (right.shape.count == 1 ? 1 : 2)) }
        return reshaped(product, to: shape)
    }

    private mutating func matrixProduct(_ node: NodeReader, _ operands: [Operand]) throws(ONNXError) -> Operand {
        let (a, b) = (operands[0].shape, operands[1].shape)
        guard a.count >= 2, b.count >= 2, a[a.count - 1] == b[b.count - 2],
            let batch = Shapes.broadcast(Array(a.dropLast(2)), Array(b.dropLast(2)))
        else { throw node.failure(expected: "matrices that fit", found: "the shapes \(a) and \(b)") }
        let constants = operands.filter { if case .floats = $0 { true } else { false } }
        try node.require(constants.count < 2, "a computed operand", "two constants")
        var plain: [Operand] = []
        for operand in operands {
            if case .computed(let value) = operand {
                plain.append(.computed(physical(value, channelsLast: false)))
            } else {
                plain.append(operand)
            }
        }
        return try apply(node, plain, shape: batch + [a[a.count - 2], b[b.count - 1]]) { _ in { matmul($0[0], $0[1]) } }
    }

    private mutating func batchNormalization(_ node: NodeReader) throws(ONNXError) -> Operand {
        guard case .computed(var value) = try node.tensor(0), [2, 4].contains(value.shape.count) else {
            throw node.failure(
                expected: "a computed tensor of 2 or 4 axes", found: "the shape \(try node.operand(0).shape)")
        }
        try node.require(try node.int("training_mode", or: 0) == 0, "evaluation mode", "training_mode")
        value.namesChannelsLast = false
        let x = physical(value, channelsLast: true)
        var parameters: [Tensor] = []
        for index in 1...4 {
            let weight = try node.weight(index)
            try node.require(weight.shape == [x.shape[1]], "\(x.shape[1]) channels", "the shape \(weight.shape)")
            parameters.append(Tensor(array: weight.array))
        }
        let epsilon = try node.float("epsilon", or: 1e-5)
        let fixed = parameters
        let result = emit(x, shape: x.shape) {
            batchNorm($0, mean: fixed[2], variance: fixed[3], weight: fixed[0], bias: fixed[1], epsilon: epsilon)
        }
        return .computed(result)
    }
}
