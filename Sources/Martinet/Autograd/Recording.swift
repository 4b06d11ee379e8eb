/// Whether operations are recorded for the backward pass; a property of the current task.
enum Recording {
    @TaskLocal static var isEnabled = true
}

/// Runs `body` without recording a graph: for evaluation and for arithmetic on parameters. As `torch.no_grad()`.
public func withoutGradients<Result>(_ body: () throws -> Result) rethrows -> Result {
    try Recording.$isEnabled.withValue(false) { try body() }
}

extension Tensor {
    /// Whether an operation on this tensor is recorded.
    var isRecorded: Bool { Recording.isEnabled && requiresGradient }
}

/// The result of an operation, recorded if a gradient can flow through it.
///
/// - Parameters:
///   - operation: its name, for messages.
///   - output: what it computed.
///   - inputs: what it was computed from, in the order of `backward`'s results.
///   - backward: from the gradient by the output to those by the inputs. Captures arrays only, never tensors.
func record(
    _ operation: String, _ output: NDArray, from inputs: [Tensor], backward: @escaping Node.Backward
) -> Tensor {
    Trace.check(operation, inputs, output)
    let nodes = inputs.map(\.node)
    guard Recording.isEnabled, nodes.contains(where: { $0 != nil }) else { return Tensor(array: output) }
    return Tensor(array: output, node: Node(operation: operation, inputs: nodes, backward: backward))
}

/// The result of an operation on one tensor, recorded if a gradient can flow through it.
func record(
    _ operation: String, _ output: NDArray, from input: Tensor, backward: @escaping @Sendable (inout NDArray) -> NDArray
) -> Tensor {
    Trace.check(operation, [input], output)
    guard Recording.isEnabled, let node = input.node else { return Tensor(array: output) }
    return Tensor(array: output, node: Node(operation: operation, inputs: [node]) { [backward(&$0)] })
}
