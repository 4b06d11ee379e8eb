import MartinetBase
import Synchronization

/// A tensor that does not exist yet: the output of a layer in a model that is being put together.
///
/// Keras's functional API: `Input(shape:)` makes the first, layers called on symbolic tensors make further ones, and
/// `Model(inputs:outputs:)` turns what lies between into a module.
///
/// ```swift
/// let input = Input(shape: [28, 28, 1])
/// var x = Conv2D(filters: 64, kernelSize: 3, padding: .same, activation: .relu)(input)
/// x = x + Conv2D(filters: 64, kernelSize: 3, padding: .same)(x)
/// let output = Dense(10)(Flatten()(x))
/// let model = Model(inputs: input, outputs: output)
/// ```
public struct SymbolicTensor: Sendable {
    /// The shape of one sample: without the batch axis.
    public let shape: [Int]

    let node: SymbolicNode
}

/// The call that makes a symbolic tensor.
final class SymbolicNode: Sendable {
    enum Operation: Sendable {
        case input
        case module(any Module<Tensor, Tensor>)
        case merge(any MergeLayer)
    }

    let operation: Operation
    let inputs: [SymbolicTensor]
    /// The user's name for it.
    let name: String?
    /// Nodes are numbered in the order of their creation, which is an order in which they can be computed.
    let sequence: Int

    private static let counter = Atomic<Int>(0)

    init(_ operation: Operation, inputs: [SymbolicTensor], name: String?) {
        self.operation = operation
        self.inputs = inputs
        self.name = name
        sequence = Self.counter.add(1, ordering: .relaxed).newValue
    }

    /// The object behind it that may be shared by several nodes; nil for an input.
    var layer: AnyObject? {
        switch operation {
        case .input: nil
        case .module(let module): module
        case .merge(let layer): layer
        }
    }

    /// The name of its type, as in "Conv2D".
    var typeName: String { layer.map { String(describing: type(of: $0)) } ?? "Input" }

    /// Its type in snake case, from which names are made: "conv2d", "batch_norm".
    var baseName: String {
        var name = ""
        var wasLower = false
        for character in typeName {
            if character.isUppercase, wasLower { name += "_" }
            name += character.lowercased()
            wasLower = character.isLowercase
        }
        return name
    }

    /// This node and all that it is computed from, in order.
    static func upstream(of tensors: [SymbolicTensor]) -> [SymbolicNode] {
        var seen: Set<ObjectIdentifier> = []
        var nodes: [SymbolicNode] = []
        var pending = tensors.map(\.node)
        while let node = pending.popLast() {
            guard seen.insert(ObjectIdentifier(node)).inserted else { continue }
            nodes.append(node)
            pending += node.inputs.map(\.node)
        }
        return nodes.sorted { $0.sequence < $1.sequence }
    }

    /// A name for each node: the user's, or its type's with a number from the second on, as Keras has it. Nodes of one
    /// layer share a name.
    static func names(of nodes: [SymbolicNode]) -> [ObjectIdentifier: String] {
        var names: [ObjectIdentifier: String] = [:]
        var layers: [ObjectIdentifier: String] = [:]
        var taken = Set(nodes.compactMap(\.name))
        var counts: [String: Int] = [:]
        for node in nodes {
            if let layer = node.layer, let known = layers[ObjectIdentifier(layer)] {
                names[ObjectIdentifier(node)] = known
                continue
            }
            var name = node.name ?? ""
            while name.isEmpty || (node.name == nil && taken.contains(name)) {
                let count = counts[node.baseName, default: 0]
                counts[node.baseName] = count + 1
                name = count == 0 ? node.baseName : "\(node.baseName)_\(count)"
            }
            taken.insert(name)
            names[ObjectIdentifier(node)] = name
            if let layer = node.layer { layers[ObjectIdentifier(layer)] = name }
        }
        return names
    }

    /// The result of `operation` on `inputs`, whose shape `infer` finds; stops with the layer's name if it cannot.
    static func apply(
        _ operation: Operation, to inputs: [SymbolicTensor], name: String?,
        infer: () throws(ShapeError) -> [Int]
    ) -> SymbolicTensor {
        let node = SymbolicNode(operation, inputs: inputs, name: name)
        do {
            return SymbolicTensor(shape: try infer(), node: node)
        } catch {
            let names = names(of: upstream(of: [SymbolicTensor(shape: [], node: node)]))
            let sources = inputs.map { "\(names[ObjectIdentifier($0.node)] ?? "?") \($0.shape)" }
            fail(
                "\(names[ObjectIdentifier(node)] ?? "?") (\(node.typeName)), called on \(sources.joined(separator: ", ")): "
                    + error.description)
        }
    }
}

/// A model's input: a symbolic tensor of `shape`, the shape of one sample without the batch axis.
// Keras's name, so that models read alike.
// swift-format-ignore: AlwaysUseLowerCamelCase
public func Input(shape: [Int], name: String? = nil) -> SymbolicTensor {
    require(shape.allSatisfy { $0 > 0 }, "Input: expected sizes of at least 1, found \(shape)")
    return SymbolicTensor(shape: shape, node: SymbolicNode(.input, inputs: [], name: name))
}

extension Module where Input == Tensor, Output == Tensor {
    /// Adds this module to the model that `x` is part of. Called on several symbolic tensors, it shares its parameters
    /// among them.
    ///
    /// - Parameters:
    ///   - x: the layer's input.
    ///   - name: its name in the model's summary and in front of its parameters' names; its type and a number if nil.
    /// - Precondition: the module can take `x`'s shape; otherwise it stops with the layer's name and what does not fit.
    public func callAsFunction(_ x: SymbolicTensor, name: String? = nil) -> SymbolicTensor {
        SymbolicNode.apply(.module(self), to: [x], name: name) { () throws(ShapeError) in
            let shape = try inferredOutputShape(for: x.shape)
            (self as? any Layer)?.build(for: x.shape)
            return shape
        }
    }
}
