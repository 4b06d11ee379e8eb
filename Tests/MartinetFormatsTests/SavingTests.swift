import Foundation
import Martinet
import MartinetFormats
import MartinetTestSupport
import MartinetZoo
import Testing

@Suite struct SavingTests {
    @Test(arguments: ["model.safetensors", "model.npz"], [WeightConvention.martinet, .pytorch].map(\.name))
    func comesBackWithTheSameBits(name: String, convention: String) throws {
        let folder = try TemporaryFolder()
        let url = folder.url(name)
        let model = ReaderTests.Network()
        model.bn1.numBatchesTracked.value = Tensor(3)
        model.bn1.runningMean.value = Tensor([1, 2, -3, .infinity])
        let flattened = ReaderTests.flattened
        let layout: WeightConvention = convention == "martinet" ? .martinet : .pytorch
        try model.save(to: url, convention: layout, metadata: ["epoch": "3"], flattened: flattened)
        let file = try openWeights(at: url)
        #expect(file.convention.name == convention)
        #expect(file["conv1.weight"]?.shape == (convention == "martinet" ? [3, 3, 3, 4] : [4, 3, 3, 3]))
        #expect(file["bn1.num_batches_tracked"]?.type == .int64)
        if name.hasSuffix("safetensors") { #expect(file.metadata["epoch"] == "3") }
        let other = ReaderTests.Network()
        #expect(try other.load(from: url, flattened: flattened).isComplete)
        for (a, b) in zip(model.namedParameters, other.namedParameters) {
            #expect(a.parameter.value.elements.map(\.bitPattern) == b.parameter.value.elements.map(\.bitPattern))
        }
        for (a, b) in zip(model.namedBuffers, other.namedBuffers) {
            #expect(a.buffer.value.elements.map(\.bitPattern) == b.buffer.value.elements.map(\.bitPattern))
        }
        // Nothing beside the file is left.
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [name])
    }

    /// Python's writer and this one put the same bytes for the elements.
    @Test(arguments: ["types.pth", "types.safetensors", "views.pth"])
    func convertsWithoutLoss(name: String) throws {
        let folder = try TemporaryFolder()
        let file = try openWeights(at: RecordedWeights.url(name))
        let url = folder.url("converted.safetensors")
        try file.write(to: url)
        let converted = try openWeights(at: url)
        #expect(converted.entries.count == file.entries.count && converted.convention.name == "pytorch")
        for entry in file.entries {
            let other = try #require(converted[entry.name])
            #expect(other.type == entry.type && other.shape == entry.shape)
            #expect(try elements(other) == elements(entry))
        }
    }

    private func elements(_ entry: WeightEntry) throws -> [UInt8] {
        var bytes: [UInt8] = []
        try entry.withBytes { bytes = Array($0) }
        return bytes
    }

    @Test func refusesWhatCannotBeWritten() throws {
        let folder = try TemporaryFolder()
        let model = ReaderTests.Network()
        for name in ["model.pth", "model", "missing/model.safetensors", "model.npy"] {
            #expect(throws: FileError.self) { try model.save(to: folder.url(name)) }
        }
        #expect(throws: FileError.self) {
            let types = try openWeights(at: RecordedWeights.url("types.safetensors"))
            try types.write(to: folder.url("types.npz"))
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
    }

    @Test func readsTheModelOfACheckpoint() throws {
        let folder = try TemporaryFolder()
        let url = folder.url("training.safetensors")
        let model = ReaderTests.Network()
        let optimizer = SGD(model, learningRate: 0.1, momentum: 0.9)
        try Checkpoint(url).save(model, optimizer, History())
        let other = ReaderTests.Network()
        try other.load(from: url)
        #expect(other.fc.weight.value.elements == model.fc.weight.value.elements)
        #expect(other.conv1.weight.value.elements == model.conv1.weight.value.elements)
    }
}
