import Martinet

/// Fits a graph to the shapes of its inputs.
///
/// Every shape is checked here, so that no operation of `Tensor` is handed what it would stop for, and what depends on
/// shapes and constants alone is computed here. Axes are the file's; images are kept channels-last all the same
/// (`ComputedValue.isChannelsLast`) and moved only where an operation mixes their axes.
struct ProgramBuilder {
    /// The order of an image's axes in Martinet, in terms of the file's.
    static let channelsLast = [0, 2, 3, 1]

    private(set) var steps: [Program.Step] = []
    private let operatorSet: Int
    private let limits: ONNXLimits
    private var values: [String: Operand] = [:]
    private var slotCount = 0
    /// The elements of all constants that were computed.
    private var computedConstants = 0
    /// Values that were moved into the other layout already.
    private var moved: [Int: ComputedValue] = [:]

    /// - Parameters:
    ///   - graph: what is fitted.
    ///   - shapes: of the inputs, as the file has them.
    ///   - channelsLast: which inputs are images, which lie as Martinet has them; others of four axes are channels-last in the
    ///     file.
    ///   - limits: for what the file makes a program do.
    init(
        _ graph: ImportedGraph, shapes: [[Int]], channelsLast: [Bool], limits: ONNXLimits
    ) throws(ONNXError) {
        operatorSet = graph.operatorSet
        self.limits = limits
        for (name, constant) in graph.constants { values[name] = Self.operand(constant) }
        for (index, input) in graph.inputs.enumerated() {
            let value = ComputedValue(
                slot: slotCount, shape: shapes[index], isChannelsLast: channelsLast[index],
                namesChannelsLast: shapes[index].count == 4 && !channelsLast[index])
            try check(value.shape, .input(input.name))
            slotCount += 1
            values[input.name] = .computed(value)
        }
        for node in graph.nodes { try add(node) }
    }

    /// The program, and the shapes of its results.
    ///
    /// - Parameters:
    ///   - outputs: the names of the results.
    ///   - keepsLayout: whether images among them are as in the file rather than channels-last.
    mutating func program(
        outputs: [String], keepsLayout: Bool = false
    ) throws(ONNXError) -> (program: Program, shapes: [[Int]]) {
        var slots: [Int] = []
        var shapes: [[Int]] = []
        for name in outputs {
            guard let operand = values[name] else {
                throw ONNXError(
                    .output(name), expected: "a tensor that is computed from the input", found: "nothing of that name")
            }
            let value = constantOutput(operand)
            let isImage = value.shape.count == 4 && !value.namesChannelsLast && !keepsLayout
            let result = physical(value, channelsLast: isImage)
            slots.append(result.slot)
            shapes.append(isImage ? Self.channelsLast.map { value.shape[$0] } : value.shape)
        }
        return (Program(steps: steps, outputs: slots), shapes)
    }

    /// An output as a value; integers and constants become steps that give them.
    private mutating func constantOutput(_ operand: Operand) -> ComputedValue {
        let constant: Tensor
        switch operand {
        case .computed(let value): return value
        case .floats(let weight): constant = Tensor(array: weight.array)
        case .integers(let values, let shape): constant = Tensor(values.map { Float($0) }, shape: shape)
        }
        return emit([], shape: operand.shape, isChannelsLast: false) { _ in constant }
    }

