import Martinet

// Comparisons, and choices by them. What is true is 1, what is false 0, as in Martinet's own comparisons.
extension ProgramBuilder {
    static let comparisonOperators: [String: Operator] = [
        "Equal": binary({ $0 .== $1 }, integers: { ($0 == $1 ? 1 : 0, false) }),
        "Greater": binary({ $0 .> $1 }, integers: { ($0 > $1 ? 1 : 0, false) }),
        "GreaterOrEqual": binary({ $0 .>= $1 }, integers: { ($0 >= $1 ? 1 : 0, false) }),
        "Less": binary({ $0 .< $1 }, integers: { ($0 < $1 ? 1 : 0, false) }),
        "LessOrEqual": binary({ $0 .<= $1 }, integers: { ($0 <= $1 ? 1 : 0, false) }),
        "And": binary(
            { ($0 .!= 0) * ($1 .!= 0) }, integers: { ($0 != 0 && $1 != 0 ? 1 : 0, false) }),
        "Or": binary(
            { maximum($0 .!= 0, $1 .!= 0) }, integers: { ($0 != 0 || $1 != 0 ? 1 : 0, false) }),
        "Xor": binary(
            { ($0 .!= 0) .!= ($1 .!= 0) }, integers: { (($0 != 0) != ($1 != 0) ? 1 : 0, false) }),
        "Not": { (builder, node) throws(ONNXError) in
            if case .integers(let values, let shape) = try node.operand(0) {
                return .integers(values.map { $0 == 0 ? 1 : 0 }, shape: shape)
            }
            return try builder.unary(node) { $0 .== 0 }
        },
        "IsNaN": unary { $0 .!= $0 },
        "IsInf": { (builder, node) throws(ONNXError) in
            let low = try node.int("detect_negative", or: 1) != 0
            let high = try node.int("detect_positive", or: 1) != 0
            return try builder.unary(node) { x in
                let isLow = x .== -Float.infinity
                let isHigh = x .== Float.infinity
                return low && high ? isLow + isHigh : low ? isLow : high ? isHigh : isLow * 0
            }
        },
        "Min": extreme { `where`(($0 .< $1) + ($0 .!= $0), $0, $1) },
        "Max": extreme { `where`(($0 .> $1) + ($0 .!= $0), $0, $1) },
        "Where": { (builder, node) throws(ONNXError) in try builder.choice(node) },
        "ArgMax": { (builder, node) throws(ONNXError) in try builder.extremeIndex(node) { $0.argmax(axis: $1) } },
        "ArgMin": { (builder, node) throws(ONNXError) in try builder.extremeIndex(node) { $0.argmin(axis: $1) } },
    ]

    /// The smallest or largest of several tensors, element by element; of a NaN and a number, the NaN.
    private static func extreme(_ choose: @escaping @Sendable (Tensor, Tensor) -> Tensor) -> Operator {
        { (builder, node) throws(ONNXError) in
            var result = try node.tensor(0)
            for index in node.operands.indices.dropFirst() {
                result = try builder.combine(node, result, try node.tensor(index), choose)
            }
            return result
        }
    }

    private mutating func choice(_ node: NodeReader) throws(ONNXError) -> Operand {
        if case .integers(let condition, let shape) = try node.operand(0) {
            // Choices between shapes, as exporters write an Expand.
            if case .integers = try node.operand(1), case .integers = try node.operand(2) {
                let (values, shape) = try node.integersBroadcast([0, 1, 2])
                let chosen = values[0].indices.map { values[0][$0] != 0 ? values[1][$0] : values[2][$0] }
                return .integers(chosen, shape: shape)
            }
            let mask = Operand.floats(Weight(NDArray(condition.map(Float.init), shape: shape)))
            return try choice(node, mask)
        }
        return try choice(node, try node.tensor(0))
    }

    private mutating func choice(_ node: NodeReader, _ condition: Operand) throws(ONNXError) -> Operand {
        let (a, b) = (try node.tensor(1), try node.tensor(2))
        guard let some = Shapes.broadcast(a.shape, b.shape), let shape = Shapes.broadcast(condition.shape, some) else {
            throw node.failure(
                expected: "shapes that fit", found: "\(condition.shape), \(a.shape) and \(b.shape)")
        }
        let operands = [plain(condition), plain(a), plain(b)]
        return try apply(node, operands, shape: shape, matchesRanks: true) { _ in { `where`($0[0], $0[1], $0[2]) } }
    }

    private mutating func extremeIndex(
        _ node: NodeReader, _ find: @escaping @Sendable (Tensor, Int) -> IndexArray
    ) throws(ONNXError) -> Operand {
        let x = try node.tensor(0)
        let axis = try node.axis(try node.int("axis", or: 0), rank: x.shape.count)
        let takesLast = try node.int("select_last_index", or: 0) != 0
        var shape = x.shape
        shape[axis] = 1
        if try node.int("keepdims", or: 1) == 0 { shape.remove(at: axis) }
        let (result, size) = (shape, x.shape[axis])
        return try apply(node, [plain(x)], shape: shape) { _ in
            { inputs in
                guard takesLast else { return Tensor(find(inputs[0], axis).values.map { Float($0) }, shape: result) }
                let backwards = inputs[0].selecting(Array((0..<size).reversed()), axis: axis)
                return Tensor(find(backwards, axis).values.map { Float(size - 1 - $0) }, shape: result)
            }
        }
    }
}
