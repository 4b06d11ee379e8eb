import Martinet

// The order, number and place of a tensor's elements.
extension ProgramBuilder {
    static let layoutOperators: [String: Operator] = [
        "Reshape": { (builder, node) throws(ONNXError) in
            let target = try node.integers(1)
            let shape = try node.operand(0).shape
            return try builder.reshape(node, to: try resolved(target, of: shape, node))
        },
        "Flatten": { (builder, node) throws(ONNXError) in
            let shape = try node.tensor(0).shape
            // It may lie behind the last axis.
            let given = try node.int("axis", or: 1)
            let axis = given == shape.count ? given : try node.axis(given, rank: shape.count)
            return try builder.reshape(
                node, to: [elementCount(Array(shape[..<axis])), elementCount(Array(shape[axis...]))])
        },
        "Squeeze": { (builder, node) throws(ONNXError) in
            let shape = try node.operand(0).shape
            let given = try node.ints("axes", orInput: 1)
            let axes =
                try given.map { (axes) throws(ONNXError) in try node.axes(axes, rank: shape.count) }
                ?? shape.indices.filter { shape[$0] == 1 }
            try node.require(axes.allSatisfy { shape[$0] == 1 }, "axes of size 1", "\(axes) of \(shape)")
            return try builder.reshape(node, to: shape.indices.filter { !axes.contains($0) }.map { shape[$0] })
        },
        "Unsqueeze": { (builder, node) throws(ONNXError) in
            let shape = try node.operand(0).shape
            let given = try node.ints("axes", orInput: 1) ?? []
            try node.require(given.count + shape.count <= Shapes.maximumRank, "fewer axes", "\(given)")
            let axes = try node.axes(given, rank: shape.count + given.count)
            var rest = shape[...]
            var target: [Int] = []
            for axis in 0..<(shape.count + axes.count) {
                target.append(axes.contains(axis) ? 1 : rest.removeFirst())
            }
            return try builder.reshape(node, to: target)
        },
        "Transpose": { (builder, node) throws(ONNXError) in try builder.transpose(node) },
        "Concat": { (builder, node) throws(ONNXError) in try builder.concatenate(node) },
        "Pad": { (builder, node) throws(ONNXError) in try builder.pad(node) },
    ]

    /// A shape in which 0 stands for the size that is there, and -1 for what remains.
    private static func resolved(_ target: [Int], of shape: [Int], _ node: NodeReader) throws(ONNXError) -> [Int] {
        let keepsZeros = try node.int("allowzero", or: 0) != 0
        var result: [Int] = []
        for (axis, size) in target.enumerated() {
            let isCopied = size == 0 && !keepsZeros
            try node.require(
                size >= -1 && (!isCopied || axis < shape.count), "a shape for \(shape)", "\(target)")
            result.append(isCopied ? shape[axis] : size)
        }
        let free = result.indices.filter { result[$0] == -1 }
        try node.require(free.count <= 1, "at most one -1", "\(target)")
        if let free = free.first {
            var known = 1
            for size in result where size != -1 {
                let (product, overflow) = known.multipliedReportingOverflow(by: size)
                try node.require(!overflow, "a shape for \(shape)", "\(target)")
                known = product
            }
            try node.require(known > 0 && elementCount(shape) % known == 0, "a shape for \(shape)", "\(target)")
            result[free] = elementCount(shape) / known
        }
        return result
    }

    private mutating func reshape(_ node: NodeReader, to shape: [Int]) throws(ONNXError) -> Operand {
        let x = try node.operand(0)
        var count = 1
        for size in shape {
            let (product, overflow) = count.multipliedReportingOverflow(by: size)
            try node.require(!overflow, "a shape for \(x.shape)", "\(shape)")
            count = product
        }
        try node.require(count == elementCount(x.shape), "a shape for \(x.shape)", "\(shape)")
        return reshaped(x, to: shape)
    }

    mutating func reshaped(_ operand: Operand, to shape: [Int]) -> Operand {
        switch operand {
        case .computed(let value): .computed(reshaped(value, to: shape))
        case .floats(let weight): .floats(Weight(weight.array.reshaped(shape)))
        case .integers(let values, _): .integers(values, shape: shape)
        }
    }

