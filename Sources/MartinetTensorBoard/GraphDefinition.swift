import Martinet

extension Module where Input == Tensor, Output == Tensor {
    /// The model's operations, in folders by the names of the layers, for TensorBoard's graph.
    func graphDefinition(inputShape: [Int]) throws(InferenceError) -> TensorBoardGraphDef {
        let traced = try inferenceGraph(inputShape: inputShape, foldsNormalizations: false)
        var builder = GraphDefinitionBuilder(names: namesByStorage)
        builder.add("input", "Placeholder", inputs: [], shape: inputShape)
        builder.values[0] = "input"
        for step in traced.steps { builder.add(step) }
        builder.add("output", "Output", inputs: [builder.values[traced.result] ?? "input"], shape: traced.resultShape)
        return builder.graph
    }
}

private struct GraphDefinitionBuilder {
    private(set) var graph = TensorBoardGraphDef()
    /// The nodes that make a trace's values.
    var values: [Int: String] = [:]
    private let parameterNames: [ObjectIdentifier: String]
    private var taken: Set<String> = []

    init(names: [ObjectIdentifier: String]) {
        parameterNames = names
        // As PyTorch writes it.
        graph.versions.producer = 22
    }

    mutating func add(_ step: InferenceGraph.Step) {
        let inputs = step.inputs.compactMap { operand -> String? in
            if case .value(let value, _) = operand { values[value] } else { nil }
        }
        let folder = inputs.first.map(Self.folder) ?? ""
        var last = inputs.first ?? "input"
        if case .identity = step.work {
        } else {
            let layer = weight(of: step.work).flatMap { parameterNames[$0] }.map(Self.layer)
            last = add(layer ?? folder + step.name, step.name, inputs: inputs, shape: step.shape)
        }
        let place = Self.folder(last)
        if let addend = step.addend.flatMap({ values[$0] }) {
            last = add(place + "add", "add", inputs: [last, addend], shape: step.shape)
        }
        if step.relu { last = add(place + "relu", "relu", inputs: [last], shape: step.shape) }
        values[step.output] = last
    }

    /// Adds a node and returns its name, which is new.
    @discardableResult
    mutating func add(_ name: String, _ operation: String, inputs: [String], shape: [Int]) -> String {
        var unique = name
        var count = 0
        while !taken.insert(unique).inserted {
            count += 1
            unique = "\(name)_\(count)"
        }
        var output = TensorBoardTensorShapeProto()
        for (axis, size) in shape.enumerated() {
            var dimension = TensorBoardTensorShapeProto.Dim()
            // The batch may have any size.
            dimension.size = axis == 0 ? -1 : Int64(size)
            output.dim.append(dimension)
        }
        var shapes = TensorBoardAttrValue()
        shapes.list.shape = [output]
        var node = TensorBoardNodeDef()
        node.name = unique
        node.op = operation
        node.input = inputs
        node.attr = ["_output_shapes": shapes]
        graph.node.append(node)
        return unique
    }

    private func weight(of work: InferenceGraph.Work) -> ObjectIdentifier? {
        switch work {
        case .convolution(let convolution), .dense(let convolution): convolution.origin
        case .normalization(let normalization): ObjectIdentifier(normalization.mean.storage)
        case .identity, .maxPool, .averagePool, .other: nil
        }
    }

    /// "layer1/0/conv1" for the parameter layer1.0.conv1.weight.
    private static func layer(_ parameter: String) -> String {
        parameter.split(separator: ".").dropLast().joined(separator: "/")
    }

    /// "layer1/0/" for a node in it; "" for one in no folder.
    private static func folder(_ node: String) -> String {
        node.lastIndex(of: "/").map { String(node[...$0]) } ?? ""
    }
}
