import MartinetBase

extension Module where Input == Tensor, Output == Tensor {
    /// Runs the model on `x` and keeps what comes out of the modules within it that are called `names`, as torchvision's
    /// `create_feature_extractor` does.
    ///
    /// ```swift
    /// let (logits, features) = resnet.features(of: images, at: ["relu", "layer1", "layer4.1"])
    /// ```
    ///
    /// They may be layers, the members of a `Sequential`, or one itself. Of a module that runs several times it is the last
    /// output. The features are part of the graph, if one is recorded: `gradients(of:at:)` can be asked about them.
    ///
    /// - Parameters:
    ///   - x: the model's input, batch axis included.
    ///   - names: as in `namedModules`.
    /// - Returns: the model's output, and what comes out of each of the modules; nothing for a name that there is not, or that
    ///   did not run.
    public func features(of x: Tensor, at names: [String]) -> (output: Tensor, features: [String: Tensor]) {
        let wanted = Dictionary(
            namedModules.filter { names.contains($0.name) }.map { (ObjectIdentifier($0.module), $0.name) },
            uniquingKeysWith: { first, _ in first })
        let found = Locked<[String: Tensor]>([:])
        let output = ForwardObserver.observing({ call in
            guard let name = wanted[ObjectIdentifier(call.layer)] else { return }
            found.withLock { $0[name] = call.output }
        }) { self(x) }
        return (output, found.withLock { $0 })
    }

    /// The names of the modules whose outputs `features(of:at:)` can give, with the outputs' shapes, in the order in which they
    /// run. The model is run once on zeros, in evaluation mode.
    ///
    /// - Parameter inputShape: batch axis included.
    public func featureShapes(inputShape: [Int]) -> [(name: String, shape: [Int])] {
        let names = Dictionary(
            namedModules.map { (ObjectIdentifier($0.module), $0.name) }, uniquingKeysWith: { first, _ in first })
        let found = Locked<[(name: String, shape: [Int])]>([])
        withoutGradients {
            evaluating(self) {
                ForwardObserver.observing({ call in
                    guard let name = names[ObjectIdentifier(call.layer)], !name.isEmpty else { return }
                    found.withLock { found in
                        if !found.contains(where: { $0.name == name }) { found.append((name, call.output.shape)) }
                    }
                }) { _ = self(Tensor.zeros(inputShape)) }
            }
        }
        return found.withLock { $0 }
    }
}
