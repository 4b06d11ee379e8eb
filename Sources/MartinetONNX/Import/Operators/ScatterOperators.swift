import Martinet

// Elements by their places, and the largest ones.
extension ProgramBuilder {
    static let scatterOperators: [String: Operator] = [
        "Scatter": { (builder, node) throws(ONNXError) in try builder.scatterElements(node) },
        "ScatterElements": { (builder, node) throws(ONNXError) in try builder.scatterElements(node) },
        "ScatterND": { (builder, node) throws(ONNXError) in try builder.scatterParts(node) },
        "GatherND": { (builder, node) throws(ONNXError) in try builder.gatherParts(node) },
        "Compress": { (builder, node) throws(ONNXError) in try builder.compress(node) },
        "CenterCropPad": { (builder, node) throws(ONNXError) in try builder.centre(node) },
        "Range": { (builder, node) throws(ONNXError) in try builder.range(node) },
    ]

    /// How an update and what is there become one.
    private func reduction(_ node: NodeReader) throws(ONNXError) -> @Sendable (Float, Float) -> Float {
        switch node.string("reduction") ?? "none" {
        case "none": return { $1 }
        case "add": return { $0 + $1 }
        case "mul": return { $0 * $1 }
        case "max": return { $0.isNaN || $0 > $1 ? $0 : $1 }
        case "min": return { $0.isNaN || $0 < $1 ? $0 : $1 }
        case let other:
            throw node.failure(expected: "none, add, mul, max or min as the reduction", found: "\"\(other)\"")
        }
    }

    /// `updates` put at `places` of the elements of a tensor, each in the file's order.
    private mutating func scatter(_ node: NodeReader, at places: [Int]) throws(ONNXError) -> Operand {
        let (x, updates) = (try node.tensor(0), try node.tensor(2))
        try node.require(
            elementCount(updates.shape) == places.count, "\(places.count) updates", "the shape \(updates.shape)")
        let combine = try reduction(node)
        return try apply(node, [plain(x), plain(updates)], shape: x.shape) { _ in
            { inputs in
                var elements = inputs[0].elements
                for (place, update) in zip(places, inputs[1].elements) {
                    elements[place] = combine(elements[place], update)
                }
                return Tensor(elements, shape: inputs[0].shape)
            }
        }
    }

