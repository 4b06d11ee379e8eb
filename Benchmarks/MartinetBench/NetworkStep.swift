import Martinet

/// One step of a network on random images: a training step, or inference.
struct NetworkStep {
    let network: any Module<Tensor, Tensor>
    let images: Tensor

    /// Does it once.
    let run: () -> Void

    init(_ options: NetworkOptions) throws {
        let (model, batch, size) = (options.model, options.batch, options.imageSize)
        let network = model.make()
        let images = Tensor.normal([batch, size, size, model.channels], generator: RandomGenerator(seed: 1))
        self.network = network
        self.images = images
        switch options.mode {
        case .train:
            var source = RandomGenerator(seed: 2)
            let labels = (0..<batch).map { _ in Int.random(in: 0..<model.classes, using: &source) }
            // The first pass gives layers their shapes, so that the optimizer finds all parameters.
            withoutGradients { _ = network(images) }
            let optimizer = SGD(network.parameters, learningRate: 0.01, momentum: 0.9, weightDecay: 1e-4)
            run = {
                crossEntropy(network(images), labels).backward()
                optimizer.step()
            }
        case .infer:
            let prepared = try network.forInference(inputShape: images.shape, verifying: false)
            prepared.prepare(batch: batch)
            run = { _ = prepared(images) }
        }
    }
}
