import Foundation
import Martinet

/// Puts an ONNX graph together, node by node.
///
/// ONNX's images are channels-first and Martinet's channels-last. So each value of four axes lies channels-first in the
/// file, and `Value.shape` and all axes are Martinet's until they are written.
struct GraphWriter {
    /// A tensor of the graph.
    struct Value {
        let name: String
        /// As Martinet has it, `[batch, height, width, channels]` for images.
        let shape: [Int]
    }

    private(set) var graph = ONNXGraphProto()

    private let parameterNames: [ObjectIdentifier: String]
    private let options: ONNXExportOptions
    private var taken: Set<String>
    private var values: [Int: Value] = [:]
    /// Weights that are in the file already, by where the model has them.
    private var written: [ObjectIdentifier: String] = [:]

    /// - Parameters:
    ///   - names: of the model's parameters and buffers, by their storage.
    ///   - options: how the model is written.
    init(names: [ObjectIdentifier: String], options: ONNXExportOptions) {
        parameterNames = names
        self.options = options
        taken = [options.inputName, options.outputName]
    }

    /// Writes all steps of a traced model.
    ///
    /// - Parameters:
    ///   - traced: the steps, for the batch that they were traced with.
    ///   - inputShape: the input's shape, with any batch.
    mutating func write(_ traced: InferenceGraph, inputShape: [Int]) throws(ONNXExportError) {
        let inputShape = [traced.resultShape[0]] + inputShape.dropFirst()
        let input = Value(name: options.inputName, shape: inputShape)
        graph.input = [info(input)]
        values[0] =
            isChannelsLast(inputShape)
            ? Value(
                name: emit("Transpose", [input.name], attributes: [.ints("perm", [0, 3, 1, 2])]), shape: inputShape)
            : input
        for step in traced.steps { try write(step) }

        var result = try value(.value(traced.result, shape: traced.resultShape), for: "output")
        if isChannelsLast(result.shape) {
            let name = emit("Transpose", [result.name], attributes: [.ints("perm", [0, 2, 3, 1])])
            result = Value(name: name, shape: result.shape)
        }
        if result.name == input.name {
            result = Value(name: emit("Identity", [input.name]), shape: result.shape)
        }
        rename(result.name, to: options.outputName)
        graph.output = [info(Value(name: options.outputName, shape: result.shape))]
    }

    private mutating func write(_ step: InferenceGraph.Step) throws(ONNXExportError) {
        var value = reshaped(try result(of: step), to: step.shape)
        if let addend = step.addend {
            let other = try self.value(.value(addend, shape: step.shape), for: step.name)
            value = Value(name: emit("Add", [value.name, other.name]), shape: step.shape)
        }
        if step.relu { value = Value(name: emit("Relu", [value.name]), shape: step.shape) }
        values[step.output] = value
    }

    private mutating func result(of step: InferenceGraph.Step) throws(ONNXExportError) -> Value {
        switch step.work {
        case .convolution(let convolution):
            return convolved(try value(step.inputs[0], for: step.name), convolution)
        case .dense(let product): return dense(try value(step.inputs[0], for: step.name), product)
        case .normalization(let normalization):
            return normalized(try value(step.inputs[0], for: step.name), normalization)
        case .identity: return try value(step.inputs[0], for: step.name)
        case .maxPool(let geometry):
            return try pooled(try value(step.inputs[0], for: step.name), geometry, step.name, countIncludePadding: nil)
        case .averagePool(let geometry, let counts):
            return try pooled(
                try value(step.inputs[0], for: step.name), geometry, step.name, countIncludePadding: counts)
        case .other(let function, _): return try applying(function, step)
        }
    }

    // MARK: Values

    /// An input of an operation.
    mutating func value(_ operand: Trace.Operand, for operation: String) throws(ONNXExportError) -> Value {
        switch operand {
        case .value(let index, let shape):
            guard let value = values[index] else {
                throw .unsupportedOperation(operation, reason: "reads a value that no step makes")
            }
            return reshaped(value, to: shape)
        case .constant(let array): return constant(array)
        }
    }

    /// A tensor of the file.
    mutating func constant(_ array: NDArray, name: String = "constant") -> Value {
        let written = array.rank == 4 ? array.permuted([0, 3, 1, 2]) : array
        return Value(name: initializer(written, name: name), shape: array.shape)
    }

