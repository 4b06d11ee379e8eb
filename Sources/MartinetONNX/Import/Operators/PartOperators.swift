import Martinet

// Parts of a tensor, and repetitions.
extension ProgramBuilder {
    static let partOperators: [String: Operator] = [
        "Tile": { (builder, node) throws(ONNXError) in try builder.tile(node) },
        "Expand": { (builder, node) throws(ONNXError) in try builder.expand(node) },
        "GatherElements": { (builder, node) throws(ONNXError) in try builder.gatherElements(node) },
        "CumSum": { (builder, node) throws(ONNXError) in
            try builder.cumulate(node) { $0.cumulativeSum(axis: $1, exclusive: $2, reversed: $3) }
        },
        "CumProd": { (builder, node) throws(ONNXError) in
            try builder.cumulate(node) { x, axis, isExclusive, isReversed in
                Tensor(
                    array: x.array.cumulativeProduct(axis: axis, exclusive: isExclusive, reversed: isReversed))
            }
        },
        "Trilu": { (builder, node) throws(ONNXError) in
            let x = try node.tensor(0)
            try node.require(x.shape.count >= 2, "at least two axes", "\(x.shape)")
            let given = node.optional(1) == nil ? [0] : try node.integers(1)
            try node.require(given.count == 1, "one diagonal", "\(given)")
            let diagonal = min(max(given[0], -(1 << 40)), 1 << 40)
            let isUpper = try node.int("upper", or: 1) != 0
            return try builder.apply(node, [builder.plain(x)], shape: x.shape) { _ in
                { isUpper ? $0[0].upperTriangle(diagonal: diagonal) : $0[0].lowerTriangle(diagonal: diagonal) }
            }
        },
        "DepthToSpace": { (builder, node) throws(ONNXError) in try builder.depthToSpace(node) },
        "SpaceToDepth": { (builder, node) throws(ONNXError) in try builder.spaceToDepth(node) },
    ]

    /// `operand` with its axes in the file's order in memory too.
    mutating func plain(_ operand: Operand) -> Operand {
        if case .computed(let value) = operand { .computed(physical(value, channelsLast: false)) } else { operand }
    }

    private mutating func tile(_ node: NodeReader) throws(ONNXError) -> Operand {
        let x = try node.tensor(0)
        let repeats = try node.integers(1)
        try node.require(
            repeats.count == x.shape.count && repeats.allSatisfy { (1...NodeReader.largestSize).contains($0) },
            "\(x.shape.count) repeats of at least 1", "\(repeats)")
        var shape: [Int] = []
        for (size, count) in zip(x.shape, repeats) { shape.append(size * count) }
        return try apply(node, [plain(x)], shape: shape) { _ in
            { $0[0].tiled(repeats) }
        }
    }

    private mutating func expand(_ node: NodeReader) throws(ONNXError) -> Operand {
        let x = try node.operand(0)
        let target = try node.integers(1)
        guard target.allSatisfy({ $0 >= 1 }), let shape = Shapes.broadcast(x.shape, target) else {
            throw node.failure(expected: "a shape that \(x.shape) can be broadcast to", found: "\(target)")
        }
        if case .integers(let values, let own) = x {
            try node.requireFew(integersOf: shape)
            return .integers(IntegerTensors.broadcast(values, own, to: shape), shape: shape)
        }
        return try apply(node, [plain(try node.tensor(0))], shape: shape) { _ in { $0[0].broadcast(to: shape) } }
    }

    /// What is at `indices` of an axis.
    mutating func gather(_ node: NodeReader) throws(ONNXError) -> Operand {
        let x = try node.tensor(0)
        let axis = try node.axis(try node.int("axis", or: 0), rank: x.shape.count)
        var indices: [Int] = []
        for index in try node.integers(1) { indices.append(try node.axis(index, rank: x.shape[axis])) }
        try node.require(!indices.isEmpty, "at least one index", "none")
        let chosen = indices
        let shape = Array(x.shape[..<axis]) + (try node.operand(1).shape) + Array(x.shape[(axis + 1)...])
        return try apply(node, [plain(x)], shape: shape) { _ in
            { $0[0].selecting(chosen, axis: axis).reshaped(shape) }
        }
    }

    private mutating func gatherElements(_ node: NodeReader) throws(ONNXError) -> Operand {
        let x = try node.tensor(0)
        let axis = try node.axis(try node.int("axis", or: 0), rank: x.shape.count)
        let shape = try node.operand(1).shape
        try node.require(
            shape.count == x.shape.count && !shape.contains(0)
                && shape.indices.allSatisfy { $0 == axis || shape[$0] <= x.shape[$0] },
            "indices within \(x.shape)", "the shape \(shape)")
        var indices: [Int] = []
        for index in try node.integers(1) { indices.append(try node.axis(index, rank: x.shape[axis])) }
        let chosen = IndexArray(indices, shape: shape)
        return try apply(node, [plain(x)], shape: shape) { _ in { $0[0].gather(chosen, axis: axis) } }
    }