    private mutating func add(_ node: ImportedGraph.Node) throws(ONNXError) {
        var operands: [Operand?] = []
        for name in node.inputs {
            guard !name.isEmpty else {
                operands.append(nil)
                continue
            }
            guard let operand = values[name] else {
                throw ONNXError(node.place, expected: "inputs that were computed before", found: "\"\(name)\"")
            }
            operands.append(operand)
        }
        let reader = NodeReader(node: node, operands: operands, operatorSet: operatorSet)
        let results: [Operand]
        if let operation = Self.operators[node.operation] {
            results = [try operation(&self, reader)]
        } else if let operation = Self.operatorsOfSeveralOutputs[node.operation] {
            results = try operation(&self, reader)
        } else {
            throw ONNXError(node.place, expected: "an operator that is supported", found: node.operation)
        }
        guard node.outputs.contains(where: { !$0.isEmpty }) else {
            throw ONNXError(node.place, expected: "an output of a new name", found: "none")
        }
        for (name, result) in zip(node.outputs, results) where !name.isEmpty {
            guard values[name] == nil else {
                throw ONNXError(node.place, expected: "an output of a new name", found: "\"\(name)\"")
            }
            try check(result.shape, node.place)
            switch result {
            case .integers(let values, _): try count(values.count, node.place)
            case .floats(let weight): try count(weight.count, node.place)
            case .computed: break
            }
            values[name] = result
        }
    }

    private static func operand(_ constant: Constant) -> Operand {
        switch constant {
        case .floats(let weight): .floats(weight)
        case .integers(let values, let shape): .integers(values, shape: shape)
        }
    }

    static func operand(_ node: NodeReader, constant name: String) -> Operand? {
        node.node.constants[name].map(operand)
    }

    // MARK: Limits

    func check(_ shape: [Int], _ place: ONNXError.Place) throws(ONNXError) {
        var count = 1
        for size in shape {
            let (product, overflow) = count.multipliedReportingOverflow(by: max(size, 1))
            guard size >= 0, !overflow, product <= limits.elements else {
                throw ONNXError(place, expected: "at most \(limits.elements) elements", found: "the shape \(shape)")
            }
            count = product
        }
        guard shape.count <= Shapes.maximumRank else {
            throw ONNXError(place, expected: "at most \(Shapes.maximumRank) axes", found: "the shape \(shape)")
        }
    }

    /// Counts elements of constants that are computed.
    private mutating func count(_ elements: Int, _ place: ONNXError.Place) throws(ONNXError) {
        computedConstants += elements
        guard computedConstants <= limits.computedConstants else {
            throw ONNXError(
                place, expected: "at most \(limits.computedConstants) elements of computed constants", found: "more")
        }
    }

    // MARK: Steps

    /// Adds an operation on one computed value.
    mutating func emit(
        _ input: ComputedValue, shape: [Int], isChannelsLast: Bool? = nil,
        _ body: @escaping @Sendable (Tensor) -> Tensor
    ) -> ComputedValue {
        emit(
            [input.slot], shape: shape, isChannelsLast: isChannelsLast ?? input.isChannelsLast,
            namesChannelsLast: input.namesChannelsLast
        ) { body($0[0]) }
    }

    /// Adds an operation on values in `slots`.
    mutating func emit(
        _ slots: [Int], shape: [Int], isChannelsLast: Bool, namesChannelsLast: Bool = false,
        _ body: @escaping @Sendable ([Tensor]) -> Tensor
    ) -> ComputedValue {
        let output = ComputedValue(
            slot: slotCount, shape: shape, isChannelsLast: isChannelsLast && shape.count == 4,
            namesChannelsLast: namesChannelsLast && shape.count == 4)
        slotCount += 1
        steps.append(Program.Step(inputs: slots, output: output.slot, body: body))
        return output
    }

