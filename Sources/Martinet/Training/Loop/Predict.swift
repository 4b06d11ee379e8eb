/// The outputs of `model` for the samples of a data set, in their order: `[count] + ` an output's shape. In evaluation mode
/// and without recording a graph, as `evaluate`; the samples' targets do not matter.
///
/// - Parameters:
///   - model: what computes.
///   - dataset: the samples.
///   - batchSize: how many samples go through the model together.
///   - prefetch: how many batches are kept ready.
/// - Returns: `[0]` if there are no samples.
/// - Throws: what the data set throws.
public func predict<Model: Module, Source: Dataset>(
    _ model: Model, on dataset: Source, batchSize: Int = 256, prefetch: Int = 2
) throws(Source.Failure) -> Tensor where Source.Input.Collated == Model.Input, Model.Output == Tensor {
    let parts = try outputs(of: model, on: dataset, batchSize: batchSize, prefetch: prefetch)
    return parts.isEmpty ? Tensor.zeros([0]) : Tensor.concatenate(parts)
}

/// The outputs of `model` for the samples of a data set, batch by batch: for models whose output is a struct of one's own. Else
/// as `predict`.
public func outputs<Model: Module, Source: Dataset>(
    of model: Model, on dataset: Source, batchSize: Int = 256, prefetch: Int = 2
) throws(Source.Failure) -> [Model.Output] where Source.Input.Collated == Model.Input {
    var parts: [Model.Output] = []
    _ = try forEachOutput(of: model, dataset.batches(of: batchSize, prefetch: prefetch)) { outputs, _ in
        parts.append(outputs)
        return true
    }
    return parts
}

/// The outputs of `model` for `inputs`, one sample at each index of the first axis.
///
/// - Parameters:
///   - model: what computes.
///   - inputs: the samples.
///   - batchSize: how many of them go through the model together.
/// - Returns: `[count] + ` an output's shape.
public func predict(_ model: some Module<Tensor, Tensor>, on inputs: Tensor, batchSize: Int = 256) -> Tensor {
    let count = inputs.shape.first ?? 0
    return withoutGradients {
        evaluating(model) {
            guard count > batchSize else { return model(inputs.detached) }
            return Tensor.concatenate(
                stride(from: 0, to: count, by: batchSize).map { start in
                    model(inputs[start..<min(start + batchSize, count)].detached)
                })
        }
    }
}
