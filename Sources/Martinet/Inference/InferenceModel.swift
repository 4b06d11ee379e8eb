import MartinetBase

/// A trained model made ready for nothing but inference: batch normalisations are folded into the convolutions' weights, sums
/// and ReLUs done in the pass that computes their operand, weights packed and transformed once, and the memory of all
/// intermediate results planned and used again and again.
///
/// It keeps what the model's parameters were when `forInference` was called. Any number of threads may call it at once;
/// each call in flight has a workspace of its own.
///
/// ```swift
/// let classifier = try model.forInference(inputShape: [1, 224, 224, 3])
/// let logits = classifier(images)
/// ```
///
/// A program that does not choose its inputs itself, a server for one, calls `output(for:)`, which throws where an input has
/// the wrong shape.
public final class InferenceModel: Sendable {
    /// The shape of an input, without the batch axis.
    public let inputShape: [Int]

    /// The only batch size that the model takes; nil if any will do.
    public let fixedBatch: Int?

    private let graph: InferenceGraph
    private let prepared: [Int: PreparedConvolution]
    private let plans = Locked<[Int: InferencePlan]>([:])

    fileprivate init(_ graph: InferenceGraph, inputShape: [Int], fixedBatch: Int?) {
        self.inputShape = inputShape
        self.fixedBatch = fixedBatch
        self.graph = graph
        var prepared: [Int: PreparedConvolution] = [:]
        for (index, step) in graph.steps.enumerated() {
            switch step.work {
            case .convolution(let c), .dense(let c):
                prepared[index] = PreparedConvolution(
                    weight: c.weight, bias: c.bias, geometry: c.geometry, relu: step.relu)
            default: continue
            }
        }
        self.prepared = prepared
    }

    /// The model's result for a batch of any size, or of `fixedBatch`.
    ///
    /// The first call with another batch size plans it, and may prepare weights in another form.
    ///
    /// - Parameter x: `[batch]` and then `inputShape`; another shape stops the program.
    public func callAsFunction(_ x: Tensor) -> Tensor {
        do {
            return try output(for: x)
        } catch {
            fail("InferenceModel: \(error)")
        }
    }

    /// The model's result, as `callAsFunction(_:)`, for an input that comes from outside.
    ///
    /// - Parameter x: `[batch]` and then `inputShape`.
    /// - Throws: `InputShapeError` for any other shape.
    public func output(for x: Tensor) throws(InputShapeError) -> Tensor {
        guard let batch = x.shape.first, fixedBatch == nil || batch == fixedBatch,
            x.shape.dropFirst().elementsEqual(inputShape)
        else { throw InputShapeError(expected: [fixedBatch] + inputShape, found: x.shape) }
        return Tensor(array: plan(batch: batch)(x.array))
    }

    /// Plans a batch size ahead, so that the first call with it takes no longer than the others.
    public func prepare(batch: Int) { _ = plan(batch: batch) }

    /// The bytes that the intermediate results of a call with `batch` inputs share.
    public func workspaceBytes(batch: Int) -> Int { plan(batch: batch).workspaceFloats * MemoryLayout<Float>.stride }

    /// The names of the steps that remain, for tests and curious users: "conv2D + add + relu".
    public var steps: [String] {
        graph.steps.map { $0.name + ($0.addend == nil ? "" : " + add") + ($0.relu ? " + relu" : "") }
    }

    private func plan(batch: Int) -> InferencePlan {
        require(
            fixedBatch == nil || batch == fixedBatch,
            "InferenceModel: the model takes batches of \(fixedBatch ?? 0), found one of \(batch)")
        return plans.withLock { plans in
            if let plan = plans[batch] { return plan }
            // A server whose batches keep changing does not fill the memory with workspaces.
            if plans.count >= 16 { plans = [:] }
            let plan = InferencePlan(graph, prepared: prepared, batch: batch)
            plans[batch] = plan
            return plan
        }
    }
}

/// A model that may take batches of one size alone, as a file from elsewhere can ask for.
package protocol BatchLimited: Module {
    /// The only batch size; nil if any will do.
    var fixedBatch: Int? { get }
}

extension Module where Input == Tensor, Output == Tensor {
    /// Makes this model, as it is now, ready for nothing but inference.
    ///
    /// It is run once on random images, in evaluation mode, to see which operations it consists of; layers that have not
    /// seen an input yet get their parameters by that. What it computes must not depend on the elements of its input.
    ///
    /// - Parameters:
    ///   - inputShape: the shape of a batch of inputs, `[1, 224, 224, 3]`; the size of the batch itself does not matter.
    ///   - verifying: whether to run it a second time and compare the results with the prepared model's.
    /// - Throws: `InferenceError` if the model does something that cannot be prepared.
    public func forInference(inputShape: [Int], verifying: Bool = true) throws(InferenceError) -> InferenceModel {
        try prepared(inputShape: inputShape, verifying: verifying).model
    }

    /// This model's steps in evaluation mode, as others may write them down.
    ///
    /// - Parameters:
    ///   - inputShape: as `forInference` takes it.
    ///   - foldsNormalizations: whether batch normalisations are folded into the convolutions before them.
    package func inferenceGraph(inputShape: [Int], foldsNormalizations: Bool) throws(InferenceError) -> InferenceGraph {
        try prepared(inputShape: inputShape, foldsNormalizations: foldsNormalizations, verifying: true).graph
    }

    private func prepared(
        inputShape: [Int], foldsNormalizations: Bool = true, verifying: Bool
    ) throws(InferenceError) -> (model: InferenceModel, graph: InferenceGraph) {
        require(
            inputShape.count > 1, "forInference: expected a batch and at least one more axis, found \(inputShape)")
        let fixedBatch = (self as? any BatchLimited)?.fixedBatch
        // Two, so that an axis of size 1 is not taken for the batch.
        let shape = [fixedBatch ?? 2] + inputShape.dropFirst()
        let generator = RandomGenerator(seed: 0x6d61_7274)
        let before = modes.map { ($0, $0.state) }
        eval()
        defer { for (mode, state) in before { mode.state = state } }
        let trace = try Trace.tracing(.normal(shape, generator: generator)) { x in withoutGradients { self(x) } }
        let graph = InferenceGraph(
            nodes: trace.nodes, result: trace.result, resultShape: trace.resultShape,
            foldsNormalizations: foldsNormalizations)
        let model = InferenceModel(graph, inputShape: Array(inputShape.dropFirst()), fixedBatch: fixedBatch)
        guard verifying else { return (model, graph) }
        let input = Tensor.normal([fixedBatch ?? 1] + inputShape.dropFirst(), generator: generator)
        let expected = withoutGradients { self(input) }
        let error = relativeError(model(input).array, expected.array)
        guard error < 1e-3 else { throw .resultsDiffer(relativeError: error) }
        return (model, graph)
    }
}

/// The norm of the difference over the norm of what is expected.
private func relativeError(_ found: NDArray, _ expected: NDArray) -> Double {
    guard found.shape == expected.shape else { return .infinity }
    let difference = (found - expected).map(.square).sum().scalar
    let norm = expected.map(.square).sum().scalar
    return difference == 0 ? 0 : Double(difference / norm).squareRoot()
}
