import Foundation
import Martinet
import MartinetFormats
import MartinetTestSupport
import Testing

@Suite struct LoadingTests {
    /// A convolution, a normalisation, and a fully connected layer behind a flattening.
    final class Network: Module {
        let conv = Conv2D(1, 2, kernelSize: 1, bias: false)
        let bn = BatchNorm(2)
        let flatten = Flatten()
        let fc = Dense(8, 3)

        var alternativeNames: [String: String] { ["head": "fc"] }

        func callAsFunction(_ x: Tensor) -> Tensor { fc(flatten(bn(conv(x)))) }
    }

    static let tensors: [(name: String, shape: [Int])] = [
        ("conv.weight", [2, 1, 1, 1]), ("bn.weight", [2]), ("bn.bias", [2]), ("bn.running_mean", [2]),
        ("bn.running_var", [2]), ("fc.weight", [3, 8]), ("fc.bias", [3]),
    ]

    /// A file of these tensors, whose elements are 0, 1, 2 and so on.
    static func file(_ tensors: [(name: String, shape: [Int])]) -> [UInt8] {
        var (header, offset) = ([String](), 0)
        for (name, shape) in tensors {
            let end = offset + 4 * shape.reduce(1, *)
            header.append(#""\#(name)":{"dtype":"F32","shape":\#(shape),"data_offsets":[\#(offset),\#(end)]}"#)
            offset = end
        }
        return safetensors(
            "{\(header.joined(separator: ","))}", elements: littleEndian((0..<offset / 4).map { Float($0) }))
    }

    @Test func putsAxesInOrder() throws {
        let folder = try TemporaryFolder()
        let url = try URL(fileURLWithPath: folder.write("weights", Self.file(Self.tensors)))
        let model = Network()
        let report = try model.load(from: url)
        #expect(report.isComplete && report.loaded.count == 7)
        #expect(model.conv.weight.value.elements == [0, 1])
        #expect(model.bn.runningVar.value.elements == [8, 9])
        // Row 0 of PyTorch's matrix is column 0 here.
        #expect(model.fc.weight.value.elements[0] == 10 && model.fc.weight.value.elements[1] == 18)
        // Channel 1 of pixel 0 comes fifth in PyTorch and second here.
        try model.load(from: url, flattened: ["fc": FlattenedImage(height: 2, width: 2, channels: 2)])
        #expect((0..<8).map { model.fc.weight.value.elements[3 * $0] } == [10, 14, 11, 15, 12, 16, 13, 17])
    }

    @Test(arguments: ["module.", "state_dict.", "state_dict.module.", "model."])
    func takesWrappingAway(prefix: String) throws {
        let folder = try TemporaryFolder()
        var tensors = Self.tensors.map { (prefix + $0.name, $0.shape) }
        if prefix.hasPrefix("state") { tensors.append(("optimizer.state.0", [4])) }
        tensors[5].0 = prefix + "head.weight"
        tensors[6].0 = prefix + "head.bias"
        let report = try Network().load(from: URL(fileURLWithPath: folder.write("weights", Self.file(tensors))))
        #expect(report.loaded.count == 7)
        #expect(report.ignored == (prefix.hasPrefix("state") ? ["optimizer.state.0"] : []))
    }

    @Test func listsAllDifferencesAndChangesNothing() throws {
        let folder = try TemporaryFolder()
        var tensors = Self.tensors.filter { $0.name != "bn.bias" }
        tensors[4].shape = [5, 8]
        tensors.append(("extra", [1]))
        let url = try URL(fileURLWithPath: folder.write("weights", Self.file(tensors)))
        let model = Network()
        let before = model.conv.weight.value.elements
        let error = #expect(throws: WeightMismatch.self) { try model.load(from: url) }
        let report = try #require(error?.report)
        #expect(report.missing == ["bn.bias"])
        #expect(report.unexpected == ["extra"])
        #expect(report.wrongShape.map(\.name) == ["fc.weight"])
        #expect(report.wrongShape[0].expected == [3, 8] && report.wrongShape[0].found == [5, 8])
        #expect(error?.description.contains("fc.weight (expected [3, 8], found [5, 8])") == true)
        #expect(model.conv.weight.value.elements == before)

        let head = model.fc.weight.value.elements
        let loose = try model.load(from: url, strict: false)
        #expect(loose == report)
        #expect(model.conv.weight.value.elements == [0, 1])
        #expect(model.fc.weight.value.elements == head)
    }

    @Test func fillsLayersThatHaveSeenNoInput() throws {
        let folder = try TemporaryFolder()
        let url = folder.url("weights")
        try folder.write(
            "weights", Self.file(Array(Self.tensors[5...]).map { ("0." + $0.name.dropFirst(3), $0.shape) }))
        let model = Sequential { Dense(3) }
        try model.load(from: url)
        #expect(model(Tensor.zeros([1, 8])).elements == [24, 25, 26])
        #expect(throws: WeightMismatch.self) { try Sequential { Dense(4) }.load(from: url) }
    }

    @Test func refusesWhatIsNoFileOfWeights() throws {
        let folder = try TemporaryFolder()
        for bytes in [[], [1, 2, 3], Array("hello, this is text".utf8)] as [[UInt8]] {
            let url = try URL(fileURLWithPath: folder.write("weights.safetensors", bytes))
            #expect(throws: FileError.self) { try openWeights(at: url) }
        }
        #expect(throws: FileError.self) { try openWeights(at: folder.url("")) }
        #expect(throws: FileError.self) { try openWeights(at: folder.url("nothing")) }
    }
}
