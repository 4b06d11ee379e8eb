import Foundation
import Martinet
import MartinetBase
import MartinetFiles

/// Limits to what an ONNX file may make a program do.
public struct ONNXLimits: Sendable, Hashable {
    /// The most elements that a tensor may have: 2^28, a gigabyte of floats.
    public var elements = 1 << 28

    /// The most elements of constants that the file has computed from others: 2^28.
    public var computedConstants = 1 << 28

    /// The most bytes of the file: 2 GiB, the most that ONNX allows.
    public var fileBytes = Int(Int32.max)

    public init() {}
}

/// A network that was read from an ONNX file, for inference.
///
/// Networks as PyTorch, Keras and others export them. Images are channels-last on this side, as everywhere
/// in Martinet, whatever they are in the file.
///
/// ```swift
/// let model = try ONNXModel(contentsOf: URL(fileURLWithPath: "resnet18.onnx"))
/// let logits = model(images)                                       // [batch, 224, 224, 3]
/// let fast = try model.forInference(inputShape: [1, 224, 224, 3])
/// ```
public final class ONNXModel: Module, BatchLimited {
    /// An input of the model.
    public struct InputDescription: Sendable, Hashable {
        public let name: String
        /// As the model takes it, `[batch, height, width, channels]` for images; nil for a size that may be any.
        public let shape: [Int?]
    }

    /// The model's inputs.
    public let inputs: [InputDescription]

    /// The names of what it gives.
    public let outputNames: [String]

    /// Texts that the file has beside the network, by their keys.
    public var metadata: [String: String] { graph.metadata }

    private let graph: ImportedGraph
    private let limits: ONNXLimits
    private let keepsLayout: Bool
    /// Whether an input, in the file, is an image that lies channels-first; it is then taken channels-last.
    private let isImage: [Bool]
    private let programs = Locked<[[[Int]]: Program]>([:])

    /// Reads a file and checks all of it.
    ///
    /// - Parameters:
    ///   - url: an ONNX file. Weights that are in files of their own must lie in its folder.
    ///   - inputShape: the shape of the input, as this model takes it, that the file is checked with. Where axes other than
    ///     the first may have any size and it is nil, the nodes are checked with the first input instead.
    ///   - limits: what the file may ask for.
    /// - Throws: `ONNXError`, which names the node and what is wrong with it.
    public convenience init(
        contentsOf url: URL, inputShape: [Int]? = nil, limits: ONNXLimits = ONNXLimits()
    ) throws(ONNXError) {
        do throws(ONNXError) {
            let file: MappedFile
            do throws(FileError) {
                file = try MappedFile(path: url.path)
            } catch {
                throw ONNXError(.file, expected: error.expected, found: error.found)
            }
            guard file.count <= limits.fileBytes else {
                throw ONNXError(.file, expected: "at most \(limits.fileBytes) bytes", found: "\(file.count)")
            }
            try self.init(
                data: file.data, folder: url.deletingLastPathComponent(), inputShape: inputShape, limits: limits)
        } catch {
            var error = error
            error.path = url.path
            throw error
        }
    }

    /// Reads the bytes of a file that has all its weights in itself.
    ///
    /// - Parameters:
    ///   - data: the bytes.
    ///   - inputShape: as `init(contentsOf:)` takes it.
    ///   - limits: what the file may ask for.
    /// - Throws: `ONNXError`.
    public convenience init(
        data: Data, inputShape: [Int]? = nil, limits: ONNXLimits = ONNXLimits()
    ) throws(ONNXError) {
        try self.init(data: data, folder: nil, inputShape: inputShape, limits: limits)
    }

    /// A model that takes and gives all tensors with their axes as in the file, for comparisons with other programs.
    package convenience init(inFileLayout data: Data) throws(ONNXError) {
        try self.init(data: data, folder: nil, inputShape: nil, limits: ONNXLimits(), keepsLayout: true)
    }

    private init(
        data: Data, folder: URL?, inputShape: [Int]?, limits: ONNXLimits, keepsLayout: Bool = false
    ) throws(ONNXError) {
        let graph = try ImportedGraph(
            data, tensors: TensorReader(folder: folder, maximumElements: limits.elements))
        self.graph = graph
        self.limits = limits
        self.keepsLayout = keepsLayout
        let channelsLast = graph.channelsLastInputs
        let isImage = graph.inputs.map { input in
            input.shape.count == 4 && !channelsLast.contains(input.name) && !keepsLayout
        }
        self.isImage = isImage
        let described = zip(graph.inputs, isImage).map { input, isImage in
            InputDescription(
                name: input.name,
                shape: isImage ? ProgramBuilder.channelsLast.map { input.shape[$0] } : input.shape)
        }
        outputNames = graph.outputs

        func fits(batch: Int) throws(ONNXError) {
            var shapes: [[Int]] = []
            for input in described {
                let given = described.count == 1 ? inputShape : nil
                shapes.append(try Self.checkedShape(of: input, given: given, batch: batch))
            }
            _ = try Self.program(graph, described, shapes, isImage, limits, keepsLayout)
        }
        // Sizes that the file leaves open are settled by the first input.
        let isUnsettled = described.contains { $0.shape.dropFirst().contains(nil) } && inputShape == nil
        let isOpen = described.contains { !$0.shape.isEmpty && $0.shape[0] == nil }
        var onlyBatch: Int?
        do throws(ONNXError) {
            // A batch of one, and one of two if there may be one, since a shape may fit by chance.
            for batch in isUnsettled ? [] : isOpen ? [1, 2] : [1] { try fits(batch: batch) }
        } catch {
            // A file that was made for one size of batch is used with that, whatever it declares.
            onlyBatch = graph.likelyBatches.first { batch in (try? fits(batch: batch)) != nil }
            if !isOpen || onlyBatch == nil { throw error }
        }
        inputs = described.map { input in
            var shape = input.shape
            if !shape.isEmpty, shape[0] == nil { shape[0] = onlyBatch }
            return InputDescription(name: input.name, shape: shape)
        }
    }

