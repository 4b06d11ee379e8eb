import MartinetBase

/// How good a model is on a data set.
public struct Evaluation: Sendable, Equatable {
    /// The mean loss of the samples; NaN if there are none.
    public let loss: Double

    /// The mean over the samples of each metric.
    public let metrics: [History.Key: Double]

    /// The number of samples.
    public let count: Int

    /// The part of the samples that are classified rightly.
    ///
    /// - Precondition: `.accuracy` was among the metrics, as it is by default.
    public var accuracy: Double {
        guard let accuracy = metrics[.accuracy] else {
            fail("Evaluation: accuracy was not among the metrics \(metrics.keys.map(\.name).sorted())")
        }
        return accuracy
    }

    /// The loss or a metric.
    public subscript(_ key: History.Key) -> Double? { key == .loss ? loss : metrics[key] }
}

/// Judges `model` by a data set, in evaluation mode and without recording a graph. Nothing in the model changes; each of
/// its parts is back in its own mode afterwards.
///
/// - Parameters:
///   - model: whose outputs are judged.
///   - dataset: the samples with their targets.
///   - batchSize: how many samples go through the model together.
///   - loss: of the model's outputs and the samples' targets.
///   - metrics: what else is measured.
///   - prefetch: how many batches are kept ready.
/// - Throws: what the data set throws.
public func evaluate<Model: Module, Source: Dataset>(
    _ model: Model, on dataset: Source, batchSize: Int = 256, loss: Loss<Model.Output, Source.Target>,
    metrics: [Metric<Model.Output, Source.Target>] = [], prefetch: Int = 2
) throws(Source.Failure) -> Evaluation where Source.Input.Collated == Model.Input {
    try evaluated(model, dataset, batchSize, loss, metrics, prefetch)
}

/// Judges a classifier: by the cross-entropy of its logits and by its accuracy, unless something else is asked for. With a
/// binary cross-entropy, `.accuracy` measures what `.binaryAccuracy` does.
///
/// ```swift
/// print(evaluate(model, on: data.test).accuracy)
/// ```
///
/// Else as `evaluate` for any targets.
public func evaluate<Model: Module, Source: Dataset>(
    _ model: Model, on dataset: Source, batchSize: Int = 256, loss: Loss<Tensor, Int> = .crossEntropy,
    metrics: [Metric<Tensor, Int>] = [.accuracy], prefetch: Int = 2
) throws(Source.Failure) -> Evaluation
where Source.Input.Collated == Model.Input, Source.Target == Int, Model.Output == Tensor {
    try evaluated(model, dataset, batchSize, loss, metrics, prefetch)
}

private func evaluated<Model: Module, Source: Dataset>(
    _ model: Model, _ dataset: Source, _ batchSize: Int, _ loss: Loss<Model.Output, Source.Target>,
    _ metrics: [Metric<Model.Output, Source.Target>], _ prefetch: Int
) throws(Source.Failure) -> Evaluation where Source.Input.Collated == Model.Input {
    var means = RunningMeans(loss.fitting(metrics))
    _ = try forEachOutput(of: model, dataset.batches(of: batchSize, prefetch: prefetch)) { outputs, batch in
        means.add(loss: loss(outputs, batch.targets).scalar, loss, outputs, batch.targets, count: batch.count)
        return true
    }
    let measured = means.values.dropFirst().map { ($0.key, $0.value) }
    return Evaluation(
        loss: means.loss, metrics: Dictionary(measured, uniquingKeysWith: { first, _ in first }), count: means.count)
}

/// Hands the outputs of a model in evaluation mode, and the batch that each was computed from, to `body`, until that returns
/// false.
///
/// - Returns: where the batches collect problems, what was said of one, at which it ended.
func forEachOutput<Model: Module, Source: Dataset>(
    of model: Model, _ batches: Batches<Source>,
    _ body: (_ outputs: Model.Output, _ batch: Batch<Source.Input, Source.Target>) -> Bool
) throws(Source.Failure) -> String? where Source.Input.Collated == Model.Input {
    let result: Result<String?, Source.Failure> = withoutGradients {
        evaluating(model) {
            Result { () throws(Source.Failure) in
                let iterator = batches.throwingIterator()
                while let batch = try iterator.next() {
                    guard iterator.problem == nil, body(model(batch.inputs), batch) else { return iterator.problem }
                }
                return nil
            }
        }
    }
    return try result.get()
}
