import Foundation
import Martinet
import Testing

@testable import MartinetONNX

@Suite struct HostileFileTests {
    /// The smaller of the recorded models: every kind of node.
    private static let models = RecordedModel.all.filter { $0.model.count < 1200 }

    private func changed(_ name: String, _ change: (inout ONNXModelProto) -> Void) throws -> Data {
        let recorded = try #require(RecordedModel.all.first { $0.name == name })
        var proto = try ONNXModelProto(serializedBytes: recorded.model)
        change(&proto)
        return try proto.serializedData()
    }

    /// Reads what may be anything, and runs it if it can be read and asks for little.
    private func read(_ data: Data) {
        var limits = ONNXLimits()
        limits.elements = 1 << 16
        limits.computedConstants = 1 << 18
        guard let model = try? ONNXModel(data: data, inputShape: [1, 6, 5, 3], limits: limits),
            model.inputs.count == 1
        else { return }
        let shape = model.inputs[0].shape.enumerated().map { $1 ?? ($0 == 0 ? 2 : 6) }
        _ = try? withoutGradients { try model.outputs(for: [model.inputs[0].name: .ones(shape)]) }
    }

    @Test func everyTruncationIsAnErrorOrAModel() {
        for recorded in Self.models {
            for length in Swift.stride(from: 0, to: recorded.model.count, by: 3) { read(recorded.model.prefix(length)) }
        }
    }

    @Test func flippedBitsAreAnErrorOrAModel() {
        var generator = SystemRandomNumberGenerator()
        for recorded in Self.models {
            for _ in 0..<60 {
                var bytes = recorded.model
                for _ in 0..<Int.random(in: 1...3, using: &generator) {
                    let place = bytes.startIndex + Int.random(in: 0..<bytes.count, using: &generator)
                    bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
                }
                read(bytes)
            }
        }
    }

    @Test func hugeNumbersInAttributesAreAnErrorOrAModel() throws {
        for recorded in Self.models {
            let proto = try ONNXModelProto(serializedBytes: recorded.model)
            for (index, node) in proto.graph.node.enumerated() {
                for attribute in node.attribute.indices {
                    for value in [Int64.max, Int64.min, -1, 0, 1 << 31, 1 << 16] {
                        var changed = proto
                        changed.graph.node[index].attribute[attribute].ints =
                            node.attribute[attribute].ints.map { _ in value }
                        changed.graph.node[index].attribute[attribute].i = value
                        read(try changed.serializedData())
                    }
                }
            }
        }
    }

    @Test func hugeIntegerConstantsAreAnErrorOrAModel() throws {
        for recorded in Self.models {
            let proto = try ONNXModelProto(serializedBytes: recorded.model)
            for (index, tensor) in proto.graph.initializer.enumerated() where tensor.dataType == 7 {
                for value in [Int64.max, Int64.min, -1, 0, 1 << 31, 1 << 16] {
                    var changed = proto
                    let count = tensor.rawData.count / 8
                    changed.graph.initializer[index].rawData =
                        [Int64](repeating: value, count: count).withUnsafeBytes { Data($0) }
                    read(try changed.serializedData())
                }
            }
        }
    }

    @Test func claimedSizesAreNotAllocated() throws {
        let dims: [[Int64]] = [[1 << 40], [1 << 31, 1 << 31, 1 << 31], [-1], [4, 3, 3, 4], [Int64.max, 0]]
        for dims in dims {
            let data = try changed("Conv") { $0.graph.initializer[0].dims = dims }
            let error = #expect(throws: ONNXError.self) { try ONNXModel(data: data) }
            #expect(error?.place == .tensor("c0"))
        }
        let data = try changed("Relu") {
            for axis in 1...3 { $0.graph.input[0].type.tensorType.shape.dim[axis].dimValue = 65_535 }
        }
        let error = #expect(throws: ONNXError.self) { try ONNXModel(data: data) }
        #expect(error?.place == .input("x"))
    }

