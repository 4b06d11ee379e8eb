import Foundation
import Martinet
import MartinetZoo
import Testing

@testable import MartinetONNX

private final class Measuring: Module {
    func callAsFunction(_ x: Tensor) -> Tensor { relu(x.norm(axes: [1], keepingAxes: true)) }
}

private final class Uneven: Module {
    func callAsFunction(_ x: Tensor) -> Tensor { adaptiveAveragePool2D(x, outputSize: 2) }
}

@Suite struct ExportTests {
    private func exported(
        _ model: some Module<Tensor, Tensor>, _ inputShape: [Int],
        _ change: (inout ONNXExportOptions) -> Void = { _ in }
    ) throws -> ONNXModelProto {
        var options = ONNXExportOptions()
        change(&options)
        return try ONNXModelProto(serializedBytes: try model.onnxData(inputShape: inputShape, options: options))
    }

    private func dimensions(_ info: ONNXValueInfoProto) -> [String] {
        info.type.tensorType.shape.dim.map { $0.dimParam.isEmpty ? String($0.dimValue) : $0.dimParam }
    }

    @Test func foldedNetworkHasOnlyConvolutions() throws {
        let model = try exported(ResNet.cifar(depth: 8), [1, 8, 8, 3])
        let counts = Dictionary(grouping: model.graph.node, by: \.opType).mapValues(\.count)
        #expect(counts == ["Conv": 9, "Add": 3, "Relu": 7, "GlobalAveragePool": 1, "Reshape": 1, "Gemm": 1])
        #expect(model.opsetImport.map(\.version) == [17])
        #expect(model.graph.input.map(\.name) == ["input"])
        #expect(model.graph.output.map(\.name) == ["output"])
        #expect(dimensions(model.graph.input[0]) == ["batch", "3", "8", "8"])
        #expect(dimensions(model.graph.output[0]) == ["batch", "10"])
    }

    @Test func unfoldedNetworkKeepsNamesAndStatistics() throws {
        let network = ResNet.cifar(depth: 8)
        let model = try exported(network, [1, 8, 8, 3]) { $0.foldsBatchNorm = false }
        let counts = Dictionary(grouping: model.graph.node, by: \.opType).mapValues(\.count)
        #expect(counts["BatchNormalization"] == 9)
        let names = Set(model.graph.initializer.map(\.name))
        let state =
            network.namedParameters.map(\.name)
            + network.namedBuffers.map(\.name).filter { !$0.hasSuffix("num_batches_tracked") }
        #expect(names.isSuperset(of: state))
        #expect(model.graph.node.contains { $0.name == "layer2.0.bn1" && $0.opType == "BatchNormalization" })
        let weight = try #require(model.graph.initializer.first { $0.name == "conv1.weight" })
        #expect(weight.dims == [16, 3, 3, 3])
        let elements = weight.rawData.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
        let expected = try #require(network.namedParameters.first { $0.name == "conv1.weight" }).parameter.value
        #expect(elements == expected.permuted([3, 2, 0, 1]).elements)
    }

    @Test func everyNameIsDefinedBeforeItIsRead() throws {
        for model in [
            try exported(DenseNet(blocks: [2, 2], growth: 4, stemChannels: 8, classes: 5), [1, 32, 32, 3]),
            try exported(PreActivationResNet.cifar(depth: 8, shortcut: .zeroPadding), [1, 8, 8, 3]),
            try exported(PlainCNN(depth: 3, inputShape: [8, 8, 3]), [1, 8, 8, 3]) { $0.layout = .channelsLast },
            try exported(HighwayNetwork(inputs: 6, width: 4, depth: 3, classes: 2), [1, 6]),
        ] {
            var known = Set(model.graph.input.map(\.name) + model.graph.initializer.map(\.name))
            #expect(known.count == model.graph.input.count + model.graph.initializer.count)
            for node in model.graph.node {
                #expect(node.input.allSatisfy(known.contains), "\(node.name)")
                #expect(node.output.allSatisfy { known.insert($0).inserted }, "\(node.name)")
            }
            #expect(model.graph.output.allSatisfy { known.contains($0.name) })
        }
    }

    @Test func inputMayStayChannelsLast() throws {
        let model = try exported(PlainCNN(depth: 1, inputShape: [8, 8, 3]), [1, 8, 8, 3]) {
            $0.layout = .channelsLast
            $0.inputName = "image"
            $0.outputName = "logits"
        }
        #expect(dimensions(model.graph.input[0]) == ["batch", "8", "8", "3"])
        #expect(model.graph.input[0].name == "image" && model.graph.output[0].name == "logits")
        #expect(model.graph.node[0].opType == "Transpose" && model.graph.node[0].input == ["image"])
    }

    @Test func sharedLayersAreWrittenOnce() throws {
        let shared = Dense(4, 4)
        let model = try exported(Sequential([shared, Tanh(), shared]), [1, 4])
        #expect(model.graph.initializer.filter { $0.dims == [4, 4] }.count == 1)
    }

    @Test func whatCannotBeWrittenIsNamed() {
        #expect(throws: ONNXExportError.cannotTrace(.unsupportedOperation("norm"))) {
            try Measuring().onnxData(inputShape: [1, 4])
        }
        #expect {
            try Uneven().onnxData(inputShape: [1, 5, 5, 1])
        } throws: { error in
            guard case ONNXExportError.unsupportedOperation("averagePool2D", _) = error else { return false }
            return true
        }
        let folder = FileManager.default.temporaryDirectory.appending(path: "no-such-folder-\(UUID())")
        #expect {
            try Dense(2, 2).exportONNX(to: folder.appending(path: "a.onnx"), inputShape: [1, 2])
        } throws: { error in
            guard case ONNXExportError.cannotWrite = error else { return false }
            return true
        }
    }
}
