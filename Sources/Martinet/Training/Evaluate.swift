import MartinetBase

/// How good a model is on a data set.
public struct Evaluation: Sendable, Equatable {
    /// The mean loss of the samples; NaN if there are none.
    public let loss: Double

    /// The mean over the samples of each metric, by its name.
    public let metrics: [String: Double]

    /// The number of samples.
    public let count: Int

    /// The part of the samples that are classified rightly.
    ///
    /// - Precondition: `.accuracy` was among the metrics, as it is by default.
    public var accuracy: Double {
        guard let accuracy = metrics["accuracy"] else {
            fail("Evaluation: accuracy was not among the metrics \(metrics.keys.sorted())")
        }
        return accuracy
    }

    /// The metric of that name.
    public subscript(_ name: String) -> Double? { metrics[name] }
}

/// Judges `model` by a data set, in evaluation mode and without recording a graph. Nothing in the model changes; each of
/// its parts is back in its own mode afterwards.
///
/// ```swift
/// print(evaluate(model, on: data.test).accuracy)
/// ```
///
/// - Parameters:
///   - model: whose outputs are judged.
///   - dataset: the samples with their labels.
///   - batchSize: how many samples go through the model together.
///   - loss: of the model's outputs; logits are expected by default.
///   - metrics: what else is measured.
///   - transform: what is done to each sample.
///   - prefetch: how many batches are kept ready.
/// - Throws: what the data set throws.
public func evaluate<Source: Dataset>(
    _ model: some Module, on dataset: Source, batchSize: Int = 256, loss: Loss = .crossEntropy,
    metrics: [Metric] = [.accuracy], transform: (any Transform)? = nil, prefetch: Int = 2
) throws(Source.Failure) -> Evaluation {
    var means = RunningMeans(metrics)
    try forEachOutput(of: model, dataset.batches(of: batchSize, prefetch: prefetch, transform: transform)) {
        outputs, labels in
        means.add(loss: loss(outputs, labels).scalar, outputs: outputs, labels: labels)
        return true
    }
    let named = means.named.dropFirst().map { ($0.name, $0.value) }
    return Evaluation(
        loss: means.loss, metrics: Dictionary(named, uniquingKeysWith: { first, _ in first }), count: means.count)
}

/// What `model` computes for the samples of a data set, in their order: `[count] + ` an output's shape. In evaluation mode
/// and without recording a graph, as `evaluate`.
///
/// - Parameters:
///   - model: what computes.
///   - dataset: the samples; their labels do not matter.
///   - batchSize: how many samples go through the model together.
///   - transform: what is done to each sample.
///   - prefetch: how many batches are kept ready.
/// - Throws: what the data set throws.
public func predict<Source: Dataset>(
    _ model: some Module, on dataset: Source, batchSize: Int = 256, transform: (any Transform)? = nil,
    prefetch: Int = 2
) throws(Source.Failure) -> Tensor {
    var parts: [Tensor] = []
    try forEachOutput(of: model, dataset.batches(of: batchSize, prefetch: prefetch, transform: transform)) {
        outputs, _ in
        parts.append(outputs)
        return true
    }
    guard !parts.isEmpty else {
        return Tensor.zeros([0] + ((try? model.inferredOutputShape(for: dataset.sampleShape)) ?? []))
    }
    return Tensor.concatenate(parts)
}

/// What `model` computes for `images`, one sample at each index of the first axis.
///
/// - Parameters:
///   - model: what computes.
///   - images: the samples.
///   - batchSize: how many of them go through the model together.
public func predict(_ model: some Module, on images: Tensor, batchSize: Int = 256) -> Tensor {
    let labels = [Int](repeating: 0, count: images.shape.first ?? 0)
    return predict(model, on: ArrayDataset(images: images.detached, labels: labels), batchSize: batchSize, prefetch: 0)
}

/// Hands the outputs of a model in evaluation mode and the labels of each batch to `body`, until that returns false.
func forEachOutput<Source: Dataset>(
    of model: some Module, _ batches: Batches<Source>, _ body: (_ outputs: Tensor, _ labels: [Int]) -> Bool
) throws(Source.Failure) {
    let result: Result<Void, Source.Failure> = withoutGradients {
        evaluating(model) {
            Result { () throws(Source.Failure) in
                let iterator = batches.throwingIterator()
                while let batch = try iterator.next() {
                    guard body(model(batch.images), batch.labels) else { return }
                }
            }
        }
    }
    try result.get()
}
