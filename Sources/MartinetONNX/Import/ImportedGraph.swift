import Foundation
import Martinet
import SwiftProtobuf

/// An ONNX file's graph, read but not yet fitted to an input's shape.
struct ImportedGraph: Sendable {
    struct Node: Sendable {
        let name: String
        let operation: String
        let inputs: [String]
        let outputs: [String]
        let attributes: [String: ONNXAttributeProto]
        /// The tensors among the attributes.
        let constants: [String: Constant]

        var place: ONNXError.Place { .node(name, operator: operation) }
    }

    /// An input or output of the graph.
    struct Declaration: Sendable {
        let name: String
        /// nil for an axis of any size.
        let shape: [Int?]
    }

    let operatorSet: Int
    let nodes: [Node]
    let constants: [String: Constant]
    let inputs: [Declaration]
    let outputs: [String]
    let metadata: [String: String]

    init(_ data: Data, tensors: TensorReader) throws(ONNXError) {
        let model: ONNXModelProto
        do {
            model = try ONNXModelProto(serializedBytes: data)
        } catch {
            throw ONNXError(.file, expected: "an ONNX model", found: "\(data.count) bytes that are none (\(error))")
        }
        guard model.hasGraph, !model.graph.node.isEmpty else {
            throw ONNXError(.file, expected: "an ONNX model with a graph of nodes", found: "none")
        }
        operatorSet = try Self.operatorSet(model)
        metadata = Dictionary(model.metadataProps.map { ($0.key, $0.value) }, uniquingKeysWith: { _, last in last })
        var constants: [String: Constant] = [:]
        for tensor in model.graph.initializer {
            constants[tensor.name] = try tensors.constant(tensor, .tensor(tensor.name))
        }
        self.constants = constants
        // Before version 4 of the format, weights were declared as inputs too.
        var inputs: [Declaration] = []
        for input in model.graph.input where constants[input.name] == nil { inputs.append(try Self.input(input)) }
        self.inputs = inputs
        outputs = model.graph.output.map(\.name)
        guard !inputs.isEmpty, !outputs.isEmpty, Set(inputs.map(\.name)).count == inputs.count else {
            throw ONNXError(
                .file, expected: "inputs of different names and at least one output",
                found: "inputs \(inputs.map(\.name)), outputs \(outputs)")
        }
        var nodes: [Node] = []
        for (index, node) in model.graph.node.enumerated() {
            nodes.append(try Self.node(node, index, tensors))
        }
        self.nodes = nodes
    }

    private static func operatorSet(_ model: ONNXModelProto) throws(ONNXError) -> Int {
        let versions = model.opsetImport.filter { ["", "ai.onnx"].contains($0.domain) }.map { Int($0.version) }
        guard let version = versions.first, (7...28).contains(version) else {
            throw ONNXError(
                .file, expected: "operator set 7 to 28", found: versions.first.map(String.init) ?? "none declared")
        }
        return version
    }

    private static func input(_ info: ONNXValueInfoProto) throws(ONNXError) -> Declaration {
        let place = ONNXError.Place.input(info.name)
        guard case .tensorType(let type)? = info.type.value, let element = ElementType(rawValue: type.elemType),
            !element.isInteger || element == .bool
        else { throw ONNXError(place, expected: "a tensor of floating-point numbers or bools", found: "another type") }
        guard type.hasShape, type.shape.dim.count <= Shapes.maximumRank else {
            throw ONNXError(
                place, expected: "a shape of at most \(Shapes.maximumRank) axes",
                found: type.hasShape ? "\(type.shape.dim.count)" : "none")
        }
        var shape: [Int?] = []
        for dimension in type.shape.dim {
            guard case .dimValue(let size)? = dimension.value else {
                shape.append(nil)
                continue
            }
            // Some exporters write 0 or -1 for a free axis.
            guard size <= Int64(Int32.max) else {
                throw ONNXError(place, expected: "sizes below 2^31", found: "\(size)")
            }
            shape.append(size > 0 ? Int(size) : nil)
        }
        return Declaration(name: info.name, shape: shape)
    }

    private static func node(
        _ node: ONNXNodeProto, _ index: Int, _ tensors: TensorReader
    ) throws(ONNXError) -> Node {
        let name = node.name.isEmpty ? "#\(index)" : node.name
        let isStandard = ["", "ai.onnx"].contains(node.domain)
        let operation = isStandard ? node.opType : "\(node.domain)::\(node.opType)"
        var constants: [String: Constant] = [:]
        for attribute in node.attribute where attribute.hasT {
            constants[attribute.name] = try tensors.constant(attribute.t, .node(name, operator: operation))
        }
        let attributes = node.attribute.map { attribute in
            var attribute = attribute
            attribute.clearT()
            return (attribute.name, attribute)
        }
        return Node(
            name: name, operation: operation, inputs: node.input, outputs: node.output,
            attributes: Dictionary(attributes, uniquingKeysWith: { first, _ in first }), constants: constants)
    }
}