    @Test func errorsNameTheNodeAndWhatIsWrong() throws {
        func message(_ name: String, _ change: (inout ONNXModelProto) -> Void) throws -> String {
            let data = try changed(name, change)
            return (#expect(throws: ONNXError.self) { try ONNXModel(data: data) }).map(\.description) ?? ""
        }
        #expect(
            try message("Relu") { $0.graph.node[0].opType = "NonMaxSuppression" }
                == "node \"#0\" (NonMaxSuppression): expected an operator that is supported, found NonMaxSuppression")
        #expect(
            try message("Relu") { $0.graph.node[0].input = ["y"] }
                == "node \"#0\" (Relu): expected inputs that were computed before, found \"y\"")
        #expect(
            try message("Conv") { $0.graph.initializer[1].dims = [2, 2] }
                == "node \"#0\" (Conv): expected a bias of 4, found [2, 2]")
        #expect(
            try message("Conv") { $0.graph.input[0].type.tensorType.shape.dim[1].dimValue = 5 }
                == "node \"#0\" (Conv): expected a weight for 5 channels in 1 groups, found one of the shape [4, 3, 3, 3]"
        )
        #expect(
            try message("Gemm") { $0.opsetImport[0].version = 99 }
                == "the file: expected operator set 7 to 28, found 99")
        #expect(
            try message("Concat, channels") { $0.graph.node[1].attribute[0].i = 7 }
                == "node \"#1\" (Concat): expected an axis of a tensor of 4 axes, found 7")
        #expect(
            try message("Relu") { $0.graph.output[0].name = "z" }
                == "output \"z\": expected a tensor that is computed from the input, found nothing of that name")
    }

    @Test func repeatedOperationsOnConstantsAreLimited() throws {
        // Each doubles the constant before it.
        let data = try changed("Concat, channels") { proto in
            var constant = ONNXTensorProto()
            constant.name = "c"
            constant.dims = [1, 1 << 10]
            constant.dataType = 1
            constant.rawData = Data(count: 4 << 10)
            proto.graph.initializer = [constant]
            for index in 0..<40 {
                var node = proto.graph.node[1]
                node.input = index == 0 ? ["c", "c"] : ["d\(index - 1)", "d\(index - 1)"]
                node.output = ["d\(index)"]
                proto.graph.node.append(node)
            }
        }
        #expect(throws: ONNXError.self) { try ONNXModel(data: data) }
    }
}

@Suite struct ExternalDataTests {
    /// A `Gemm` whose weight lies where the entries say, in a folder with `weights.bin`.
    private func read(_ entries: [String: String], bytes: Int = 8 * 5 * 4 + 16) throws -> ONNXModel {
        let folder = FileManager.default.temporaryDirectory.appending(path: "martinet-onnx-\(UUID())")
        let models = folder.appending(path: "models")
        try FileManager.default.createDirectory(at: models, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let recorded = try #require(RecordedModel.all.first { $0.name == "Gemm" })
        var proto = try ONNXModelProto(serializedBytes: recorded.model)
        let weight = proto.graph.initializer[0].rawData
        let content = Data(count: 16) + weight + Data(count: max(0, bytes - 16 - weight.count))
        for place in [models, folder] {
            try content.prefix(bytes).write(to: place.appending(path: "weights.bin"))
        }
        try FileManager.default.createSymbolicLink(
            at: models.appending(path: "link.bin"), withDestinationURL: folder.appending(path: "weights.bin"))
        proto.graph.initializer[0].clearRawData()
        proto.graph.initializer[0].dataLocation = .external
        proto.graph.initializer[0].externalData = entries.map { key, value in
            var entry = ONNXStringStringEntryProto()
            (entry.key, entry.value) = (key, value)
            return entry
        }
        let url = models.appending(path: "model.onnx")
        try (try proto.serializedData() as Data).write(to: url)
        return try ONNXModel(contentsOf: url)
    }

    @Test func isReadFromTheFolder() throws {
        let recorded = try #require(RecordedModel.all.first { $0.name == "Gemm" })
        let model = try read(["location": "weights.bin", "offset": "16", "length": "160"])
        #expect(
            relativeError(model(recorded.input.tensor(isImage: false)), recorded.output.tensor(isImage: false)) < 1e-5)
    }

    @Test(arguments: [
        "../weights.bin", "link.bin", "/etc/hostname", "", ".", "missing.bin", "../models/../weights.bin",
    ])
    func leadsNowhereElse(_ location: String) throws {
        #expect(throws: ONNXError.self) { try read(["location": location, "offset": "16"]) }
    }

    @Test func mustHaveAllBytes() throws {
        #expect(throws: ONNXError.self) { try read(["location": "weights.bin", "offset": "16"], bytes: 100) }
        #expect(throws: ONNXError.self) { try read(["location": "weights.bin", "offset": "-1"]) }
        #expect(throws: ONNXError.self) { try read(["location": "weights.bin", "offset": "9223372036854775807"]) }
        #expect(throws: ONNXError.self) { try read(["location": "weights.bin", "length": "17"]) }
    }

    @Test func isRefusedWithoutAFolder() throws {
        var proto = try ONNXModelProto(
            serializedBytes: try #require(RecordedModel.all.first { $0.name == "Gemm" }).model)
        proto.graph.initializer[0].dataLocation = .external
        let data = try proto.serializedData() as Data
        #expect(throws: ONNXError.self) { try ONNXModel(data: data) }
    }

    @Test func otherThanRegularFilesAreRefused() {
        for path in ["/dev/zero", "/tmp", "/no/such/file"] {
            let error = #expect(throws: ONNXError.self) { try ONNXModel(contentsOf: URL(fileURLWithPath: path)) }
            #expect(error?.path == path)
        }
    }
}