    private mutating func transpose(_ node: NodeReader) throws(ONNXError) -> Operand {
        let operand = try node.operand(0)
        let rank = operand.shape.count
        let order = node.ints("perm") ?? (0..<rank).reversed()
        try node.require(order.sorted() == Array(0..<rank), "an order of \(rank) axes", "\(order)")
        let shape = order.map { operand.shape[$0] }
        if case .integers(let values, let before) = operand {
            return .integers(IntegerTensors.permuted(values, before, order), shape: shape)
        }
        let x = try node.tensor(0)
        guard case .computed(let value) = x else {
            return try apply(node, [x], shape: shape) { _ in { $0[0].permuted(order) } }
        }
        guard rank == 4 else { return .computed(emit(value, shape: shape) { $0.permuted(order) }) }
        var result = transposed(value, order: order, shape: shape)
        switch order {
        case Self.channelsLast: result.namesChannelsLast = !value.namesChannelsLast
        case [0, 3, 1, 2]: result.namesChannelsLast = false
        default: result.namesChannelsLast = value.namesChannelsLast && order[3] == 3
        }
        return .computed(result)
    }

    private mutating func transposed(_ value: ComputedValue, order: [Int], shape: [Int]) -> ComputedValue {
        // From the layout that it has to either, preferring the one that moves nothing.
        let places = order.map { Self.position(of: $0, isChannelsLast: value.isChannelsLast) }
        if places == [0, 1, 2, 3] {
            return emit(value, shape: shape, isChannelsLast: false) { $0 }
        }
        let toChannelsLast = Self.channelsLast.map { places[$0] }
        if toChannelsLast == [0, 1, 2, 3] {
            return emit(value, shape: shape, isChannelsLast: true) { $0 }
        }
        return emit(value, shape: shape, isChannelsLast: true) { $0.permuted(toChannelsLast) }
    }

    private mutating func concatenate(_ node: NodeReader) throws(ONNXError) -> Operand {
        let first = try node.operand(0)
        if case .integers = first {
            let axis = try node.axis(try node.int("axis", or: min(1, first.shape.count - 1)), rank: first.shape.count)
            var (parts, result) = ([(values: [Int], shape: [Int])](), first.shape)
            result[axis] = 0
            for index in node.operands.indices {
                let shape = try node.operand(index).shape
                let fits =
                    shape.count == result.count
                    && shape.indices.allSatisfy { $0 == axis || shape[$0] == result[$0] }
                try node.require(fits, "shapes that differ along axis \(axis) alone", "\(first.shape) and \(shape)")
                parts.append((try node.integers(index), shape))
                result[axis] += shape[axis]
                try node.requireFew(integersOf: result)
            }
            return .integers(IntegerTensors.concatenated(parts, axis: axis), shape: result)
        }
        let axis = try node.axis(try node.int("axis", or: 1), rank: first.shape.count)
        var operands: [Operand] = []
        var shape = first.shape
        shape[axis] = 0
        for index in node.operands.indices {
            let operand = try node.tensor(index)
            let fits =
                operand.shape.count == shape.count
                && shape.indices.allSatisfy { $0 == axis || operand.shape[$0] == shape[$0] }
            try node.require(fits, "shapes that differ along axis \(axis) alone", "\(first.shape) and \(operand.shape)")
            shape[axis] += operand.shape[axis]
            operands.append(operand)
        }
        return try apply(node, operands, shape: shape) { isChannelsLast in
            let place = Self.position(of: axis, isChannelsLast: isChannelsLast)
            return { Tensor.concatenate($0, axis: place) }
        }
    }

    private mutating func pad(_ node: NodeReader) throws(ONNXError) -> Operand {
        let x = try node.tensor(0)
        let rank = x.shape.count
        let mode = node.string("mode") ?? "constant"
        try node.require(mode == "constant", "the mode constant", mode)
        let pads = try node.ints("pads", orInput: 1) ?? []
        let value = try node.optional(2) == nil ? node.float("value", or: 0) : node.scalar(2)
        let axes = try node.optional(3) == nil ? Array(0..<rank) : node.axes(try node.integers(3), rank: rank)
        try node.require(
            pads.count == 2 * axes.count && pads.allSatisfy { (0...NodeReader.largestSize).contains($0) },
            "\(2 * axes.count) paddings of at least 0", "\(pads)")
        var amounts = [(before: Int, after: Int)](repeating: (0, 0), count: rank)
        for (index, axis) in axes.enumerated() { amounts[axis] = (pads[index], pads[axes.count + index]) }
        let shape = zip(x.shape, amounts).map { $0 + $1.before + $1.after }
        let fixed = amounts
        return try apply(node, [x], shape: shape) { isChannelsLast in
            let order = isChannelsLast ? Self.channelsLast : Array(0..<rank)
            return { $0[0].padded(order.map { fixed[$0] }, value: value) }
        }
    }
}
