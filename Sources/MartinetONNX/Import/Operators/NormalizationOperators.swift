import Martinet

// Normalisation by a tensor's own statistics.
extension ProgramBuilder {
    static let normalizationOperators: [String: Operator] = [
        "LRN": { (builder, node) throws(ONNXError) in try builder.localResponse(node) },
        "InstanceNormalization": { (builder, node) throws(ONNXError) in try builder.instanceNormalization(node) },
        "LayerNormalization": { (builder, node) throws(ONNXError) in
            try builder.layerNormalization(node, subtractsMean: true)
        },
        "RMSNormalization": { (builder, node) throws(ONNXError) in
            try builder.layerNormalization(node, subtractsMean: false)
        },
    ]

    /// Each pixel's channels by the squares of their neighbours (Krizhevsky et al., 2012).
    private mutating func localResponse(_ node: NodeReader) throws(ONNXError) -> Operand {
        let x = physical(try node.image(0), channelsLast: true)
        let size = try node.int("size", or: 0)
        try node.require((1...NodeReader.largestSize).contains(size), "a size of at least 1", "\(size)")
        let (alpha, beta) = (try node.float("alpha", or: 1e-4), try node.float("beta", or: 0.75))
        let bias = try node.float("bias", or: 1)
        try check(x.shape + [size], node.node.place)
        return .computed(
            emit(x, shape: x.shape) { x in
                let before = (size - 1) / 2
                let squares = square(x).padded([(0, 0), (0, 0), (0, 0), (before, size - 1 - before)])
                let (shape, channels) = (x.shape, x.shape[3])
                let windows = (0..<size).map {
                    squares.sliced([0..<shape[0], 0..<shape[1], 0..<shape[2], $0..<$0 + channels])
                }
                let sum = windows.dropFirst().reduce(windows[0]) { $0 + $1 }
                return x / pow(sum * (alpha / Float(size)) + bias, beta)
            })
    }

    private mutating func instanceNormalization(_ node: NodeReader) throws(ONNXError) -> Operand {
        let x = physical(try node.image(0), channelsLast: true)
        let (scale, bias) = (try node.weight(1), try node.weight(2))
        try node.require(
            scale.shape == [x.shape[1]] && bias.shape == [x.shape[1]], "a scale and a bias of \(x.shape[1])",
            "the shapes \(scale.shape) and \(bias.shape)")
        let epsilon = try node.float("epsilon", or: 1e-5)
        let (factor, shift) = (Tensor(array: scale.array), Tensor(array: bias.array))
        return .computed(
            emit(x, shape: x.shape) {
                normalized($0, axes: [1, 2], epsilon: epsilon, subtractsMean: true) * factor + shift
            })
    }

    /// Over all axes from one on.
    private mutating func layerNormalization(_ node: NodeReader, subtractsMean: Bool) throws(ONNXError) -> Operand {
        guard case .computed(let value) = try node.tensor(0) else {
            throw node.failure(expected: "a computed tensor", found: "a constant")
        }
        let x = physical(value, channelsLast: false)
        let axis = try node.axis(try node.int("axis", or: -1), rank: x.shape.count)
        let epsilon = try node.float("epsilon", or: 1e-5)
        let scale = try node.weight(1)
        let bias = try node.optional(2) == nil ? nil : node.weight(2)
        for weight in [scale, bias].compactMap({ $0 }) {
            try node.require(
                Shapes.broadcast(weight.shape, x.shape) == x.shape, "a scale and a bias for \(x.shape)",
                "the shape \(weight.shape)")
        }
        let axes = Array(axis..<x.shape.count)
        let (factor, shift) = (Tensor(array: scale.array), bias.map { Tensor(array: $0.array) })
        return .computed(
            emit(x, shape: x.shape) {
                let scaled = normalized($0, axes: axes, epsilon: epsilon, subtractsMean: subtractsMean) * factor
                return shift.map { scaled + $0 } ?? scaled
            })
    }
}

/// `x`, less its mean if asked for, over the root of its mean square.
@Sendable private func normalized(_ x: Tensor, axes: [Int], epsilon: Float, subtractsMean: Bool) -> Tensor {
    let centred = subtractsMean ? x - x.mean(axes: axes, keepingAxes: true) : x
    return centred / sqrt(square(centred).mean(axes: axes, keepingAxes: true) + epsilon)
}
