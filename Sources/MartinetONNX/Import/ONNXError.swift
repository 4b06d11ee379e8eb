/// Why an ONNX file cannot be used.
public struct ONNXError: Error, Equatable, CustomStringConvertible {
    /// Where in the file.
    public enum Place: Sendable, Hashable, CustomStringConvertible {
        case file
        case input(String)
        case output(String)
        /// A weight.
        case tensor(String)
        /// A node, and the operator that it applies.
        case node(String, operator: String)

        public var description: String {
            switch self {
            case .file: "the file"
            case .input(let name): "input \"\(name)\""
            case .output(let name): "output \"\(name)\""
            case .tensor(let name): "tensor \"\(name)\""
            case .node(let name, let operation): "node \"\(name)\" (\(operation))"
            }
        }
    }

    /// The file; nil for bytes that are in none.
    public internal(set) var path: String?
    public let place: Place
    public let expected: String
    public let found: String

    init(_ place: Place, expected: String, found: String) {
        self.place = place
        self.expected = expected
        self.found = found
    }

    public var description: String {
        "\(path.map { $0 + ": " } ?? "")\(place): expected \(expected), found \(found)"
    }
}
