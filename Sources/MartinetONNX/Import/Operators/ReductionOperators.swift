import Martinet

// Sums and means over axes, and softmax.
extension ProgramBuilder {
    static let reductionOperators: [String: Operator] = [
        "ReduceMean": { (builder, node) throws(ONNXError) in
            try builder.reduction(node) { $0.mean(axes: $1, keepingAxes: true) }
        },
        "ReduceSum": { (builder, node) throws(ONNXError) in
            try builder.reduction(node) { $0.sum(axes: $1, keepingAxes: true) }
        },
        "ReduceMax": { (builder, node) throws(ONNXError) in
            try builder.reduction(node) { $0.max(axes: $1, keepingAxes: true) }
        },
        "ReduceMin": { (builder, node) throws(ONNXError) in
            try builder.reduction(node) { $0.min(axes: $1, keepingAxes: true) }
        },
        "ReduceProd": { (builder, node) throws(ONNXError) in
            try builder.reduction(node) { $0.product(axes: $1, keepingAxes: true) }
        },
        "Hardmax": { (builder, node) throws(ONNXError) in
            let x = try node.tensor(0)
            let rank = x.shape.count
            let axis = try node.axis(try node.int("axis", or: node.operatorSet < 13 ? 1 : -1), rank: rank)
            try node.require(
                node.operatorSet >= 13 || axis == rank - 1, "the last axis, before operator set 13", "axis \(axis)")
            var shape = [Int](repeating: 1, count: rank)
            shape[axis] = x.shape[axis]
            let kept = x.shape.indices.map { $0 == axis ? 1 : x.shape[$0] }
            let places = Tensor((0..<x.shape[axis]).map { Float($0) }, shape: shape)
            return try builder.apply(node, [builder.plain(x)], shape: x.shape) { _ in
                { places .== Tensor($0[0].argmax(axis: axis).values.map { Float($0) }, shape: kept) }
            }
        },
        "ReduceL1": { (builder, node) throws(ONNXError) in
            try builder.reduction(node) { abs($0).sum(axes: $1, keepingAxes: true) }
        },
        "ReduceL2": { (builder, node) throws(ONNXError) in
            try builder.reduction(node) { sqrt(square($0).sum(axes: $1, keepingAxes: true)) }
        },
        "ReduceSumSquare": { (builder, node) throws(ONNXError) in
            try builder.reduction(node) { square($0).sum(axes: $1, keepingAxes: true) }
        },
        "ReduceLogSum": { (builder, node) throws(ONNXError) in
            try builder.reduction(node) { log($0.sum(axes: $1, keepingAxes: true)) }
        },
        "ReduceLogSumExp": { (builder, node) throws(ONNXError) in
            try builder.reduction(node) { x, axes in
                let largest = x.max(axes: axes, keepingAxes: true)
                return largest + log(exp(x - largest).sum(axes: axes, keepingAxes: true))
            }
        },
        "Softmax": { (builder, node) throws(ONNXError) in
            try builder.softmax(node) { Martinet.softmax($0, axis: $1) }
        },
        "LogSoftmax": { (builder, node) throws(ONNXError) in
            try builder.softmax(node) { Martinet.logSoftmax($0, axis: $1) }
        },
    ]

    private mutating func reduction(
        _ node: NodeReader, _ body: @escaping @Sendable (Tensor, [Int]) -> Tensor
    ) throws(ONNXError) -> Operand {
        let x = try node.tensor(0)
        let given = try node.ints("axes", orInput: 1) ?? []
        if given.isEmpty, try node.int("noop_with_empty_axes", or: 0) != 0 { return x }
        let axes = given.isEmpty ? Array(x.shape.indices) : try node.axes(given, rank: x.shape.count)
        let kept = x.shape.indices.map { axes.contains($0) ? 1 : x.shape[$0] }
        let result = try apply(node, [x], shape: kept) { isChannelsLast in
            let places = axes.map { Self.position(of: $0, isChannelsLast: isChannelsLast) }
            return { body($0[0], places) }
        }
        guard try node.int("keepdims", or: 1) == 0 else { return result }
        return reshaped(result, to: x.shape.indices.filter { !axes.contains($0) }.map { x.shape[$0] })
    }

    private mutating func softmax(
        _ node: NodeReader, _ body: @escaping @Sendable (Tensor, Int) -> Tensor
    ) throws(ONNXError) -> Operand {
        let x = try node.tensor(0)
        let rank = x.shape.count
        let axis = try node.axis(try node.int("axis", or: node.operatorSet < 13 ? 1 : -1), rank: rank)
        // It used to be over all axes from that one on.
        try node.require(
            node.operatorSet >= 13 || axis == rank - 1 || x.shape[(axis + 1)...].allSatisfy { $0 == 1 },
            "the last axis, before operator set 13", "axis \(axis) of \(x.shape)")
        return try apply(node, [x], shape: x.shape) { isChannelsLast in
            let place = Self.position(of: axis, isChannelsLast: isChannelsLast)
            return { body($0[0], place) }
        }
    }
}
