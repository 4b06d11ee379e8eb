/// Is told of every layer that runs: how a summary learns the shapes inside a model that is written as plain code, and what
/// comes out of a layer is looked at.
package final class ForwardObserver: Sendable {
    /// One call of a layer.
    struct Call {
        let layer: any Module
        let output: Tensor
        /// Whether it is a module of several layers, each of which is reported too; or one of those, again.
        let isBlock: Bool
        /// Of a convolution.
        let geometry: ConvolutionGeometry?
    }

    // An object, not the function itself: in optimised code of Swift 6.3 a task-local value of a function type crashes.
    @TaskLocal private static var current: ForwardObserver?

    private let report: @Sendable (Call) -> Void

    private init(_ report: @escaping @Sendable (Call) -> Void) { self.report = report }

    /// Reports that `layer` made `output`, and gives it back. A convolution adds its sizes.
    package static func observe(
        _ layer: any Module, _ output: consuming Tensor, geometry: @autoclosure () -> ConvolutionGeometry? = nil
    ) -> Tensor {
        if let current {
            current.report(Call(layer: layer, output: copy output, isBlock: false, geometry: geometry()))
        }
        return output
    }

    /// Reports that `module`, which may consist of others, made `output`, and gives it back.
    package static func observe(block module: any Module, _ output: consuming Tensor) -> Tensor {
        if let current { current.report(Call(layer: module, output: copy output, isBlock: true, geometry: nil)) }
        return output
    }

    /// Runs `body` while `report` is told of each layer that runs.
    static func observing<Result>(
        _ report: @escaping @Sendable (Call) -> Void, _ body: () throws -> Result
    ) rethrows -> Result {
        try $current.withValue(ForwardObserver(report), operation: body)
    }
}
