import Foundation
import Martinet
import MartinetFormats
import MartinetTestSupport
import Testing

/// Files as other people's scripts leave them; Tests/References/others_weights.py records them.
@Suite struct OthersWeightsTests {
    /// What the recorded layer has, in Martinet's order: its weight is 0, 1, 2, 3 in PyTorch's, and its bias 4, 5.
    static func check(_ layer: Dense) {
        #expect(layer.weight.value.elements == [0, 2, 1, 3])
        #expect(layer.bias?.value.elements == [4, 5])
    }

    @Test(arguments: ["objects.pth", "objects_legacy.pth", "objects4.pth"])
    func leavesObjectsUnreadAndNamesThem(name: String) throws {
        let file = try openWeights(at: RecordedWeights.url(name))
        #expect(file.entries.map(\.name) == ["model.weight", "model.bias"])
        #expect(file.metadata["epoch"] == "3" && file.metadata["history.loss.0"] == "0.5")
        #expect(file.metadata["names.a"] == "1")
        let unread = ["args (the Python object argparse.Namespace)"]
        #expect(file.unread.map(\.description) == unread + ["optimizer_class (the Python object torch.optim.sgd.SGD)"])
        let layer = Dense(2, 2)
        let report = try layer.load(file)
        #expect(report.isComplete && report.unread == file.unread)
        Self.check(layer)
    }