    /// An operation on operands of one layout, of which some may be constants; if all are, it is done at once.
    ///
    /// - Parameters:
    ///   - node: for errors.
    ///   - operands: tensors.
    ///   - shape: of the result, as the file has it.
    ///   - matchesRanks: whether operands of fewer axes than the result get more in front, as in broadcasting.
    ///   - body: the operation on tensors that lie in the layout that it is told.
    mutating func apply(
        _ node: NodeReader, _ operands: [Operand], shape: [Int], matchesRanks: Bool = false,
        _ body: (_ isChannelsLast: Bool) -> @Sendable ([Tensor]) -> Tensor
    ) throws(ONNXError) -> Operand {
        try check(shape, node.node.place)
        let isChannelsLast = operands.contains { operand in
            if case .computed(let value) = operand { value.isChannelsLast } else { false }
        }
        let namesChannelsLast = operands.contains { operand in
            if case .computed(let value) = operand { value.namesChannelsLast } else { false }
        }
        var slots: [Int] = []
        /// For each operand its constant, or nil for the next slot.
        var constants: [Tensor?] = []
        for operand in operands {
            switch operand {
            case .computed(let value):
                let rank = matchesRanks && isChannelsLast ? 4 : value.shape.count
                slots.append(physical(expanded(value, rank: rank), channelsLast: isChannelsLast).slot)
                constants.append(nil)
            case .floats(let weight):
                constants.append(Tensor(array: arranged(weight, isChannelsLast, matchesRanks: matchesRanks)))
            case .integers:
                throw node.failure(expected: "tensors of floating-point numbers", found: "integers")
            }
        }
        let operation = body(isChannelsLast)
        guard !slots.isEmpty else {
            var account = self
            try account.count(elementCount(shape), node.node.place)
            let result = withoutGradients { operation(constants.compactMap { $0 }) }
            return .floats(Weight(result.array))
        }
        let fixed = constants
        let value = emit(
            slots, shape: shape, isChannelsLast: isChannelsLast, namesChannelsLast: namesChannelsLast
        ) { inputs in
            var rest = inputs[...]
            return operation(fixed.map { $0 ?? rest.removeFirst() })
        }
        return .computed(value)
    }

    /// A constant in the layout of the operands beside it.
    private func arranged(_ weight: Weight, _ isChannelsLast: Bool, matchesRanks: Bool) -> NDArray {
        guard isChannelsLast else { return weight.array }
        if weight.shape.count == 4 { return weight.permuted(Self.channelsLast) }
        guard matchesRanks, !weight.shape.isEmpty else { return weight.array }
        let shape = [Int](repeating: 1, count: 4 - weight.shape.count) + weight.shape
        return weight.array.reshaped(shape).permuted(Self.channelsLast)
    }

    private mutating func expanded(_ value: ComputedValue, rank: Int) -> ComputedValue {
        guard value.shape.count < rank else { return value }
        return reshaped(value, to: [Int](repeating: 1, count: rank - value.shape.count) + value.shape)
    }

    // MARK: Layout

    /// `value` in one layout or the other.
    mutating func physical(_ value: ComputedValue, channelsLast: Bool) -> ComputedValue {
        guard value.shape.count == 4, value.isChannelsLast != channelsLast else { return value }
        if var known = moved[value.slot] {
            known.namesChannelsLast = value.namesChannelsLast
            return known
        }
        let shape = value.shape
        let order = channelsLast ? Self.channelsLast : [0, 3, 1, 2]
        let result: ComputedValue
        if shape[2] == 1, shape[3] == 1 {
            // An image of one pixel lies the same in both.
            let target = channelsLast ? [shape[0], 1, 1, shape[1]] : shape
            result = emit(value, shape: shape, isChannelsLast: channelsLast) { $0.reshaped(target) }
        } else {
            result = emit(value, shape: shape, isChannelsLast: channelsLast) { $0.permuted(order) }
        }
        moved[value.slot] = result
        moved[result.slot] = value
        return result
    }

    /// `value` with its elements, in the file's order, as those of another shape.
    mutating func reshaped(_ value: ComputedValue, to shape: [Int]) -> ComputedValue {
        guard value.shape != shape else { return value }
        let source = physical(value, channelsLast: false)
        var result = emit(source, shape: shape, isChannelsLast: false) { $0.reshaped(shape) }
        // Channels that lay last still do if their number is the same.
        if shape.last != value.shape.last { result.namesChannelsLast = false }
        return result
    }

    /// Where the file's axis is in a tensor that lies channels-last or not.
    static func position(of axis: Int, isChannelsLast: Bool) -> Int { isChannelsLast ? [0, 3, 1, 2][axis] : axis }
}
