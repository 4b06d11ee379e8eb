import Foundation
import Martinet
import SwiftProtobuf

/// How a model is written as ONNX.
public struct ONNXExportOptions: Sendable, Hashable {
    /// The order of the axes of images that go in or come out; Martinet's own is `channelsLast`.
    public enum Layout: Sendable, Hashable {
        /// `[batch, channels, height, width]`, as nearly all ONNX models have it.
        case channelsFirst
        /// `[batch, height, width, channels]`.
        case channelsLast
    }

    /// Of a model's inputs and outputs that have four axes. Others are what they are in Martinet.
    public var layout = Layout.channelsFirst

    /// Whether batch normalisations become part of the convolutions before them, as in `forInference`; otherwise each is a
    /// node with its weight, bias and statistics.
    public var foldsBatchNorm = true

    /// The names of the graph's input and output.
    public var inputName = "input"
    public var outputName = "output"

    /// Texts that the file has beside the network, by their keys.
    public var metadata: [String: String] = [:]

    public init() {}
}

extension Module where Input == Tensor, Output == Tensor {
    /// Writes the model, as it is now and in evaluation mode, as an ONNX file for batches of any size.
    ///
    /// Weights have PyTorch's names. Operator set 17, which every ONNX runtime since 2022 knows.
    ///
    /// ```swift
    /// try model.exportONNX(to: URL(fileURLWithPath: "resnet.onnx"), inputShape: [1, 224, 224, 3])
    /// ```
    ///
    /// - Parameters:
    ///   - url: the file, written whole or not at all.
    ///   - inputShape: the shape of a batch of inputs as this model takes them, whose first axis may have any size:
    ///     `[1, height, width, channels]` for images, whatever the file's layout will be.
    ///   - options: how it is written.
    /// - Throws: `ONNXExportError`.
    public func exportONNX(
        to url: URL, inputShape: [Int], options: ONNXExportOptions = ONNXExportOptions()
    ) throws(ONNXExportError) {
        let data = try onnxData(inputShape: inputShape, options: options)
        do {
            try data.write(to: url, options: .atomic)
        } catch {
            throw .cannotWrite(path: url.path, reason: error.localizedDescription)
        }
    }

    /// The bytes of the file that `exportONNX` writes.
    ///
    /// - Parameters:
    ///   - inputShape: as `exportONNX` takes it.
    ///   - options: how it is written.
    /// - Throws: `ONNXExportError`.
    public func onnxData(
        inputShape: [Int], options: ONNXExportOptions = ONNXExportOptions()
    ) throws(ONNXExportError) -> Data {
        let model = try onnxModel(inputShape: inputShape, options: options)
        let bytes = model.graph.initializer.reduce(0) { $0 + $1.rawData.count }
        // Protocol buffers end at 2 GiB; what is not elements takes far less than 16 MiB.
        guard bytes < Int(Int32.max) - (16 << 20) else { throw .tooLarge(bytes: bytes) }
        do {
            return try model.serializedData()
        } catch {
            throw .tooLarge(bytes: bytes)
        }
    }

    func onnxModel(inputShape: [Int], options: ONNXExportOptions) throws(ONNXExportError) -> ONNXModelProto {
        let graph: InferenceGraph
        do {
            graph = try inferenceGraph(inputShape: inputShape, foldsNormalizations: options.foldsBatchNorm)
        } catch {
            throw .cannotTrace(error)
        }
        var writer = GraphWriter(names: namesByStorage, options: options)
        try writer.write(graph, inputShape: inputShape)

        var model = ONNXModelProto()
        model.irVersion = 8
        model.producerName = "Martinet"
        var operators = ONNXOperatorSetIdProto()
        operators.domain = ""
        operators.version = 17
        model.opsetImport = [operators]
        model.metadataProps = options.metadata.sorted { $0.key < $1.key }.map { key, value in
            var entry = ONNXStringStringEntryProto()
            (entry.key, entry.value) = (key, value)
            return entry
        }
        model.graph = writer.graph
        model.graph.name = String(describing: type(of: self))
        return model
    }
}

/// Why a model could not be written as ONNX.
public enum ONNXExportError: Error, Equatable, CustomStringConvertible {
    /// The model is none whose operations can be written down.
    case cannotTrace(InferenceError)
    /// An operation that ONNX cannot express, and why.
    case unsupportedOperation(String, reason: String)
    /// The file would be larger than the 2 GiB that an ONNX file can have.
    case tooLarge(bytes: Int)
    case cannotWrite(path: String, reason: String)

    public var description: String {
        switch self {
        case .cannotTrace(let error): "ONNX export: \(error)"
        case .unsupportedOperation(let name, let reason): "ONNX export: the operation \(name) \(reason)"
        case .tooLarge(let bytes): "ONNX export: the weights take \(bytes) bytes, expected less than 2 GiB"
        case .cannotWrite(let path, let reason): "\(path): cannot be written: \(reason)"
        }
    }
}
