import Foundation
import Martinet
import Testing

@testable import MartinetONNX

/// A model and what onnxruntime made of an input, recorded by `Tests/References/onnx_models.py`.
struct RecordedModel: Decodable, CustomTestStringConvertible {
    struct Values: Decodable {
        let shape: [Int]
        let values: [Float]

        /// Images channels-last, unless they lie so in the file.
        func tensor(isImage: Bool) -> Tensor {
            let tensor = Tensor(values, shape: shape)
            return isImage && shape.count == 4 ? tensor.permuted([0, 2, 3, 1]) : tensor
        }
    }

    let name: String
    let model: Data
    let input, output: Values

    var testDescription: String { name }

    /// Whether the file's images are channels-first, as nearly always.
    var isChannelsFirst: Bool { name != "images channels-last" }

    static let all: [RecordedModel] = {
        let url = Bundle.module.url(forResource: "operators", withExtension: "json", subdirectory: "References")!
        return try! JSONDecoder().decode([RecordedModel].self, from: Data(contentsOf: url))
    }()
}

/// The largest difference, relative to the largest element.
func relativeError(_ found: Tensor, _ expected: Tensor) -> Float {
    guard found.shape == expected.shape else { return .infinity }
    let largest = expected.array.map(.abs).maximum().scalar
    return (found - expected).array.map(.abs).maximum().scalar / max(largest, 1e-6)
}

@Suite struct ImportTests {
    @Test(arguments: RecordedModel.all)
    func computesWhatOnnxruntimeComputes(_ recorded: RecordedModel) throws {
        let model = try ONNXModel(data: recorded.model)
        let x = recorded.input.tensor(isImage: recorded.isChannelsFirst)
        let expected = recorded.output.tensor(isImage: recorded.isChannelsFirst)
        #expect(relativeError(model(x), expected) < 1e-5)
    }

    /// Also where the file takes batches of one size alone.
    @Test(arguments: RecordedModel.all)
    func preparedModelsComputeTheSameOrAreRefused(_ recorded: RecordedModel) throws {
        let model = try ONNXModel(data: recorded.model)
        let x = recorded.input.tensor(isImage: recorded.isChannelsFirst)
        guard x.rank > 1 else { return }
        let prepared: InferenceModel
        do {
            prepared = try model.forInference(inputShape: x.shape)
        } catch {
            #expect(!recorded.name.hasPrefix("Conv") && recorded.name != "fixed batch", "\(error)")
            return
        }
        #expect(prepared.fixedBatch == model.inputs[0].shape[0])
        if let batch = prepared.fixedBatch {
            let other = [batch + 1] + x.shape.dropFirst()
            let refused = #expect(throws: InputShapeError.self) { try prepared.output(for: .zeros(other)) }
            #expect(refused?.expected == x.shape && refused?.found == other)
        }
        #expect(relativeError(prepared(x), model(x)) < 1e-5)
    }

    @Test(arguments: RecordedModel.all.filter { $0.name.hasPrefix("PyTorch") })
    func networksCanBePrepared(_ recorded: RecordedModel) throws {
        let model = try ONNXModel(data: recorded.model)
        let prepared = try model.forInference(inputShape: [1, 9, 7, 3])
        let x = recorded.input.tensor(isImage: true)
        #expect(relativeError(prepared(x), recorded.output.tensor(isImage: true)) < 1e-5)
        // The block's normalisations, sum and ReLUs are parts of its convolutions.
        #expect(prepared.steps.filter { $0.hasPrefix("conv2D") }.count == 3)
        #expect(prepared.steps.allSatisfy { !$0.hasPrefix("batchNorm") && !$0.hasPrefix("permute") })
    }

    @Test func declaresItsInputsChannelsLast() throws {
        let recorded = try #require(RecordedModel.all.first { $0.name == "Conv" })
        let model = try ONNXModel(data: recorded.model)
        #expect(model.inputs == [ONNXModel.InputDescription(name: "x", shape: [nil, 6, 5, 3])])
        #expect(model.outputNames == ["y"])
        #expect(model.details == "x: [?, 6, 5, 3], 1 nodes")
        let outputs = try model.outputs(for: ["x": .zeros([3, 6, 5, 3])])
        #expect(outputs["y"]?.shape == [3, 6, 5, 4])
    }

    @Test func otherInputsAreRefused() throws {
        let recorded = try #require(RecordedModel.all.first { $0.name == "Conv" })
        let model = try ONNXModel(data: recorded.model)
        for shape in [[1, 3, 6, 5], [0, 6, 5, 3], [6, 5, 3]] {
            let refused = ONNXError(
                .input("x"), expected: "the shape \(model.inputs[0].shape.map { $0.map(String.init) ?? "any" })",
                found: "\(shape)")
            #expect(throws: refused) { try model.outputs(for: ["x": .zeros(shape)]) }
            #expect(throws: refused) { try model.output(for: .zeros(shape)) }
        }
        let x = Tensor.ones([2, 6, 5, 3])
        #expect(try model.output(for: x).elements == model(x).elements)
        #expect(throws: ONNXError(.input("x"), expected: "a tensor", found: "none")) {
            try model.outputs(for: ["z": .zeros([1, 6, 5, 3])])
        }
    }

    @Test func openSizesAreSettledByTheFirstInput() throws {
        var proto = try ONNXModelProto(serializedBytes: try #require(RecordedModel.all.first).model)
        for axis in [2, 3] { proto.graph.input[0].type.tensorType.shape.dim[axis].dimParam = "size" }
        let data = try proto.serializedData() as Data
        for model in [try ONNXModel(data: data), try ONNXModel(data: data, inputShape: [1, 8, 8, 3])] {
            #expect(model(.zeros([2, 5, 9, 3])).shape == [2, 5, 9, 4])
            #expect(model(.zeros([1, 7, 3, 3])).shape == [1, 7, 3, 4])
        }
        // An inputShape has the file checked at once.
        proto.graph.node[0].opType = "Unheard"
        let wrong = try proto.serializedData() as Data
        #expect(throws: ONNXError.self) { try ONNXModel(data: wrong, inputShape: [1, 8, 8, 3]) }
        #expect(throws: ONNXError.self) { try ONNXModel(data: wrong).output(for: .zeros([1, 8, 8, 3])) }
    }
}
