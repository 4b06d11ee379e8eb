import Martinet

// Normalisation by a tensor's own statistics.
extension ProgramBuilder {
    static let normalizationOperators: [String: Operator] = [
        "LRN": { (builder, node) throws(ONNXError) in try builder.localResponse(node) },
        "InstanceNormalization": { (builder, node) throws(ONNXError) in try builder.instanceNormalization(node) },
        "GroupNormalization": { (builder, node) throws(ONNXError) in try builder.groupNormalization(node) },
        "LpNormalization": { (builder, node) throws(ONNXError) in try builder.lengthNormalization(node) },
        "MeanVarianceNormalization": { (builder, node) throws(ONNXError) in
            let x = try node.tensor(0)
            let axes = try node.axes(node.ints("axes") ?? [0, 2, 3], rank: x.shape.count)
            return try builder.apply(node, [builder.plain(x)], shape: x.shape) { _ in
                { inputs in
                    let centred = inputs[0] - inputs[0].mean(axes: axes, keepingAxes: true)
                    return centred / (sqrt(square(centred).mean(axes: axes, keepingAxes: true)) + 1e-9)
                }
            }
        },
        "RMSNormalization": { (builder, node) throws(ONNXError) in
            try builder.layerNormalization(node, subtractsMean: false)[0]
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

    private mutating func groupNormalization(_ node: NodeReader) throws(ONNXError) -> Operand {
        let x = physical(try node.image(0), channelsLast: false)
        let (channels, groups) = (x.shape[1], try node.int("num_groups", or: 0))
        try node.require(groups > 0 && channels % groups == 0, "groups of \(channels) channels", "\(groups)")
        let (scale, bias) = (try node.weight(1), try node.weight(2))
        // Before operator set 21 each group had one number.
        let count = node.operatorSet < 21 ? groups : channels
        try node.require(
            scale.shape == [count] && bias.shape == [count], "a scale and a bias of \(count)",
            "the shapes \(scale.shape) and \(bias.shape)")
        let epsilon = try node.float("epsilon", or: 1e-5)
        let shape = x.shape
        let parts = [shape[0], groups, channels / groups, shape[2], shape[3]]
        let factors = count == groups ? [groups, 1, 1, 1] : [groups, channels / groups, 1, 1]
        let (factor, shift) = (
            Tensor(array: scale.array).reshaped(factors), Tensor(array: bias.array).reshaped(factors)
        )
        return .computed(
            emit(x, shape: shape) {
                let groups = normalized($0.reshaped(parts), axes: [2, 3, 4], epsilon: epsilon, subtractsMean: true)
                return (groups * factor + shift).reshaped(shape)
            })
    }

    /// By the length of an axis's vectors; those of length 0 stay.
    private mutating func lengthNormalization(_ node: NodeReader) throws(ONNXError) -> Operand {
        let x = try node.tensor(0)
        let axis = try node.axis(try node.int("axis", or: -1), rank: x.shape.count)
        let p = try node.int("p", or: 2)
        try node.require([1, 2].contains(p), "p of 1 or 2", "\(p)")
        return try apply(node, [plain(x)], shape: x.shape) { _ in
            { inputs in
                let length =
                    p == 1
                    ? abs(inputs[0]).sum(axes: [axis], keepingAxes: true)
                    : sqrt(square(inputs[0]).sum(axes: [axis], keepingAxes: true))
                return inputs[0] / `where`(length .== 0, Tensor(1), length)
            }
        }
    }

    /// Over all axes from one on: the result, and the mean and the inverse of the deviation where the file names them.
    mutating func layerNormalization(_ node: NodeReader, subtractsMean: Bool) throws(ONNXError) -> [Operand] {
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
        let result = emit(x, shape: x.shape) {
            let scaled = normalized($0, axes: axes, epsilon: epsilon, subtractsMean: subtractsMean) * factor
            return shift.map { scaled + $0 } ?? scaled
        }
        guard subtractsMean, node.node.outputs.count > 1 else { return [.computed(result)] }
        let kept = x.shape.indices.map { $0 < axis ? x.shape[$0] : 1 }
        let mean = emit(x, shape: kept) { $0.mean(axes: axes, keepingAxes: true) }
        let inverse = emit(x, shape: kept) {
            let centred = $0 - $0.mean(axes: axes, keepingAxes: true)
            return 1 / sqrt(square(centred).mean(axes: axes, keepingAxes: true) + epsilon)
        }
        return [.computed(result), .computed(mean), .computed(inverse)]
    }
}

/// `x`, less its mean if asked for, over the root of its mean square.
@Sendable private func normalized(_ x: Tensor, axes: [Int], epsilon: Float, subtractsMean: Bool) -> Tensor {
    let centred = subtractsMean ? x - x.mean(axes: axes, keepingAxes: true) : x
    return centred / sqrt(square(centred).mean(axes: axes, keepingAxes: true) + epsilon)
}
