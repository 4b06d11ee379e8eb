/// Is told of every layer that runs: how a summary learns the shapes inside a model that is written as plain code.
final class ForwardObserver: Sendable {
    // An object, not the function itself: in optimised code of Swift 6.3 a task-local value of a function type crashes.
    @TaskLocal private static var current: ForwardObserver?

    private let report: @Sendable (any Module, Tensor) -> Void

    private init(_ report: @escaping @Sendable (any Module, Tensor) -> Void) { self.report = report }

    /// Reports that `layer` made `output`, and gives it back.
    static func observe(_ layer: any Module, _ output: consuming Tensor) -> Tensor {
        if let current { current.report(layer, copy output) }
        return output
    }

    /// Runs `body` while `report` is told of each layer and its output.
    static func observing<Result>(
        _ report: @escaping @Sendable (any Module, Tensor) -> Void, _ body: () throws -> Result
    ) rethrows -> Result {
        try $current.withValue(ForwardObserver(report), operation: body)
    }
}
