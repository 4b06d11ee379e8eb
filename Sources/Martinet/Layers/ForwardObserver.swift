/// Is told of every layer that runs: how a summary learns the shapes inside a model that is written as plain code.
struct ForwardObserver: Sendable {
    @TaskLocal private static var current: (@Sendable (any Module, Tensor, Tensor) -> Void)?

    /// Reports that `layer` made `output` of `input`, and gives `output` back.
    static func observe(_ layer: any Module, _ input: Tensor, _ output: Tensor) -> Tensor {
        current?(layer, input, output)
        return output
    }

    /// Runs `body` while `report` is told of each layer, its input and its output.
    static func observing<Result>(
        _ report: @escaping @Sendable (any Module, Tensor, Tensor) -> Void, _ body: () throws -> Result
    ) rethrows -> Result {
        try $current.withValue(report, operation: body)
    }
}
