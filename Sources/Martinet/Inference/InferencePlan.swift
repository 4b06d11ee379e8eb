/// A graph's steps for one batch size: how each convolution is computed, and where each result goes.
///
/// Results live in one piece of memory, at places that are used again as soon as nothing reads what was there.
final class InferencePlan: Sendable {
    private enum Work: Sendable {
        case convolution(PlannedConvolution)
        case normalization(TracedNormalization)
        case identity
        case maxPool(PoolingGeometry)
        case averagePool(PoolingGeometry, countIncludePadding: Bool)
        case other(@Sendable ([NDArray]) -> NDArray)
    }

    private struct Step: Sendable {
        let work: Work
        let inputs: [Trace.Operand]
        let addend: Int?
        let relu: Bool
        let output: Int
        let shape: [Int]
        /// Where the result starts in the workspace; nil for memory of its own.
        let place: Int?
        /// Values that no later step reads.
        let lastReads: [Int]
    }

    private let steps: [Step]
    private let result: Int
    private let resultShape: [Int]
    private let workspaces: Workspaces

    /// The size of the memory that all results share, in floats.
    let workspaceFloats: Int

    /// - Parameter prepared: the convolutions of `graph`'s steps, by their position.
    init(_ graph: InferenceGraph, prepared: [Int: PreparedConvolution], batch: Int) {
        var lastReader: [Int: Int] = [:]
        for (index, step) in graph.steps.enumerated() { for value in step.reads { lastReader[value] = index } }
        var memory = MemoryPlan()
        var planned: [Step] = []
        for (index, step) in graph.steps.enumerated() {
            let inputs = step.inputs.map { $0.withBatch(batch) }
            let shape = [batch] + step.shape.dropFirst()
            let lastReads = Set(step.reads).filter { lastReader[$0] == index && $0 != graph.result }
            var place: Int?
            if case .other = step.work {
            } else if step.output != graph.result {
                let reusable = step.overwritable.first { lastReads.contains($0) && memory.places[$0] != nil }
                place = memory.place(step.output, floats: elementCount(shape), over: reusable)
            }
            for value in lastReads { memory.release(value) }
            planned.append(
                Step(
                    work: Self.work(step, inputs, prepared[index], batch), inputs: inputs, addend: step.addend,
                    relu: step.relu, output: step.output, shape: shape, place: place, lastReads: Array(lastReads)))
        }
        steps = planned
        result = graph.result
        resultShape = [batch] + graph.resultShape.dropFirst()
        workspaceFloats = memory.floats
        workspaces = Workspaces(floats: memory.floats)
    }

    private static func work(
        _ step: InferenceGraph.Step, _ inputs: [Trace.Operand], _ prepared: PreparedConvolution?, _ batch: Int
    ) -> Work {
        switch (step.work, inputs[0]) {
        case (.convolution, .value): .convolution(prepared!.planned(batch: batch))
        case (.dense, .value(_, let shape)): .convolution(prepared!.planned(batch: elementCount(shape.dropLast())))
        case (.normalization(let normalization), _): .normalization(normalization)
        case (.maxPool(let geometry), _): .maxPool(geometry.withBatch(batch))
        case (.averagePool(let geometry, let counts), _):
            .averagePool(geometry.withBatch(batch), countIncludePadding: counts)
        case (.other(_, let body), _): .other(body)
        case (.identity, _), (.convolution, .constant), (.dense, .constant): .identity
        }
    }

    func callAsFunction(_ x: NDArray) -> NDArray {
        workspaces.withWorkspace { workspace in
            var values = [0: x]
            for step in steps {
                values[step.output] = Self.run(step, values, workspace)
                for value in step.lastReads { values[value] = nil }
            }
            return values[result]!.reshaped(resultShape)
        }
    }

    private static func run(_ step: Step, _ values: [Int: NDArray], _ workspace: Storage) -> NDArray {
        let inputs = step.inputs.map { operand in
            switch operand {
            case .value(let value, let shape): values[value]!.reshaped(shape)
            case .constant(let array): array
            }
        }
        let addend = step.addend.map { values[$0]! }
        func filled(_ fill: (UnsafeMutablePointer<Float>) -> Void) -> NDArray {
            guard let place = step.place else { return NDArray(shape: step.shape, filledBy: fill) }
            let part = NDArray(shape: step.shape, in: workspace, at: place)
            fill(part.storage.pointer)
            return part
        }
        switch step.work {
        case .convolution(let convolution):
            return filled { convolution.run(inputs[0], adding: addend, into: $0) }
        case .normalization(let normalization):
            return filled {
                inputs[0].normalizeChannels(
                    mean: normalization.mean, scale: normalization.scale, shift: normalization.shift, adding: addend,
                    relu: step.relu, into: $0)
            }
        case .identity: return filled { inputs[0].add(addend, relu: step.relu, into: $0) }
        case .maxPool(let geometry): return filled { inputs[0].maxPool(geometry, into: $0) }
        case .averagePool(let geometry, let counts):
            return filled { inputs[0].averagePool(geometry, countIncludePadding: counts, into: $0) }
        case .other(let body):
            let output = body(inputs)
            // A view of what is about to be overwritten.
            guard inputs.contains(where: { $0.storage === output.storage }) else { return output }
            return NDArray(shape: output.shape) { $0.update(from: output.storage.pointer, count: output.count) }
        }
    }
}

extension Trace.Operand {
    /// The same for another batch size.
    fileprivate func withBatch(_ batch: Int) -> Trace.Operand {
        if case .value(let value, let shape) = self { .value(value, shape: [batch] + shape.dropFirst()) } else { self }
    }
}

extension InferenceGraph.Step {
    /// The values whose memory may become the result's.
    fileprivate var overwritable: [Int] {
        switch work {
        case .convolution, .dense:
            // An input is still read when the first results are written.
            addend.map { reads.dropLast().contains($0) ? [] : [$0] } ?? []
        case .normalization, .identity: reads
        case .maxPool, .averagePool, .other: []
        }
    }
}
