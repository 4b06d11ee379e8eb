/// The outcome of loading a file into a model.
public struct WeightReport: Sendable, Equatable, Codable, CustomStringConvertible {
    /// A tensor that the file has in another shape than the model.
    public struct ShapeDifference: Sendable, Equatable, Codable {
        /// The model's name for it.
        public let name: String
        /// The shape that would fit, in the file's order of axes; nil for an axis of any size.
        public let expected: [Int?]
        /// The shape in the file.
        public let found: [Int]
    }

    /// The file's path.
    public let path: String

    /// The parameters and buffers that took over the file's values.
    public let loaded: [String]

    /// Those that the file does not have.
    public let missing: [String]

    /// Weights of the file that the model does not have, by their names in the file.
    public let unexpected: [String]

    /// Tensors that have another shape in the file.
    public let wrongShape: [ShapeDifference]

    /// Contents of the file beside the weights, such as an optimizer's state.
    public let ignored: [String]

    /// What the file holds and is not read, such as objects of a training script.
    public let unread: [UnreadEntry]

    /// What was taken for granted, a sentence each: names matched by order, normalizations without a gamma.
    public let notes: [String]

    /// Whether the file and the model have just the same tensors.
    public var isComplete: Bool { missing.isEmpty && unexpected.isEmpty && wrongShape.isEmpty }

    /// A line for each kind of difference.
    public var description: String {
        let shapes = wrongShape.map { difference in
            let expected = difference.expected.map { $0.map(String.init) ?? "any" }.joined(separator: ", ")
            return "\(difference.name) (expected [\(expected)], found \(difference.found))"
        }
        let parts = [
            ("missing", missing), ("unexpected", unexpected), ("of another shape", shapes),
            ("not read", unread.map(\.description)),
        ]
        return
            (["\(loaded.count) tensors loaded from \(path)"]
            + parts.filter { !$0.1.isEmpty }.map { "\($0.1.count) \($0.0): " + $0.1.joined(separator: ", ") }
            + notes)
            .joined(separator: "\n")
    }
}

/// A file's weights are not those of the model; lists all differences. The model is as it was.
public struct WeightMismatch: Error, Equatable, CustomStringConvertible {
    /// The model's type.
    public let model: String

    /// All differences; nothing was loaded.
    public let report: WeightReport

    public var description: String {
        "\(report.path) does not have the weights of this \(model)\n"
            + report.description.split(separator: "\n").dropFirst().joined(separator: "\n")
    }
}