    @Test func readsArchivesWithoutChecksums() throws {
        let file = try openWeights(at: RecordedWeights.url("no_checksums.pth"))
        #expect(try file["w"]?.tensor().elements == [1, 2.5, -3.7, 0])
        // One that has them is held to them.
        var damaged = try RecordedWeights.bytes("tied.pth")
        let place = try #require(
            damaged.indices.first { damaged[$0...].starts(with: [0, 0, 0x80, 0x3f, 0, 0, 0, 0x40]) })
        damaged[place + 2] = 0x81
        let error = #expect(throws: FileError.self) { try HostileTests.read(damaged) }
        #expect(error?.kind == .wrongChecksum)
    }

    @Test func readsExpandedTensors() throws {
        let file = try openWeights(at: RecordedWeights.url("expanded.pth"))
        #expect(try file["row"]?.tensor().elements == [1, 2, 1, 2, 1, 2])
        #expect(try file["one"]?.tensor().elements == [7, 7, 7, 7] && file["one"]?.shape == [2, 2])
    }

    @Test(arguments: ["averaged.pth", "lightning.pth"])
    func takesWrappersAway(name: String) throws {
        let layer = Dense(2, 2)
        let report = try layer.load(from: RecordedWeights.url(name))
        #expect(report.isComplete && report.ignored == (name == "averaged.pth" ? ["n_averaged"] : []))
        Self.check(layer)
    }

    /// An attribute's name is taken away if it is the only one that has the model's weights.
    @Test func saysWhenSeveralPartsWouldDo() throws {
        func file(_ names: [String]) throws -> WeightFile {
            try openWeights(LoadingTests.file(names.flatMap { [($0 + ".weight", [2, 2]), ($0 + ".bias", [2])] }))
        }
        #expect(try Dense(2, 2).load(file(["state_dict.backbone.head"])).loaded.count == 2)
        let error = #expect(throws: WeightMismatch.self) { try Dense(2, 2).load(file(["student", "teacher"])) }
        #expect(error?.report.missing == ["weight", "bias"])
        let beside = #expect(throws: WeightMismatch.self) {
            try Dense(2, 2).load(
                openWeights(LoadingTests.file([("a.weight", [2, 2]), ("a.bias", [2]), ("b.x", [1])])))
        }
        #expect(beside?.report.unexpected == ["b.x"] && beside?.report.missing == [])
    }

    /// One layer under two names.
    final class Tied: Module {
        let encoder, decoder: Dense

        init() {
            encoder = Dense(2, 2)
            decoder = encoder
        }

        func callAsFunction(_ x: Tensor) -> Tensor { decoder(encoder(x)) }
    }

    @Test func loadsAndSavesTiedLayersUnderBothNames() throws {
        let model = Tied()
        #expect(try model.load(from: RecordedWeights.url("tied.pth")).isComplete)
        Self.check(model.encoder)
        let folder = try TemporaryFolder()
        let url = folder.url("tied.safetensors")
        try model.save(to: url, convention: .pytorch)
        let saved = try openWeights(at: url)
        #expect(
            saved.entries.map(\.name).sorted() == ["decoder.bias", "decoder.weight", "encoder.bias", "encoder.weight"])
        #expect(try saved["decoder.weight"]?.tensor().elements == [0, 1, 2, 3])
        // A file may have them once, under either name; if it has both, the last one counts, as for PyTorch.
        for name in ["encoder", "decoder"] {
            let file = try openWeights(LoadingTests.file([(name + ".weight", [2, 2]), (name + ".bias", [2])]))
            let model = Tied()
            #expect(try model.load(file).isComplete)
            Self.check(model.encoder)
        }
    }

    @Test(arguments: ["arrays.pth", "arrays5.pth"])
    func readsNumPyArraysBesideWeights(name: String) throws {
        let file = try openWeights(at: RecordedWeights.url(name))
        #expect(file.entries.map(\.name) == ["w", "transposed", "fortran", "empty"])
        #expect(try file["w"]?.tensor().elements == [0, 1, 2, 3, 4, 5] && file["w"]?.shape == [2, 3])
        #expect(try file["transposed"]?.tensor().elements == [0, 3, 1, 4, 2, 5])
        #expect(try file["fortran"]?.tensor().elements == [0, 1, 2, 3, 4, 5] && file["fortran"]?.type == .int64)
        #expect(file["empty"]?.shape == [0, 2])
        #expect(file.metadata["scalar"] == "1.5" && file.metadata["best"] == "4")
        #expect(
            file.unread.map(\.description) == [
                "big (a NumPy array of the big-endian type f4)", "texts (a NumPy array of the type U2)",
                "objects (a NumPy array of the type O8)",
            ])
    }

    @Test(arguments: ["foreign_types.pth", "foreign_types_legacy.pth"])
    func namesTensorsOfOtherTypes(name: String) throws {
        let file = try openWeights(at: RecordedWeights.url(name))
        #expect(file.entries.map(\.name) == ["before", "after"])
        #expect(try file["before"]?.tensor().elements == [0, 1] && file["after"]?.tensor().elements == [0, 1, 2])
        let unread = ["complex", "quantised"] + (name.contains("legacy") ? [] : ["float8"])
        #expect(file.unread.map(\.name) == unread)
        #expect(file.unread[0].found == "the Python object tensor of ComplexFloat")
        #expect(file.unread.dropFirst(2).allSatisfy { $0.found.hasSuffix("float8_e4m3fn") })
    }

    @Test func namesArraysThatAreNoNumbers() throws {
        let arrays = try openWeights(at: RecordedWeights.url("names.npz"))
        #expect(try arrays["w"]?.tensor().elements == [1, 2] && arrays.entries.count == 1)
        #expect(
            arrays.unread.map(\.description).sorted() == [
                "dates (elements of the type <M8[D])", "names (elements of the type <U1)",
            ])
        let tensors = try openWeights(at: RecordedWeights.url("float8.safetensors"))
        #expect(try tensors["w"]?.tensor().elements == [0, 1])
        #expect(tensors.unread.map(\.description) == ["small (elements of the type F8_E4M3)"])
    }

    /// Nothing that could be read is an error, and says what there is.
    @Test func refusesFilesOfNothingElse() throws {
        let error = #expect(throws: FileError.self) { try openWeights(at: RecordedWeights.url("module.pth")) }
        #expect(error?.found == "the Python object torch.nn.modules.linear.Linear")
        let header = #"{"a":{"dtype":"F4","shape":[16],"data_offsets":[0,8]}}"#
        #expect(throws: FileError.self) {
            try openWeights(safetensors(header, elements: [UInt8](repeating: 0, count: 8)))
        }
    }
}
