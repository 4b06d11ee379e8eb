import Foundation
import Martinet
import MartinetFormats
import Testing

/// Files that PyTorch, safetensors and NumPy wrote.
@Suite struct ReaderTests {
    /// The recorded script's network.
    final class Network: Module {
        let conv1 = Conv2D(3, 4, kernelSize: 3, padding: 1)
        let bn1 = BatchNorm(4)
        let conv2 = Conv2D(4, 6, kernelSize: Size2D(3, 1), groups: 2, bias: false)
        let flatten = Flatten()
        let fc = Dense(90, 5)

        func callAsFunction(_ x: Tensor) -> Tensor { fc(flatten(conv2(relu(bn1(conv1(x)))))) }
    }

    /// What the network's `fc` gets its inputs from.
    static let flattened = ["fc": FlattenedImage(height: 3, width: 5, channels: 6)]

    @Test(arguments: [
        "network.pth", "network_legacy.pth", "network.safetensors", "protocol4.pth", "deflated.pth", "checkpoint.pth",
        "checkpoint_legacy.pth",
    ])
    func computesAsPyTorch(name: String) throws {
        let recorded = try RecordedWeights.load()
        let model = Network()
        let report = try model.load(from: RecordedWeights.url(name), flattened: Self.flattened)
        #expect(report.isComplete && report.loaded.count == 10)
        #expect(model.bn1.numBatchesTracked.value.scalar == 7)
        let logits = model.eval()(Tensor(recorded.images, shape: [2, 5, 5, 3])).elements
        for (found, expected) in zip(logits, recorded.logits) { #expect(abs(found - expected) < 1e-5) }
        #expect(logits.count == 10)
    }

    @Test(arguments: [
        ("types.pth", WeightFormat.pytorch, 14), ("types_legacy.pth", .pytorchLegacy, 11),
        ("types.safetensors", .safetensors, 14), ("types.npz", .npz, 14), ("compressed.npz", .npz, 14),
    ])
    func readsEveryType(name: String, format: WeightFormat, count: Int) throws {
        let expected = try RecordedWeights.load().types
        let file = try openWeights(at: RecordedWeights.url(name))
        #expect(file.format == format && file.entries.count == count)
        for entry in file.entries where entry.name != "fortran" {
            #expect(try entry.array().elements == expected[entry.name]?.map { Float($0.value) }, "\(entry.name)")
            let type = ["halves": "float16"][entry.name] ?? entry.name
            #expect(entry.type.rawValue == type)
        }
    }

    @Test(arguments: ["views.pth", "views_legacy.pth"])
    func readsViewsOfASharedStorage(name: String) throws {
        let expected = try RecordedWeights.load().views
        let file = try openWeights(at: RecordedWeights.url(name))
        #expect(file.entries.count == 8)
        for entry in file.entries {
            #expect(try entry.array().elements == expected[entry.name]?.map { Float($0.value) }, "\(entry.name)")
        }
        #expect(file["transposed"]?.shape == [6, 4] && file["scalar"]?.shape == [] && file["empty"]?.shape == [0, 3])
        #expect(file["base"]?.byteRange != nil && file["transposed"]?.byteRange == nil)
    }

    @Test func readsCheckpoints() throws {
        for name in ["checkpoint.pth", "checkpoint_legacy.pth"] {
            let file = try openWeights(at: RecordedWeights.url(name))
            #expect(file.metadata["epoch"] == "3" && file.metadata["best"] == "0.5")
            #expect(file.metadata["name"] == "small")
            #expect(file["parameter"]?.shape == [2])
            #expect(file["optimizer.state.0.momentum_buffer"]?.shape == [4, 3, 3, 3])
            let report = try Network().load(file)
            #expect(report.ignored.contains("parameter") && report.ignored.count == 8)
        }
        #expect(try openWeights(at: RecordedWeights.url("tensor.pth")).entries.map(\.name) == ["tensor"])
    }

    @Test func readsArrays() throws {
        for name in ["plain.npy", "fortran.npy"] {
            let file = try openWeights(at: RecordedWeights.url(name))
            #expect(file.format == .npy && file.entries.map(\.name) == [String(name.dropLast(4))])
            #expect(file.entries[0].shape == [2, 3])
            #expect(try file.entries[0].array().elements == [0, 1, 2, 3, 4, 5])
        }
    }

    @Test(arguments: [
        ("big_endian.pth", "big-endian"), ("big_endian.npy", "big-endian"), ("objects.npy", "|O"),
        ("fields.npy", "fields"), ("module.pth", "torch.nn.modules.linear.Linear"),
    ])
    func refusesByName(name: String, reason: String) throws {
        let error = #expect(throws: FileError.self) { try openWeights(at: RecordedWeights.url(name)) }
        #expect(error?.kind == .unsupported && error?.found.contains(reason) == true, "\(error?.description ?? "")")
    }

    @Test func describesWithoutAModel() throws {
        let file = try openWeights(at: RecordedWeights.url("types.safetensors"))
        let statistics = try #require(try file["float64"]?.statistics())
        #expect(statistics.minimum == -2 && statistics.maximum == 100 && statistics.zeros == 1)
        #expect(abs(statistics.mean - 100.0 / 6) < 1e-9 && abs(statistics.standardDeviation - 37.29) < 0.01)
        #expect(try file["halves"]?.statistics().nonFinite == 2)
    }
}
