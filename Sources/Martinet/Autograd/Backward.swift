import MartinetBase

extension Tensor {
    /// Computes the gradient of this tensor by every parameter that it was computed from, and adds it to
    /// `Parameter.gradient`.
    ///
    /// The graph is freed as the pass proceeds, so that the memory of a training step peaks once.
    ///
    /// - Parameters:
    ///   - gradient: the gradient by this tensor, of its shape; 1 for a scalar where nil.
    ///   - retainGraph: keep the graph for a second pass.
    public func backward(gradient: Tensor? = nil, retainGraph: Bool = false) {
        let start = startingGradient(gradient, operation: "backward")
        runBackward(from: start.node, gradient: start.gradient, retainGraph: retainGraph, keeping: []) {
            node, gradient in
            node.parameter?.accumulate(gradient)
        }
    }

    fileprivate func startingGradient(_ gradient: Tensor?, operation: String) -> (node: Node, gradient: NDArray) {
        guard let node else {
            fail(
                "\(operation): this tensor of shape \(shape) does not depend on anything that needs a gradient")
        }
        if let gradient {
            require(
                gradient.shape == shape,
                "\(operation): the gradient's shape \(gradient.shape) differs from the tensor's, \(shape)")
            return (node, gradient.array)
        }
        require(
            count == 1, "\(operation): a tensor of shape \(shape) is not a scalar, so the gradient by it must be given")
        return (node, NDArray(repeating: 1, shape: shape))
    }
}

/// The gradient of `output` by each of `tensors`, which may be inputs made with `requiringGradient()`, parameters' values or
/// intermediate results; zeros where `output` does not depend on one. Parameters' own gradients are left alone.
///
/// - Parameters:
///   - output: what is differentiated; it must need a gradient.
///   - tensors: by what.
///   - gradient: the gradient by `output`, of its shape; 1 for a scalar where nil.
///   - retainGraph: keep the graph for a second pass.
public func gradients(
    of output: Tensor, at tensors: [Tensor], gradient: Tensor? = nil, retainGraph: Bool = false
) -> [Tensor] {
    let start = output.startingGradient(gradient, operation: "gradients(of:at:)")
    var found: [ObjectIdentifier: NDArray] = [:]
    let wanted = Set(
        tensors.map { tensor in
            guard let node = tensor.node else {
                fail(
                    "gradients(of:at:): a tensor of shape \(tensor.shape) needs no gradient; make it with requiringGradient()"
                )
            }
            return ObjectIdentifier(node)
        })
    runBackward(from: start.node, gradient: start.gradient, retainGraph: retainGraph, keeping: wanted) {
        node, gradient in
        if wanted.contains(ObjectIdentifier(node)) { found[ObjectIdentifier(node)] = gradient }
    }
    return tensors.map { tensor in
        Tensor(array: tensor.node.flatMap { found[ObjectIdentifier($0)] } ?? NDArray.zeros(tensor.shape))
    }
}

/// Visits the nodes that `root` was computed from, latest first, and passes the gradients on.
///
/// - Parameters:
///   - keeping: nodes whose gradient `deliver` gets although they are not leaves.
///   - deliver: gets each leaf, and each node of `keeping`, with its gradient.
private func runBackward(
    from root: Node, gradient: NDArray, retainGraph: Bool, keeping: Set<ObjectIdentifier>,
    deliver: (Node, NDArray) -> Void
) {
    var order = reachableNodes(from: root)
    var pending: [ObjectIdentifier: NDArray] = [ObjectIdentifier(root): gradient]
    while let node = order.popLast() {
        guard var gradient = pending.removeValue(forKey: ObjectIdentifier(node)) else { continue }
        guard let (backward, inputs) = node.functionAndInputs(freeing: !retainGraph) else {
            fail(
                "backward: the graph of the operation \(node.operation) has been freed by an earlier backward pass;"
                    + " pass retainGraph: true to that one to run a second")
        }
        if inputs.isEmpty || keeping.contains(ObjectIdentifier(node)) { deliver(node, gradient) }
        guard !inputs.isEmpty else { continue }
        for (input, inputGradient) in zip(inputs, backward(&gradient)) {
            guard let input, let inputGradient else { continue }
            let key = ObjectIdentifier(input)
            if pending[key] == nil {
                pending[key] = inputGradient
            } else {
                // In place where nobody else holds the sum so far.
                pending[key]?.add(inputGradient)
            }
        }
    }
}

/// The nodes that `root` depends on, itself included, by ascending sequence.
private func reachableNodes(from root: Node) -> [Node] {
    var seen: Set<ObjectIdentifier> = [ObjectIdentifier(root)]
    var nodes = [root]
    var next = 0
    while next < nodes.count {
        for case let input? in nodes[next].inputs where seen.insert(ObjectIdentifier(input)).inserted {
            nodes.append(input)
        }
        next += 1
    }
    return nodes.sorted { $0.sequence < $1.sequence }
}
