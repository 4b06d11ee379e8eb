import Martinet

/// A value as it is known when a graph is fitted to an input's shape.
enum Operand: Sendable {
    case computed(ComputedValue)
    case floats(Weight)
    case integers([Int], shape: [Int])

    /// As the file has it: images are `[batch, channels, height, width]`.
    var shape: [Int] {
        switch self {
        case .computed(let value): value.shape
        case .floats(let weight): weight.shape
        case .integers(_, let shape): shape
        }
    }

    fileprivate var kind: String {
        switch self {
        case .computed: "a computed tensor"
        case .floats: "a constant tensor"
        case .integers: "integers"
        }
    }
}

/// A value that depends on the model's input.
struct ComputedValue: Sendable {
    let slot: Int
    /// As the file has it.
    let shape: [Int]
    /// Whether four axes lie as Martinet has them, `[batch, height, width, channels]`.
    let isChannelsLast: Bool
    /// Whether the file's own four axes are `[batch, height, width, channels]`, as they are behind a `Transpose` to them.
    var namesChannelsLast = false
}

/// A node's operands and attributes, each checked as it is read.
struct NodeReader {
    let node: ImportedGraph.Node
    let operands: [Operand?]
    let operatorSet: Int

    func failure(expected: String, found: String) -> ONNXError {
        ONNXError(node.place, expected: expected, found: found)
    }

    /// Throws unless `condition` holds.
    func require(_ condition: Bool, _ expected: String, _ found: @autoclosure () -> String) throws(ONNXError) {
        if !condition { throw failure(expected: expected, found: found()) }
    }

    /// The same node with other operands and attributes.
    func with(operands: [Operand?], attributes: [String: ONNXAttributeProto]) -> NodeReader {
        NodeReader(
            node: ImportedGraph.Node(
                name: node.name, operation: node.operation, inputs: node.inputs, outputs: node.outputs,
                attributes: attributes, constants: node.constants),
            operands: operands, operatorSet: operatorSet)
    }

    // MARK: Operands

    func optional(_ index: Int) -> Operand? { index < operands.count ? operands[index] : nil }

    func operand(_ index: Int) throws(ONNXError) -> Operand {
        guard let operand = optional(index) else {
            throw failure(expected: "an input \(index)", found: "\(operands.compactMap { $0 }.count) inputs")
        }
        return operand
    }

    /// An operand that can be computed with.
    func tensor(_ index: Int) throws(ONNXError) -> Operand {
        let operand = try operand(index)
        if case .integers = operand { throw unexpected(index, "a tensor of floating-point numbers", operand) }
        try require(!operand.shape.contains(0), "sizes of at least 1 in input \(index)", "\(operand.shape)")
        return operand
    }

    /// `[batch, channels, height, width]`, whatever the axes were before.
    func image(_ index: Int) throws(ONNXError) -> ComputedValue {
        guard case .computed(var value) = try tensor(index) else {
            throw unexpected(index, "a computed tensor", try operand(index))
        }
        try require(
            value.shape.count == 4, "[batch, channels, height, width] as input \(index)", "the shape \(value.shape)")
        value.namesChannelsLast = false
        return value
    }

    /// A constant tensor.
    func weight(_ index: Int) throws(ONNXError) -> Weight {
        guard case .floats(let weight) = try tensor(index) else {
            throw unexpected(index, "a constant tensor", try operand(index))
        }
        return weight
    }

    /// Fails where a tensor of integers, which is computed when the file is read, would be large.
    func requireFew(integersOf shape: [Int]) throws(ONNXError) {
        var count = 1
        for size in shape {
            let (product, overflow) = count.multipliedReportingOverflow(by: size)
            try require(
                !overflow && product <= Self.largestSize, "at most \(Self.largestSize) integers", "the shape \(shape)")
            count = product
        }
    }

    func integers(_ index: Int) throws(ONNXError) -> [Int] {
        guard case .integers(let values, _) = try operand(index) else {
            throw unexpected(index, "integers that are known beforehand", try operand(index))
        }
        return values
    }

    /// Several inputs' integers, broadcast to one shape.
    func integersBroadcast(_ indices: [Int]) throws(ONNXError) -> (values: [[Int]], shape: [Int]) {
        var shape: [Int] = []
        for index in indices {
            let own = try operand(index).shape
            guard let both = Shapes.broadcast(shape, own) else {
                throw failure(expected: "shapes that fit", found: "\(shape) and \(own)")
            }
            shape = both
        }
        try requireFew(integersOf: shape)
        var values: [[Int]] = []
        for index in indices {
            values.append(IntegerTensors.broadcast(try integers(index), try operand(index).shape, to: shape))
        }
        return (values, shape)
    }

    /// A constant number.
    func scalar(_ index: Int) throws(ONNXError) -> Float {
        let weight = try weight(index)
        try require(weight.count == 1, "one number as input \(index)", "the shape \(weight.shape)")
        return weight.array.scalar
    }

    private func unexpected(_ index: Int, _ expected: String, _ operand: Operand) -> ONNXError {
        failure(expected: "\(expected) as input \(index)", found: "\(operand.kind) of shape \(operand.shape)")
    }

    // MARK: Attributes

    func int(_ name: String, or fallback: Int) throws(ONNXError) -> Int {
        guard let attribute = node.attributes[name] else { return fallback }
        try require(attribute.hasI, "an integer as the attribute \(name)", "something else")
        return Int(attribute.i)
    }

    func float(_ name: String, or fallback: Float) throws(ONNXError) -> Float {
        guard let attribute = node.attributes[name] else { return fallback }
        try require(attribute.hasF, "a number as the attribute \(name)", "something else")
        return attribute.f
    }

    func string(_ name: String) -> String? {
        node.attributes[name].map { String(decoding: $0.s, as: UTF8.self) }
    }

    func ints(_ name: String) -> [Int]? { node.attributes[name].map { $0.ints.map(Int.init) } }

    /// Two sizes, or the same for both.
    func pair(_ name: String, or fallback: Int) throws(ONNXError) -> (Int, Int) {
        guard let values = ints(name) else { return (fallback, fallback) }
        try require(
            values.count == 2 && values.allSatisfy { (1...Self.largestSize).contains($0) },
            "two sizes of at least 1 as the attribute \(name)", "\(values)")
        return (values[0], values[1])
    }

    /// Integers that are an attribute in older operator sets and an input in newer ones.
    func ints(_ name: String, orInput index: Int) throws(ONNXError) -> [Int]? {
        if let values = ints(name) { return values }
        return optional(index) == nil ? nil : try integers(index)
    }

    /// `axis` counted from the front.
    func axis(_ axis: Int, rank: Int) throws(ONNXError) -> Int {
        try require(
            axis >= -rank && axis < rank, "an axis of a tensor of \(rank) axes", "\(axis)")
        return axis < 0 ? axis + rank : axis
    }

    /// Distinct axes counted from the front.
    func axes(_ axes: [Int], rank: Int) throws(ONNXError) -> [Int] {
        var result: [Int] = []
        for value in axes { result.append(try axis(value, rank: rank)) }
        try require(Set(result).count == result.count, "different axes", "\(axes)")
        return result
    }

    /// No kernel, stride, dilation or padding is larger, so that sums of them cannot overflow.
    static let largestSize = 1 << 16
}
