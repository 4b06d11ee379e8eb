import Martinet

// Arithmetic with shapes, which is done when the graph is fitted to its input; and constants.
extension ProgramBuilder {
    static let shapeOperators: [String: Operator] = [
        "Constant": { (_, node) throws(ONNXError) in try constant(node) },
        "ConstantOfShape": { (builder, node) throws(ONNXError) in try builder.filled(node) },
        "Shape": { (_, node) throws(ONNXError) in
            let shape = try node.operand(0).shape
            func bound(_ value: Int) -> Int { min(max(value < 0 ? value + shape.count : value, 0), shape.count) }
            let start = bound(try clamped(node.int("start", or: 0)))
            let end = bound(try clamped(node.int("end", or: shape.count)))
            let sizes = start < end ? Array(shape[start..<end]) : []
            return .integers(sizes, shape: [sizes.count])
        },
        "Size": { (_, node) throws(ONNXError) in .integers([elementCount(try node.operand(0).shape)], shape: []) },
        "Gather": { (builder, node) throws(ONNXError) in
            guard case .integers = try node.operand(0) else { return try builder.gather(node) }
            let shape = try node.operand(0).shape
            let axis = try node.axis(try node.int("axis", or: 0), rank: shape.count)
            var indices: [Int] = []
            for index in try node.integers(1) { indices.append(try node.axis(index, rank: shape[axis])) }
            let result = Array(shape[..<axis]) + (try node.operand(1).shape) + Array(shape[(axis + 1)...])
            try node.requireFew(integersOf: result)
            return .integers(
                IntegerTensors.selecting(try node.integers(0), shape, axis: axis, indices), shape: result)
        },
        "Slice": { (builder, node) throws(ONNXError) in try builder.slice(node) },
    ]

    /// Far from overflowing, and no nearer to any size.
    private static func clamped(_ value: Int) -> Int { min(max(value, -(1 << 40)), 1 << 40) }

    private static func constant(_ node: NodeReader) throws(ONNXError) -> Operand {
        if let value = operand(node, constant: "value") { return value }
        let attributes = node.node.attributes
        if let value = attributes["value_float"] { return .floats(Weight(NDArray(scalar: value.f))) }
        if let value = attributes["value_int"] { return .integers([Int(value.i)], shape: []) }
        if let value = attributes["value_floats"] {
            return .floats(Weight(NDArray(value.floats, shape: [value.floats.count])))
        }
        if let value = attributes["value_ints"] {
            return .integers(value.ints.map(Int.init), shape: [value.ints.count])
        }
        throw node.failure(expected: "numbers", found: "\(attributes.keys.sorted())")
    }

    /// A constant of one value.
    private mutating func filled(_ node: NodeReader) throws(ONNXError) -> Operand {
        let shape = try node.integers(0)
        try node.require(
            shape.count <= Shapes.maximumRank && shape.allSatisfy { $0 >= 0 && $0 <= NodeReader.largestSize },
            "a shape", "\(shape)")
        let value = Self.operand(node, constant: "value") ?? .floats(Weight(NDArray(scalar: 0)))
        switch value {
        case .floats(let weight) where weight.count == 1:
            let number = weight.array.scalar
            return try apply(node, [value], shape: shape) { _ in { _ in .full(shape, number) } }
        case .integers(let values, _) where values.count == 1:
            let count = shape.reduce(into: 1) { $0 = min($0 * $1, 1 << 32) }
            try node.require(count <= NodeReader.largestSize, "at most \(NodeReader.largestSize) integers", "\(shape)")
            return .integers([Int](repeating: values[0], count: count), shape: shape)
        default: throw node.failure(expected: "one number as the attribute value", found: "the shape \(value.shape)")
        }
    }

    private mutating func slice(_ node: NodeReader) throws(ONNXError) -> Operand {
        let x = try node.operand(0)
        let (starts, ends) = (try node.ints("starts", orInput: 1) ?? [], try node.ints("ends", orInput: 2) ?? [])
        let given = try node.ints("axes", orInput: 3) ?? Array(starts.indices)
        let steps = try node.optional(4) == nil ? [Int](repeating: 1, count: starts.count) : node.integers(4)
        try node.require(
            starts.count == ends.count && starts.count == given.count && starts.count == steps.count
                && !steps.contains(0),
            "as many starts, ends, axes and steps, which are not 0", "\(starts), \(ends), \(given), \(steps)")
        let axes = try node.axes(given, rank: x.shape.count)
        var parts = x.shape.map { SlicedAxis(size: $0) }
        for (index, axis) in axes.enumerated() {
            parts[axis] = SlicedAxis(
                size: x.shape[axis], start: Self.clamped(starts[index]), end: Self.clamped(ends[index]),
                step: Self.clamped(steps[index]))
        }
        let shape = parts.map(\.count)
        if case .integers(let values, let whole) = x {
            var (taken, sizes) = (values, whole)
            for (axis, part) in parts.enumerated() {
                taken = IntegerTensors.selecting(taken, sizes, axis: axis, part.indices)
                sizes[axis] = part.count
            }
            return .integers(taken, shape: shape)
        }
        try node.require(!shape.contains(0), "a part with elements", "\(shape) of \(x.shape)")
        let fixed = parts
        return try apply(node, [try node.tensor(0)], shape: shape) { isChannelsLast in
            let order = isChannelsLast ? Self.channelsLast : Array(fixed.indices)
            return { inputs in
                let parts = order.map { fixed[$0] }
                // Steps of one are ranges; the others pick element by element.
                let cut = inputs[0].sliced(parts.map { $0.step == 1 ? $0.start..<$0.start + $0.count : 0..<$0.size })
                return parts.indices.filter { parts[$0].step != 1 }.reduce(cut) {
                    $0.selecting(parts[$1].indices, axis: $1)
                }
            }
        }
    }
}

/// The part of an axis that a `Slice` takes.
private struct SlicedAxis: Sendable {
    let size: Int
    let start: Int
    let step: Int
    let count: Int

    /// The whole axis.
    init(size: Int) { (self.size, start, step, count) = (size, 0, 1, size) }

    /// From `start` up to `end`, both counted from the back if negative, and limited to the axis.
    init(size: Int, start: Int, end: Int, step: Int) {
        func limited(_ value: Int, _ low: Int, _ high: Int) -> Int {
            max(low, min(value < 0 ? value + size : value, high))
        }
        self.size = size
        self.step = step
        let isForward = step > 0
        let first = limited(start, 0, isForward ? size : size - 1)
        let last = limited(end, isForward ? 0 : -1, isForward ? size : size - 1)
        let distance = isForward ? last - first : first - last
        count = size == 0 ? 0 : max(0, (distance + abs(step) - 1) / abs(step))
        self.start = count == 0 ? 0 : first
    }

    var indices: [Int] { (0..<count).map { start + $0 * step } }
}