    /// `value` with its elements in Martinet's order, as those of another shape.
    mutating func reshaped(_ value: Value, to shape: [Int]) -> Value {
        guard value.shape != shape else { return value }
        // Images of one pixel lie the same in both layouts.
        let isPixel = { (shape: [Int]) in shape.count == 4 && shape[1] == 1 && shape[2] == 1 }
        var name = value.name
        if value.shape.count == 4, !isPixel(value.shape) {
            name = emit("Transpose", [name], attributes: [.ints("perm", [0, 2, 3, 1])])
        }
        let target = isPixel(shape) ? [shape[0], shape[3], 1, 1] : shape
        // 0 is the size that the axis has: that of the batch.
        name = emit("Reshape", [name, integers([0] + target.dropFirst(), name: "shape")])
        if shape.count == 4, !isPixel(shape) {
            name = emit("Transpose", [name], attributes: [.ints("perm", [0, 3, 1, 2])])
        }
        return Value(name: name, shape: shape)
    }

    /// Where an axis of Martinet's is in the file.
    static func position(of axis: Int, rank: Int) -> Int {
        let axis = axis < 0 ? axis + rank : axis
        return rank == 4 ? [0, 2, 3, 1][axis] : axis
    }

    // MARK: The graph

    /// Adds a node and returns its output's name.
    ///
    /// - Parameters:
    ///   - operation: the operator.
    ///   - inputs: names of values.
    ///   - name: what to call it; after its operator if nil.
    ///   - attributes: its settings.
    mutating func emit(
        _ operation: String, _ inputs: [String], name: String? = nil, attributes: [ONNXAttributeProto] = []
    ) -> String {
        var node = ONNXNodeProto()
        let name = unique(name ?? operation.lowercased())
        node.name = name
        node.opType = operation
        node.input = inputs
        node.output = [name]
        node.attribute = attributes
        graph.node.append(node)
        return name
    }

    /// Adds an array as it is to the file and returns its name there.
    mutating func initializer(_ array: NDArray, name: String) -> String {
        let bytes = array.withUnsafePointer { Data(bytes: $0, count: array.count * MemoryLayout<Float>.stride) }
        return add(bytes, .float, shape: array.shape, name: name)
    }

    /// Adds integers, such as a shape.
    mutating func integers(_ values: [Int], name: String) -> String {
        let bytes = values.map(Int64.init).withUnsafeBytes { Data($0) }
        return add(bytes, .int64, shape: [values.count], name: name)
    }

    private mutating func add(_ bytes: Data, _ type: ElementType, shape: [Int], name: String) -> String {
        var tensor = ONNXTensorProto()
        tensor.name = unique(name)
        tensor.dims = shape.map(Int64.init)
        tensor.dataType = type.rawValue
        tensor.rawData = bytes
        graph.initializer.append(tensor)
        return tensor.name
    }

    /// The name of a layer's weight in the file, which `array` makes unless it is there already.
    ///
    /// - Parameters:
    ///   - origin: where the model has it.
    ///   - isShared: whether it is written as the model has it, so that one copy is enough.
    ///   - name: its name in the file if the model has none for it.
    ///   - array: its elements as they are written.
    mutating func weight(
        origin: ObjectIdentifier, isShared: Bool, name: String, _ array: () -> NDArray
    ) -> String {
        if isShared, let known = written[origin] { return known }
        let result = initializer(array(), name: parameterNames[origin] ?? name)
        if isShared { written[origin] = result }
        return result
    }

    /// The name of the layer that holds the parameter at `origin`, "layer1.0.conv1".
    func layerName(_ origin: ObjectIdentifier) -> String? {
        guard let name = parameterNames[origin], let dot = name.lastIndex(of: ".") else { return nil }
        return String(name[..<dot])
    }

    private mutating func unique(_ name: String) -> String {
        var candidate = name
        var count = 0
        while !taken.insert(candidate).inserted {
            count += 1
            candidate = "\(name)_\(count)"
        }
        return candidate
    }

    private mutating func rename(_ old: String, to new: String) {
        for index in graph.node.indices {
            graph.node[index].input = graph.node[index].input.map { $0 == old ? new : $0 }
            graph.node[index].output = graph.node[index].output.map { $0 == old ? new : $0 }
        }
    }

    private func isChannelsLast(_ shape: [Int]) -> Bool { shape.count == 4 && options.layout == .channelsLast }

    /// The declaration of an input or output for batches of any size.
    private func info(_ value: Value) -> ONNXValueInfoProto {
        var sizes = Array(value.shape.dropFirst())
        if sizes.count == 3, !isChannelsLast(value.shape) { sizes = [sizes[2], sizes[0], sizes[1]] }
        var shape = ONNXTensorShapeProto()
        var batch = ONNXTensorShapeProto.Dimension()
        batch.dimParam = "batch"
        shape.dim = [batch]
        for size in sizes {
            var dimension = ONNXTensorShapeProto.Dimension()
            dimension.dimValue = Int64(size)
            shape.dim.append(dimension)
        }
        var info = ONNXValueInfoProto()
        info.name = value.name
        info.type.tensorType.elemType = ElementType.float.rawValue
        info.type.tensorType.shape = shape
        return info
    }
}
