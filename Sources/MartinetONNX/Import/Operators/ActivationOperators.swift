import Martinet

// Activations that are made of other functions.
extension ProgramBuilder {
    static let activationOperators: [String: Operator] = [
        "PRelu": { (builder, node) throws(ONNXError) in
            let (x, slope) = (try node.tensor(0), try node.tensor(1))
            try node.require(
                Shapes.broadcast(x.shape, slope.shape) == x.shape, "a slope for \(x.shape)",
                "one of the shape \(slope.shape)")
            return try builder.combine(node, x, slope) { relu($0) - $1 * relu(-$0) }
        },
        "Elu": { (builder, node) throws(ONNXError) in
            let alpha = try node.float("alpha", or: 1)
            return try builder.unary(node) { relu($0) + alpha * exponentialBelowZero($0) }
        },
        "Selu": { (builder, node) throws(ONNXError) in
            let alpha = try node.float("alpha", or: 1.67326319217681884765625)
            let gamma = try node.float("gamma", or: 1.05070102214813232421875)
            return try builder.unary(node) { gamma * (relu($0) + alpha * exponentialBelowZero($0)) }
        },
        "Celu": { (builder, node) throws(ONNXError) in
            let alpha = try node.float("alpha", or: 1)
            return try builder.unary(node) { relu($0) + alpha * exponentialBelowZero($0 / alpha) }
        },
        "Softsign": unary { $0 / (1 + abs($0)) },
        "Mish": unary { $0 * tanh(softplus($0)) },
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

/// exp(x) - 1 where x is negative, else 0.
@Sendable private func exponentialBelowZero(_ x: Tensor) -> Tensor { exp(-relu(-x)) - 1 }
