import Martinet

// Activations beside those that elementwise operators are.
extension ProgramBuilder {
    static let activationOperators: [String: Operator] = [
        "PRelu": { (builder, node) throws(ONNXError) in
            let (x, slope) = (try node.tensor(0), try node.tensor(1))
            try node.require(
                Shapes.broadcast(x.shape, slope.shape) == x.shape, "a slope for \(x.shape)",
                "one of the shape \(slope.shape)")
            return try builder.combine(node, x, slope) { prelu($0, $1) }
        },
        "Elu": { (builder, node) throws(ONNXError) in
            let alpha = try node.float("alpha", or: 1)
            return try builder.unary(node) { elu($0, alpha: alpha) }
        },
        "Selu": { (builder, node) throws(ONNXError) in
            let alpha = try node.float("alpha", or: 1.67326319217681884765625)
            let gamma = try node.float("gamma", or: 1.05070102214813232421875)
            return try builder.unary(node) { gamma * elu($0, alpha: alpha) }
        },
        "Celu": { (builder, node) throws(ONNXError) in
            let alpha = try node.float("alpha", or: 1)
            try node.require(alpha != 0, "an alpha other than 0", "\(alpha)")
            return try builder.unary(node) { celu($0, alpha: alpha) }
        },
        "Softsign": unary { softsign($0) },
        "Mish": unary { mish($0) },
        "Swish": { (builder, node) throws(ONNXError) in
            let alpha = try node.float("alpha", or: 1)
            return try builder.unary(node) { $0 * sigmoid(alpha * $0) }
        },
        "ThresholdedRelu": { (builder, node) throws(ONNXError) in
            let alpha = try node.float("alpha", or: 1)
            return try builder.unary(node) { $0 * ($0 .> alpha) }
        },
    ]
}
