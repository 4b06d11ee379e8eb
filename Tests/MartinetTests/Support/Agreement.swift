import Martinet
import Testing

/// How far from the recorded values a result may be: the norm of the difference over the norm of the reference.
enum Tolerance {
    static let forward = 1e-5
    static let gradient = 1e-4
    static let parameters = 1e-5
}

/// The norm of the difference over the norm of `expected`; where that is 0, the norm of `actual` itself.
func relativeError(_ actual: [Float], _ expected: [Float]) -> Double {
    var difference = 0.0
    var reference = 0.0
    for (a, e) in zip(actual, expected) {
        difference += (Double(a) - Double(e)) * (Double(a) - Double(e))
        reference += Double(e) * Double(e)
    }
    // A reference in double precision leaves something like 1e-17 where the true value is 0.
    return reference < 1e-24 ? difference.squareRoot() : (difference / reference).squareRoot()
}

/// What is wrong with `actual` if it has not the shape of `expected` or differs from it by more than `tolerance` in norm;
/// nil if they agree. NaN never agrees.
func disagreement(_ what: String, _ actual: Tensor, _ expected: Tensor, within tolerance: Double) -> String? {
    guard actual.shape == expected.shape else {
        return "\(what): the shape is \(actual.shape), expected \(expected.shape)"
    }
    let error = relativeError(actual.elements, expected.elements)
    if error <= tolerance { return nil }
    return """
        \(what) of shape \(actual.shape): a relative error of \(error), above \(tolerance)
          found    \(actual.elements.prefix(8))
          expected \(expected.elements.prefix(8))
        """
}

/// Fails unless `actual` has the shape of `expected` and differs from it by at most `tolerance` in norm.
func expectAgreement(
    _ actual: Tensor, _ expected: Tensor, within tolerance: Double, _ what: String,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    if let message = disagreement(what, actual, expected, within: tolerance) {
        Issue.record(Comment(rawValue: message), sourceLocation: sourceLocation)
    }
}

extension ReferenceCase {
    /// The inputs as they enter a call, those with a recorded gradient as leaves of the graph.
    final class Inputs {
        private let reference: ReferenceCase
        private var leaves: [String: Tensor] = [:]

        fileprivate init(_ reference: ReferenceCase) { self.reference = reference }

        func callAsFunction(_ name: String) throws -> Tensor {
            if let leaf = leaves[name] { return leaf }
            let tensor = try reference.tensor("input." + name)
            guard reference.tensors["gradient." + name] != nil else { return tensor }
            let leaf = tensor.requiringGradient()
            leaves[name] = leaf
            return leaf
        }

        /// nil where the case has no such input.
        func optional(_ name: String) throws -> Tensor? {
            reference.tensors["input." + name] == nil ? nil : try self(name)
        }

        func indices(_ name: String) throws -> IndexArray { try reference.indices("input." + name) }

        /// Sets a layer's parameter to an input, whose gradient is then the parameter's; nothing where there is no parameter.
        func load(_ name: String, into parameter: Parameter?) throws {
            guard let parameter else { return }
            parameter.value = try reference.tensor("input." + name)
            leaves[name] = parameter.value
        }

        /// Those that have a recorded gradient, by name.
        fileprivate func leaf(_ name: String) throws -> Tensor {
            guard let leaf = leaves[name] else {
                throw ReferenceError("\(reference.family)/\(reference.name): the input \(name) is not used")
            }
            return leaf
        }
    }

    /// Fails unless the outputs of `operation` and the gradients by every input agree with the recorded ones.
    func verify(
        sourceLocation: SourceLocation = #_sourceLocation, _ operation: (Inputs) throws -> [String: Tensor]
    ) throws {
        for message in try disagreements(operation) {
            Issue.record(Comment(rawValue: message), sourceLocation: sourceLocation)
        }
    }

    /// The same for an operation with one output.
    func verify(sourceLocation: SourceLocation = #_sourceLocation, _ operation: (Inputs) throws -> Tensor) throws {
        try verify(sourceLocation: sourceLocation) { ["y": try operation($0)] }
    }

    /// What of the outputs of `operation` and the gradients by its inputs differs from what was recorded.
    func disagreements(_ operation: (Inputs) throws -> [String: Tensor]) throws -> [String] {
        let wanted = names("gradient")
        let inputs = Inputs(self)
        let outputs = try operation(inputs)
        guard outputs.keys.sorted() == names("output") else {
            return ["the outputs are \(outputs.keys.sorted()), expected \(names("output"))"]
        }
        var messages = try outputs.sorted { $0.key < $1.key }.compactMap { name, output in
            try disagreement("output \(name)", output, tensor("output." + name), within: Tolerance.forward)
        }
        if wanted.isEmpty {
            if outputs.values.contains(where: \.requiresGradient) { messages.append("the output requires a gradient") }
            return messages
        }
        let weighted = names("outputGradient")
        guard weighted.allSatisfy({ outputs[$0]?.requiresGradient == true }) else {
            return messages + ["not all of \(weighted) depend on the inputs"]
        }
        guard weighted.allSatisfy({ outputs[$0]?.shape == tensors["outputGradient." + $0]?.shape }) else {
            return messages
        }
        let leaves = try wanted.map { try inputs.leaf($0) }
        for (name, found) in zip(wanted, try gradientsByLeaves(leaves, outputs: outputs)) {
            if let message = try disagreement(
                "gradient by \(name)", found, tensor("gradient." + name), within: Tolerance.gradient)
            {
                messages.append(message)
            }
        }
        return messages
    }

    private func gradientsByLeaves(_ leaves: [Tensor], outputs: [String: Tensor]) throws -> [Tensor] {
        let weighted = names("outputGradient")
        if weighted.count == 1, let output = outputs[weighted[0]] {
            return gradients(of: output, at: leaves, gradient: try tensor("outputGradient." + weighted[0]))
        }
        var total = Tensor(0)
        for name in weighted {
            guard let output = outputs[name] else { throw ReferenceError("\(self.name): no output \(name)") }
            total += (output * (try tensor("outputGradient." + name))).sum()
        }
        return gradients(of: total, at: leaves)
    }
}
