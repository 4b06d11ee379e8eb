import Martinet

/// A graph fitted to the shapes of its inputs: operations one after the other.
struct Program: Sendable {
    struct Step: Sendable {
        let inputs: [Int]
        let output: Int
        let body: @Sendable ([Tensor]) -> Tensor
        /// Values that no later step reads.
        var lastReads: [Int] = []
    }

    let steps: [Step]
    let outputs: [Int]

    /// - Parameters:
    ///   - steps: in an order in which they can be computed.
    ///   - outputs: the slots of the results.
    init(steps: [Step], outputs: [Int]) {
        var lastReader: [Int: Int] = [:]
        for (index, step) in steps.enumerated() { for slot in step.inputs { lastReader[slot] = index } }
        let kept = Set(outputs)
        self.steps = steps.enumerated().map { index, step in
            var step = step
            step.lastReads = Set(step.inputs).filter { lastReader[$0] == index && !kept.contains($0) }
            return step
        }
        self.outputs = outputs
    }

    /// The results for inputs in the slots from 0 on.
    func callAsFunction(_ inputs: [Tensor]) -> [Tensor] {
        var values = Dictionary(uniqueKeysWithValues: inputs.enumerated().map { ($0, $1) })
        for step in steps {
            let taken = step.inputs.map { values[$0]! }
            for slot in step.lastReads { values[slot] = nil }
            values[step.output] = step.body(taken)
        }
        return outputs.map { values[$0]! }
    }
}
