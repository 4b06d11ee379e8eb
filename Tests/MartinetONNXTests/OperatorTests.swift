import Foundation
import Martinet
import Testing

@testable import MartinetONNX

/// A model of a few operators and what onnxruntime made of an input, recorded by `Tests/References/onnx_operators.py`.
struct OperatorCase: Decodable, CustomTestStringConvertible {
    let name: String
    let model: Data
    let input, output: RecordedModel.Values
    /// Whether four axes are `[batch, channels, height, width]` in the file, which are channels-last here.
    let inputIsImage, outputIsImage: Bool
    /// The only size of batch that the file works for.
    let fixedBatch: Int?

    var testDescription: String { name }

    static let all: [OperatorCase] = {
        let url = Bundle.module.url(forResource: "cases", withExtension: "json", subdirectory: "References")!
        return try! JSONDecoder().decode([OperatorCase].self, from: Data(contentsOf: url))
    }()
}

@Suite struct OperatorTests {
    @Test(arguments: OperatorCase.all)
    func computesWhatOnnxruntimeComputes(_ recorded: OperatorCase) throws {
        let model = try ONNXModel(data: recorded.model)
        let expected = recorded.output.tensor(isImage: recorded.outputIsImage)
        let found = model(recorded.input.tensor(isImage: recorded.inputIsImage))
        #expect(found.shape == expected.shape)
        #expect(relativeError(found, expected) < 1e-5)
        if let batch = recorded.fixedBatch { #expect(model.inputs[0].shape[0] == batch) }
    }

    @Test func refusesAnotherBatchThanTheOnlyOne() throws {
        let recorded = OperatorCase.all.first { $0.fixedBatch == 3 }!
        let model = try ONNXModel(data: recorded.model)
        #expect(throws: ONNXError.self) { try model.output(for: .zeros([2, 4])) }
    }

    @Test func aRangeOfTheSmallestIntegerIsAnError() throws {
        let recorded = OperatorCase.all.first { $0.name == "CumSum" }!
        var proto = try ONNXModelProto(serializedBytes: recorded.model)
        proto.graph.node[0].opType = "Range"
        proto.graph.node[0].input = ["a", "a", "a"]
        proto.graph.initializer[0].rawData = withUnsafeBytes(of: Int64.min.littleEndian) { Data($0) }
        let data = try proto.serializedData() as Data
        #expect(throws: ONNXError.self) { try ONNXModel(data: data) }
    }
}
