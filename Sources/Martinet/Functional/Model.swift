import MartinetBase

/// A module made of the layers between symbolic inputs and outputs, as Keras's functional `Model`.
///
/// Layers are named by the user or by their type (`conv2d`, `conv2d_1`, `dense`), and these names stand in front of the
/// parameters' names. Results are dropped as soon as no later layer needs them.
public final class Model: Module, CustomReflectable {
    /// One layer's turn.
    private struct Step: Sendable {
        let operation: SymbolicNode.Operation
        let name: String
        /// Which earlier values it takes.
        let inputs: [Int]
        /// Earlier values that nothing needs afterwards.
        let lastUses: [Int]
    }

    public typealias Input = Tensor
    public typealias Output = Tensor

    /// The shapes of the inputs, without the batch axis.
    public let inputShapes: [[Int]]

    /// The shapes of the outputs, without the batch axis.
    public let outputShapes: [[Int]]

    private let steps: [Step]
    private let shapes: [[Int]]
    private let inputPlaces: [Int]
    private let outputPlaces: [Int]

    /// - Precondition: the outputs depend on nothing but `inputs`, and names that the user gave are given once.
    public init(inputs: [SymbolicTensor], outputs: [SymbolicTensor]) {
        require(!inputs.isEmpty && !outputs.isEmpty, "Model: expected at least one input and one output")
        let nodes = SymbolicNode.upstream(of: inputs + outputs)
        let names = SymbolicNode.names(of: nodes)
        let places = Dictionary(uniqueKeysWithValues: nodes.enumerated().map { (ObjectIdentifier($1), $0) })
        func place(_ tensor: SymbolicTensor) -> Int { places[ObjectIdentifier(tensor.node)]! }

        let given = Set(inputs.map(place))
        for (index, node) in nodes.enumerated() {
            if case .input = node.operation, !given.contains(index) {
                let name = names[ObjectIdentifier(node)] ?? "input"
                fail("Model: the outputs depend on \(name), which is not among the inputs")
            }
        }
        for input in inputs {
            guard case .input = input.node.operation else {
                fail(
                    "Model: an input must come from Input(shape:), found the output of \(input.node.typeName)")
            }
        }
        Self.checkNames(nodes)

        var lastUser = [Int: Int]()
        for (index, node) in nodes.enumerated() { for input in node.inputs { lastUser[place(input)] = index } }
        let results = Set(outputs.map(place))
        inputShapes = inputs.map(\.shape)
        outputShapes = outputs.map(\.shape)
        inputPlaces = inputs.map(place)
        outputPlaces = outputs.map(place)
        var shapes = [[Int]](repeating: [], count: nodes.count)
        for tensor in inputs + outputs + nodes.flatMap(\.inputs) { shapes[place(tensor)] = tensor.shape }
        self.shapes = shapes
        steps = nodes.enumerated().map { index, node in
            let used = node.inputs.map(place)
            return Step(
                operation: node.operation, name: names[ObjectIdentifier(node)]!, inputs: used,
                lastUses: Set(used).filter { lastUser[$0] == index && !results.contains($0) })
        }
    }

    /// A model of one input and one output.
    public convenience init(inputs: SymbolicTensor, outputs: SymbolicTensor) {
        self.init(inputs: [inputs], outputs: [outputs])
    }

    /// - Parameter x: a batch for a model of one input and one output.
    public func callAsFunction(_ x: Tensor) -> Tensor {
        require(
            inputPlaces.count == 1 && outputPlaces.count == 1,
            "Model: \(inputPlaces.count) inputs and \(outputPlaces.count) outputs; call it with an array of inputs")
        return self([x])[0]
    }

    /// The outputs for one batch of each input, in the order of `Model(inputs:outputs:)`.
    public func callAsFunction(_ inputs: [Tensor]) -> [Tensor] {
        require(
            inputs.count == inputPlaces.count, "Model: expected \(inputPlaces.count) inputs, found \(inputs.count)")
        var values = [Tensor?](repeating: nil, count: steps.count)
        for ((input, place), shape) in zip(zip(inputs, inputPlaces), inputShapes) {
            require(
                input.rank > 0 && Array(input.shape.dropFirst()) == shape,
                "Model: the input \(steps[place].name) takes batches of \(shape), found a tensor of shape \(input.shape)"
            )
            values[place] = input
        }
        for (index, step) in steps.enumerated() {
            switch step.operation {
            case .input: continue
            case .module(let module):
                var inputs = take(step.inputs, step, &values)
                values[index] = module(inputs.removeLast())
            case .merge(let layer): values[index] = layer(take(step.inputs, step, &values))
            }
        }
        return outputPlaces.map { values[$0]! }
    }

    /// The values that `step` takes, given up where nothing needs them afterwards.
    private func take(_ places: [Int], _ step: Step, _ values: inout [Tensor?]) -> [Tensor] {
        let taken = places.map { values[$0]! }
        for place in step.lastUses { values[place] = nil }
        return taken
    }

    /// Keras's table: each layer with its type, output shape, parameters, multiply-adds and what it is connected to.
    public func summary() -> Summary {
        var counted: Set<ObjectIdentifier> = []
        let rows = steps.enumerated().map { index, step in
            var (parameters, multiplyAdds) = (0, 0)
            var typeName = "Input"
            switch step.operation {
            case .input: break
            case .module(let module):
                typeName = String(describing: type(of: module))
                if counted.insert(ObjectIdentifier(module)).inserted { parameters = module.stateCount }
                multiplyAdds = module.multiplyAdds(
                    inputShape: shapes[step.inputs[0]], outputShape: shapes[index])
            case .merge(let layer): typeName = String(describing: type(of: layer))
            }
            return Summary.Row(
                name: step.name, type: typeName, outputShape: shapes[index], parameters: parameters,
                multiplyAdds: multiplyAdds, connectedTo: step.inputs.map { steps[$0].name })
        }
        return Summary(title: "Model", rows: rows, trainable: trainableParameterCount, total: stateCount)
    }

    public var customMirror: Mirror {
        var seen: Set<ObjectIdentifier> = []
        let children = steps.compactMap { step -> (label: String?, value: Any)? in
            guard case .module(let module) = step.operation, seen.insert(ObjectIdentifier(module)).inserted
            else { return nil }
            return (step.name, module)
        }
        return Mirror(self, children: children)
    }

    /// Two layers of one name would be one in a file of weights.
    private static func checkNames(_ nodes: [SymbolicNode]) {
        var owners: [String: SymbolicNode] = [:]
        for node in nodes {
            guard let name = node.name else { continue }
            if let owner = owners[name], owner.layer == nil || owner.layer !== node.layer {
                fail("Model: two layers are named \(name): a \(owner.typeName) and a \(node.typeName)")
            }
            owners[name] = node
        }
    }
}