    /// What one step along each axis is, in elements.
    private func strides(of shape: [Int]) -> [Int] {
        var strides = [Int](repeating: 1, count: shape.count)
        for axis in shape.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * shape[axis + 1] }
        return strides
    }

    private mutating func scatterElements(_ node: NodeReader) throws(ONNXError) -> Operand {
        let x = try node.tensor(0)
        let axis = try node.axis(try node.int("axis", or: 0), rank: x.shape.count)
        let (indices, shape) = (try node.integers(1), try node.operand(1).shape)
        let updates = try node.operand(2).shape
        try node.require(
            shape.count == x.shape.count && shape == updates
                && shape.indices.allSatisfy { $0 == axis || shape[$0] <= x.shape[$0] },
            "indices and updates of one shape within \(x.shape)", "\(shape) and \(updates)")
        let (own, other) = (strides(of: x.shape), strides(of: shape))
        var places: [Int] = []
        for (position, index) in indices.enumerated() {
            var place = try node.axis(index, rank: x.shape[axis]) * own[axis]
            for dimension in shape.indices where dimension != axis {
                place += position / other[dimension] % shape[dimension] * own[dimension]
            }
            places.append(place)
        }
        return try scatter(node, at: places)
    }

    /// The first elements of the parts that rows of indices point at, and the parts' shape.
    private func parts(_ node: NodeReader, of shape: [Int]) throws(ONNXError) -> (starts: [Int], part: [Int]) {
        let (indices, rows) = (try node.integers(1), try node.operand(1).shape)
        guard let depth = rows.last, (1...max(shape.count, 1)).contains(depth), depth <= shape.count else {
            throw node.failure(expected: "indices into \(shape)", found: "the shape \(rows)")
        }
        let steps = strides(of: shape)
        var starts: [Int] = []
        for row in stride(from: 0, to: indices.count, by: depth) {
            var start = 0
            for axis in 0..<depth { start += try node.axis(indices[row + axis], rank: shape[axis]) * steps[axis] }
            starts.append(start)
        }
        return (starts, Array(shape[depth...]))
    }

    private mutating func scatterParts(_ node: NodeReader) throws(ONNXError) -> Operand {
        let x = try node.tensor(0)
        let (starts, part) = try parts(node, of: x.shape)
        let expected = Array(try node.operand(1).shape.dropLast()) + part
        let updates = try node.operand(2).shape
        try node.require(updates == expected, "updates of the shape \(expected)", "\(updates)")
        return try scatter(node, at: starts.flatMap { start in (0..<elementCount(part)).map { start + $0 } })
    }

    private mutating func gatherParts(_ node: NodeReader) throws(ONNXError) -> Operand {
        let x = try node.tensor(0)
        try node.require(try node.int("batch_dims", or: 0) == 0, "batch_dims of 0", "more")
        let (starts, part) = try parts(node, of: x.shape)
        let shape = Array(try node.operand(1).shape.dropLast()) + part
        let count = elementCount(part)
        return try apply(node, [plain(x)], shape: shape) { _ in
            { inputs in
                let elements = inputs[0].elements
                return Tensor(starts.flatMap { elements[$0..<$0 + count] }, shape: shape)
            }
        }
    }

    private mutating func compress(_ node: NodeReader) throws(ONNXError) -> Operand {
        var x = plain(try node.tensor(0))
        var axis = 0
        if node.node.attributes["axis"] == nil {
            x = reshaped(x, to: [elementCount(x.shape)])
        } else {
            axis = try node.axis(try node.int("axis", or: 0), rank: x.shape.count)
        }
        let condition = try node.integers(1)
        let chosen = condition.indices.filter { condition[$0] != 0 }
        try node.require(
            condition.count <= x.shape[axis] && !chosen.isEmpty, "a condition for \(x.shape[axis]) elements",
            "\(condition.count), \(chosen.count) of them true")
        var shape = x.shape
        shape[axis] = chosen.count
        let place = axis
        return try apply(node, [x], shape: shape) { _ in { $0[0].selecting(chosen, axis: place) } }
    }

    /// Cut or padded on both sides.
    private mutating func centre(_ node: NodeReader) throws(ONNXError) -> Operand {
        let x = try node.tensor(0)
        let rank = x.shape.count
        let axes =
            try node.ints("axes").map { (axes) throws(ONNXError) in try node.axes(axes, rank: rank) } ?? Array(0..<rank)
        let sizes = try node.integers(1)
        try node.require(
            sizes.count == axes.count && sizes.allSatisfy { (1...NodeReader.largestSize).contains($0) },
            "\(axes.count) sizes of at least 1", "\(sizes)")
        var shape = x.shape
        var ranges = shape.map { 0..<$0 }
        var amounts = [(before: Int, after: Int)](repeating: (0, 0), count: rank)
        for (axis, size) in zip(axes, sizes) {
            let difference = size - shape[axis]
            if difference < 0 {
                ranges[axis] = -difference / 2..<(-difference / 2 + size)
            } else {
                amounts[axis] = (difference / 2, difference - difference / 2)
            }
            shape[axis] = size
        }
        let (parts, padding) = (ranges, amounts)
        return try apply(node, [plain(x)], shape: shape) { _ in { $0[0].sliced(parts).padded(padding) } }
    }

    /// Numbers from a start up to a limit, which are known beforehand.
    private func range(_ node: NodeReader) throws(ONNXError) -> Operand {
        if case .integers = try node.operand(0) {
            let values = [try node.integers(0), try node.integers(1), try node.integers(2)]
            try node.require(
                values.allSatisfy { $0.count == 1 && (-(1 << 40)...1 << 40).contains($0[0]) } && values[2][0] != 0,
                "a start, a limit and a step", "\(values)")
            let (start, limit, step) = (values[0][0], values[1][0], values[2][0])
            let count = max(0, (limit - start + (step > 0 ? step - 1 : step + 1)) / step)
            try node.require(count <= NodeReader.largestSize, "at most \(NodeReader.largestSize) integers", "\(count)")
            return .integers((0..<count).map { start + $0 * step }, shape: [count])
        }
        let (start, limit, step) = (try node.scalar(0), try node.scalar(1), try node.scalar(2))
        let count = ((limit - start) / step).rounded(.up)
        try node.require(
            count >= 1 && count <= Float(NodeReader.largestSize), "1 to \(NodeReader.largestSize) numbers", "\(count)")
        return .floats(Weight(NDArray((0..<Int(count)).map { start + Float($0) * step }, shape: [Int(count)])))
    }

    /// The largest or smallest elements of an axis and their places, the earlier of equal ones first.
    mutating func topK(_ node: NodeReader) throws(ONNXError) -> [Operand] {
        let x = try node.tensor(0)
        let axis = try node.axis(try node.int("axis", or: -1), rank: x.shape.count)
        let given: [Int]
        if let k = node.node.attributes["k"] { given = [Int(k.i)] } else { given = try node.integers(1) }
        try node.require(
            given.count == 1 && (1...x.shape[axis]).contains(given[0]), "k of 1 to \(x.shape[axis])", "\(given)")
        let (k, takesLargest) = (given[0], try node.int("largest", or: 1) != 0)
        var shape = x.shape
        shape[axis] = k
        let fixed = shape
        @Sendable func chosen(_ x: Tensor, places: Bool) -> Tensor {
            eachLine(of: x, axes: [axis]) { line in
                let order = line.indices.sorted { a, b in
                    // NaN counts as the largest.
                    let (x, y) = takesLargest ? (line[b], line[a]) : (line[a], line[b])
                    return x == y || x.isNaN && y.isNaN ? a < b : y.isNaN || x < y
                }
                let values = line
                for index in 0..<k { line[index] = places ? Float(order[index]) : values[order[index]] }
            }.sliced(fixed.map { 0..<$0 })
        }
        var results = [try apply(node, [plain(x)], shape: shape) { _ in { chosen($0[0], places: false) } }]
        if node.node.outputs.count > 1 {
            results.append(try apply(node, [plain(x)], shape: shape) { _ in { chosen($0[0], places: true) } })
        }
        return results
    }
}
