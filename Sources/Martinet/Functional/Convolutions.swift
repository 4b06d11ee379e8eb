import MartinetBase

extension Module where Input == Tensor, Output == Tensor {
    /// The convolutions that run for an input of `inputShape`, batch axis included, in the order in which they run: their
    /// layers' names within the model and their sizes. The model is run once on zeros, in evaluation mode.
    ///
    /// ```swift
    /// for (name, geometry) in model.convolutions(inputShape: [1, 224, 224, 3]) {
    ///     print(name, ConvolutionPlan.plan(for: geometry, .forward))
    /// }
    /// ```
    package func convolutions(inputShape: [Int]) -> [(name: String, geometry: ConvolutionGeometry)] {
        let calls = Locked<[(layer: ObjectIdentifier, geometry: ConvolutionGeometry)]>([])
        withoutGradients {
            evaluating(self) {
                ForwardObserver.observing({ call in
                    guard let geometry = call.geometry else { return }
                    calls.withLock { $0.append((ObjectIdentifier(call.layer), geometry)) }
                }) { _ = self(Tensor.zeros(inputShape)) }
            }
        }
        let names = Dictionary(
            namedModules.map { (ObjectIdentifier($0.module), $0.name) }, uniquingKeysWith: { first, _ in first })
        return calls.withLock { $0 }.map { (names[$0.layer] ?? "", $0.geometry) }
    }
}