    /// The shape that the file is checked with.
    private static func checkedShape(of input: InputDescription, given: [Int]?, batch: Int) throws(ONNXError) -> [Int] {
        if let given, given.count != input.shape.count {
            throw ONNXError(
                .input(input.name), expected: "an inputShape of \(input.shape.count) axes", found: "\(given)")
        }
        var result: [Int] = []
        for (axis, size) in input.shape.enumerated() {
            if let size {
                result.append(size)
            } else if axis == 0 {
                result.append(batch)
            } else if let given {
                result.append(given[axis])
            } else {
                throw ONNXError(
                    .input(input.name), expected: "an inputShape, since the file leaves the size of axis \(axis) open",
                    found: "none")
            }
        }
        return result
    }

    /// - Parameter x: the input of a model that has one input and one output; images are
    ///   `[batch, height, width, channels]`. A shape that the file does not allow stops the program.
    /// - Returns: its output; images channels-last too.
    public func callAsFunction(_ x: Tensor) -> Tensor {
        do {
            return try output(for: x)
        } catch {
            fail("ONNXModel: \(error)")
        }
    }

    /// The result, as `callAsFunction(_:)`, for an input that comes from outside.
    ///
    /// - Parameter x: the input of a model that has one input and one output.
    /// - Throws: `ONNXError` if the file does not allow an input of that shape; it names the input, or the node that the
    ///   shape does not fit.
    public func output(for x: Tensor) throws(ONNXError) -> Tensor {
        require(
            inputs.count == 1 && outputNames.count == 1,
            "ONNXModel: \(inputs.count) inputs and \(outputNames.count) outputs; call outputs(for:)")
        return try run([x])[0]
    }

    /// The outputs by their names, for inputs by theirs.
    ///
    /// - Throws: `ONNXError` if an input is missing or of a shape that the file does not allow.
    public func outputs(for inputs: [String: Tensor]) throws(ONNXError) -> [String: Tensor] {
        var values: [Tensor] = []
        for input in self.inputs {
            guard let value = inputs[input.name] else {
                throw ONNXError(.input(input.name), expected: "a tensor", found: "none")
            }
            values.append(value)
        }
        return Dictionary(zip(outputNames, try run(values)), uniquingKeysWith: { first, _ in first })
    }

    package var fixedBatch: Int? { inputs.first?.shape.first ?? nil }

    public var details: String {
        inputs.map { "\($0.name): [\($0.shape.map { $0.map(String.init) ?? "?" }.joined(separator: ", "))]" }
            .joined(separator: ", ") + ", \(graph.nodes.count) nodes"
    }

    private func run(_ tensors: [Tensor]) throws(ONNXError) -> [Tensor] {
        try program(tensors.map(\.shape))(tensors)
    }

    /// The graph for inputs of these shapes, as this model takes them.
    private func program(_ shapes: [[Int]]) throws(ONNXError) -> Program {
        if let known = programs.withLock({ $0[shapes] }) { return known }
        let program = try Self.program(graph, inputs, shapes, isImage, limits, keepsLayout)
        programs.withLock { programs in
            // A server whose batches keep changing does not fill the memory with plans.
            if programs.count >= 16 { programs = [:] }
            programs[shapes] = program
        }
        return program
    }

    /// The graph for inputs of these shapes, which are checked.
    private static func program(
        _ graph: ImportedGraph, _ inputs: [InputDescription], _ shapes: [[Int]], _ isImage: [Bool],
        _ limits: ONNXLimits,
        _ keepsLayout: Bool
    ) throws(ONNXError) -> Program {
        for (input, shape) in zip(inputs, shapes) {
            let fits =
                shape.count == input.shape.count && !shape.contains(0)
                && zip(shape, input.shape).allSatisfy { $1 == nil || $0 == $1 }
            guard fits else {
                throw ONNXError(
                    .input(input.name), expected: "the shape \(input.shape.map { $0.map(String.init) ?? "any" })",
                    found: "\(shape)")
            }
        }
        let declared = zip(shapes, isImage).map { shape, isImage in isImage ? [0, 3, 1, 2].map { shape[$0] } : shape }
        var builder = try ProgramBuilder(graph, shapes: declared, channelsLast: isImage, limits: limits)
        return try builder.program(outputs: graph.outputs, keepsLayout: keepsLayout).program
    }
}
