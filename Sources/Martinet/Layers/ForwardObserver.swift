/// Is told of every layer that runs: how a summary learns the shapes inside a model that is written as plain code.
struct ForwardObserver: Sendable {
    @TaskLocal private static var current: (@Sendable (any Module, Tensor) -> Void)?

    /// Reports that `layer` made `output`, and gives it back.
    static func observe(_ layer: any Module, _ output: consuming Tensor) -> Tensor {
        if let current { current(layer, copy output) }
        return output
    }

    /// Runs `body` while `report` is told of each layer and its output.
    static func observing<Result>(
        _ report: @escaping @Sendable (any Module, Tensor) -> Void, _ body: () throws -> Result
    ) rethrows -> Result {
        try $current.withValue(report, operation: body)
    }
}
