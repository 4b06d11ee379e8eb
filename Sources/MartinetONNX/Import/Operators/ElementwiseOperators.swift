import Martinet

// Functions of each element.
extension ProgramBuilder {
    static let elementwiseOperators: [String: Operator] = [
        "Relu": unary { relu($0) },
        "Sigmoid": unary { sigmoid($0) },
        "Tanh": unary { tanh($0) },
        "Softplus": unary { softplus($0) },
        "Erf": unary { erf($0) },
        "Exp": unary { exp($0) },
        "Log": unary { log($0) },
        "Sqrt": unary { sqrt($0) },
        "Abs": unary { abs($0) },
        "Neg": unary { -$0 },
        "Reciprocal": unary { 1 / $0 },
        "LeakyRelu": { (builder, node) throws(ONNXError) in
            let slope = try node.float("alpha", or: 0.01)
            return try builder.unary(node) { leakyReLU($0, negativeSlope: slope) }
        },
        "HardSigmoid": { (builder, node) throws(ONNXError) in
            let (alpha, beta) = (try node.float("alpha", or: 0.2), try node.float("beta", or: 0.5))
            return try builder.unary(node) { clamp($0 * alpha + beta, low: 0, high: 1) }
        },
        "HardSwish": unary { $0 * clamp($0 / 6 + 0.5, low: 0, high: 1) },
        "Gelu": { (builder, node) throws(ONNXError) in
            let rule = node.string("approximate") ?? "none"
            try node.require(["none", "tanh"].contains(rule), "the approximation none or tanh", rule)
            guard rule == "tanh" else { return try builder.unary(node) { gelu($0) } }
            let factor = (2 / Float.pi).squareRoot()
            return try builder.unary(node) { x in
                x * 0.5 * (1 + tanh((x + x * x * x * 0.044715) * factor))
            }
        },
        "Clip": { (builder, node) throws(ONNXError) in try builder.clip(node) },
        "Pow": { (builder, node) throws(ONNXError) in
            var exponent = try node.operand(1)
            if case .integers(let values, let shape) = exponent {
                exponent = .floats(Weight(NDArray(values.map { Float($0) }, shape: shape)))
            }
            if case .floats(let weight) = exponent, weight.count == 1,
                weight.shape.count <= (try node.operand(0).shape.count)
            {
                let power = weight.array.reshaped([]).scalar
                return try builder.unary(node) { pow($0, power) }
            }
            return try builder.combine(node, try node.tensor(0), exponent) { base, exponent in
                Tensor(array: .combine(base.array, .power, exponent.array))
            }
        },
        "Add": binary({ $0 + $1 }, integers: { $0.addingReportingOverflow($1) }),
        "Sub": binary({ $0 - $1 }, integers: { $0.subtractingReportingOverflow($1) }),
        "Mul": binary({ $0 * $1 }, integers: { $0.multipliedReportingOverflow(by: $1) }),
        "Div": binary({ $0 / $1 }, integers: { $1 == 0 ? (0, true) : $0.dividedReportingOverflow(by: $1) }),
        "Sum": { (builder, node) throws(ONNXError) in
            var total = try node.tensor(0)
            for index in node.operands.indices.dropFirst() {
                total = try builder.combine(node, total, try node.tensor(index)) { $0 + $1 }
            }
            return total
        },
        "Identity": { (_, node) throws(ONNXError) in try node.operand(0) },
        "Dropout": { (_, node) throws(ONNXError) in
            if node.optional(2) != nil {
                try node.require(try node.integers(2) == [0], "evaluation mode", "training_mode")
            }
            return try node.operand(0)
        },
        "Cast": { (builder, node) throws(ONNXError) in try builder.cast(node) },
    ]

    static func unary(_ body: @escaping @Sendable (Tensor) -> Tensor) -> Operator {
        { (builder, node) throws(ONNXError) in try builder.unary(node, body) }
    }

    mutating func unary(
        _ node: NodeReader, _ body: @escaping @Sendable (Tensor) -> Tensor
    ) throws(ONNXError) -> Operand {
        let x = try node.tensor(0)
        return try apply(node, [x], shape: x.shape) { _ in { body($0[0]) } }
    }

    static func binary(
        _ body: @escaping @Sendable (Tensor, Tensor) -> Tensor,
        integers: @escaping @Sendable (Int, Int) -> (partialValue: Int, overflow: Bool)
    ) -> Operator {
        { (builder, node) throws(ONNXError) in
            if case .integers = try node.operand(0) { return try combine(node, integers) }
            return try builder.combine(node, try node.tensor(0), try node.tensor(1), body)
        }
    }

    mutating func combine(
        _ node: NodeReader, _ a: Operand, _ b: Operand, _ body: @escaping @Sendable (Tensor, Tensor) -> Tensor
    ) throws(ONNXError) -> Operand {
        guard let shape = Shapes.broadcast(a.shape, b.shape) else {
            throw node.failure(expected: "shapes that fit", found: "\(a.shape) and \(b.shape)")
        }
        // An image stays one only if no operand has more axes.
        var operands: [Operand] = []
        for operand in [a, b] {
            if case .computed(let value) = operand, shape.count != 4 {
                operands.append(.computed(physical(value, channelsLast: false)))
            } else {
                operands.append(operand)
            }
        }
        return try apply(node, operands, shape: shape, matchesRanks: true) { _ in { body($0[0], $0[1]) } }
    }

    /// Arithmetic on shapes.
    static func combine(
        _ node: NodeReader, _ operation: (Int, Int) -> (partialValue: Int, overflow: Bool)
    ) throws(ONNXError) -> Operand {
        let (values, shape) = try node.integersBroadcast([0, 1])
        var result: [Int] = []
        for (a, b) in zip(values[0], values[1]) {
            let (value, overflow) = operation(a, b)
            try node.require(!overflow, "integers that can be computed with", "\(a) and \(b)")
            result.append(value)
        }
        return .integers(result, shape: shape)
    }

    private mutating func clip(_ node: NodeReader) throws(ONNXError) -> Operand {
        let low = try node.optional(1) == nil ? node.float("min", or: -.infinity) : node.scalar(1)
        let high = try node.optional(2) == nil ? node.float("max", or: .infinity) : node.scalar(2)
        // Of limits that cross, the upper one holds, as ONNX defines it.
        guard low <= high else {
            return try unary(node) { clamp(clamp($0, low: low, high: .infinity), low: -.infinity, high: high) }
        }
        return try unary(node) { clamp($0, low: low, high: high) }
    }

    private mutating func cast(_ node: NodeReader) throws(ONNXError) -> Operand {
        let number = try node.int("to", or: 0)
        guard let type = Int32(exactly: number).flatMap(ElementType.init) else {
            throw node.failure(expected: "a type that is supported", found: "type \(number)")
        }
        let x = try node.operand(0)
        guard case .integers(let values, let shape) = x else {
            // What is computed are floats, of which a bool is one that is 0 or 1.
            if type == .bool { return try unary(node) { $0 .!= 0 } }
            try node.require(!type.isInteger, "a floating-point type", "\(type)")
            return x
        }
        guard type.isInteger else { return .floats(Weight(NDArray(values.map(Float.init), shape: shape))) }
        return type == .bool ? .integers(values.map { $0 == 0 ? 0 : 1 }, shape: shape) : x
    }
}
