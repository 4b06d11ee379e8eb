/// An input that does not have the shape that a model takes.
public struct InputShapeError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The shape that the model takes, batch axis first; nil for a size that may be any.
    public let expected: [Int?]

    /// The input's shape.
    public let found: [Int]

    /// "expected an input of shape [any, 224, 224, 3], found one of [1, 3, 224, 224]"
    public var description: String {
        let sizes = expected.map { $0.map(String.init) ?? "any" }.joined(separator: ", ")
        return "expected an input of shape [\(sizes)], found one of \(found)"
    }
}