    private mutating func cumulate(
        _ node: NodeReader, _ run: @escaping @Sendable (Tensor, Int, _ isExclusive: Bool, _ isReversed: Bool) -> Tensor
    ) throws(ONNXError) -> Operand {
        let x = try node.tensor(0)
        let given = try node.integers(1)
        try node.require(given.count == 1, "one axis", "\(given)")
        let axis = try node.axis(given[0], rank: x.shape.count)
        let isExclusive = try node.int("exclusive", or: 0) != 0
        let isReversed = try node.int("reverse", or: 0) != 0
        return try apply(node, [plain(x)], shape: x.shape) { _ in { run($0[0], axis, isExclusive, isReversed) } }
    }

    private func block(_ node: NodeReader) throws(ONNXError) -> Int {
        let block = try node.int("blocksize", or: 0)
        try node.require((1...NodeReader.largestSize).contains(block), "a blocksize of at least 1", "\(block)")
        return block
    }

    private mutating func depthToSpace(_ node: NodeReader) throws(ONNXError) -> Operand {
        let x = physical(try node.image(0), channelsLast: false)
        let block = try block(node)
        let mode = node.string("mode") ?? "DCR"
        try node.require(["DCR", "CRD"].contains(mode), "the mode DCR or CRD", mode)
        let (n, c, h, w) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
        try node.require(c % (block * block) == 0, "channels for blocks of \(block)", "\(c)")
        let rest = c / (block * block)
        let shape = [n, rest, h * block, w * block]
        let isDepthFirst = mode == "DCR"
        return .computed(
            emit(x, shape: shape) {
                isDepthFirst
                    ? $0.reshaped([n, block, block, rest, h, w]).permuted([0, 3, 4, 1, 5, 2]).reshaped(shape)
                    : $0.reshaped([n, rest, block, block, h, w]).permuted([0, 1, 4, 2, 5, 3]).reshaped(shape)
            })
    }

    private mutating func spaceToDepth(_ node: NodeReader) throws(ONNXError) -> Operand {
        let x = physical(try node.image(0), channelsLast: false)
        let block = try block(node)
        let (n, c, h, w) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
        try node.require(h % block == 0 && w % block == 0, "an image for blocks of \(block)", "\(h) x \(w)")
        let mode = node.string("mode") ?? "DCR"
        try node.require(["DCR", "CRD"].contains(mode), "the mode DCR or CRD", mode)
        let shape = [n, c * block * block, h / block, w / block]
        let order = mode == "DCR" ? [0, 3, 5, 1, 2, 4] : [0, 1, 3, 5, 2, 4]
        return .computed(
            emit(x, shape: shape) {
                $0.reshaped([n, c, h / block, block, w / block, block]).permuted(order).reshaped(shape)
            })
    }

    /// A tensor's parts along an axis.
    func split(_ node: NodeReader, _ size: Int) throws(ONNXError) -> [Int] {
        if let sizes = try node.ints("split", orInput: 1) { return sizes }
        let parts = try node.int("num_outputs", or: node.node.outputs.count)
        try node.require(
            parts == node.node.outputs.count && parts <= size, "as many parts as outputs, at most \(size)", "\(parts)")
        let part = (size + parts - 1) / parts
        return (0..<parts).map { max(0, min(part, size - $0 * part)) }
    }

    mutating func split(_ node: NodeReader) throws(ONNXError) -> [Operand] {
        let x = try node.operand(0)
        let axis = try node.axis(try node.int("axis", or: 0), rank: x.shape.count)
        let sizes = try split(node, x.shape[axis])
        try node.require(
            sizes.count == node.node.outputs.count, "a size for each of \(node.node.outputs.count) outputs",
            "\(sizes.count)")
        var start = 0
        var results: [Operand] = []
        for size in sizes {
            try node.require(
                size >= 0 && size <= x.shape[axis] - start, "parts of the axis's \(x.shape[axis])", "\(sizes)")
            let range = start..<start + size
            start += size
            if case .integers(let values, let whole) = x {
                var shape = whole
                shape[axis] = size
                results.append(
                    .integers(IntegerTensors.selecting(values, whole, axis: axis, Array(range)), shape: shape))
                continue
            }
            try node.require(size > 0, "parts with elements", "\(sizes)")
            var shape = x.shape
            shape[axis] = size
            results.append(
                try apply(node, [try node.tensor(0)], shape: shape) { isChannelsLast in
                    let place = Self.position(of: axis, isChannelsLast: isChannelsLast)
                    return { inputs in
                        var ranges = inputs[0].shape.map { 0..<$0 }
                        ranges[place] = range
                        return inputs[0].sliced(ranges)
                    }
                })
        }
        try node.require(start == x.shape[axis], "parts that make the axis's \(x.shape[axis])", "\(sizes)")
        return results
    }
}

/// `x` with `body` done to its elements along `axes`, as often as there are elements of the others.
@Sendable func eachLine(of x: Tensor, axes: [Int], _ body: (inout [Float]) -> Void) -> Tensor {
    let order = x.shape.indices.filter { !axes.contains($0) } + axes
    let moved = x.permuted(order)
    let length = axes.reduce(1) { $0 * x.shape[$1] }
    var elements = moved.elements
    for start in stride(from: 0, to: elements.count, by: length) {
        var line = Array(elements[start..<start + length])
        body(&line)
        elements.replaceSubrange(start..<start + length, with: line)
    }
    return Tensor(elements, shape: moved.shape).permuted(order.indices.map { order.firstIndex(of: $0)! })
}
