import Foundation
import Martinet
import MartinetFormats
import MartinetTestSupport
import MartinetZoo
import Testing

/// Files that Keras has written; Tests/References/keras_files.py records them.
@Suite struct KerasTests {
    /// The recorded model, with the names that the zoo's Keras ResNets have.
    final class Network: Module {
        final class Block: Module {
            let downsample = Sequential([Conv2D(4, 2, kernelSize: 1)])
            func callAsFunction(_ x: Tensor) -> Tensor { downsample(x) }
        }

        let conv1 = Conv2D(3, 4, kernelSize: 3)
        let bn1 = BatchNorm(4)
        let layer1 = [Block()]
        let fc = Dense(2, 3)

        func callAsFunction(_ x: Tensor) -> Tensor { fc(layer1[0](bn1(conv1(x))).mean(axes: [1, 2])) }
    }

    static func recorded(_ name: String) throws -> URL {
        try #require(Bundle.module.url(forResource: "References/\(name)", withExtension: nil))
    }

    #if HDF5
    @Test(arguments: ["keras.weights.h5", "keras-whole.h5", "keras.keras"])
    func readsWhatKerasWrites(name: String) throws {
        let model = Network()
        let report = try model.load(from: Self.recorded(name))
        #expect(report.isComplete && report.loaded.count == 10)
        let expected: [(Tensor, Float)] = [
            (model.conv1.weight.value, 0), (model.conv1.bias!.value, 1), (model.bn1.weight!.value, 2),
            (model.bn1.bias!.value, 3), (model.bn1.runningMean.value, 4), (model.bn1.runningVar.value, 5),
            (model.layer1[0].downsample.layers[0].namedParameters[0].parameter.value, 6),
            (model.layer1[0].downsample.layers[0].namedParameters[1].parameter.value, 7),
            (model.fc.weight.value, 10), (model.fc.bias!.value, 11),
        ]
        for (tensor, first) in expected {
            let offset = tensor.elements[0]
            #expect([first, offset].contains(offset), "\(offset)")
            #expect(tensor.elements == tensor.elements.indices.map { Float($0) / 64 + offset })
        }
        #expect(expected.prefix(4).map { $0.0.elements[0] } == [0, 1, 2, 3])
    }

    @Test func readsOtherTypesAndFollowsNoLinks() throws {
        let file = try openWeights(at: Self.recorded("keras-types.h5"))
        #expect(file.format == .kerasHDF5)
        #expect(file.entries.map(\.name) == ["big/kernel", "double/kernel", "half/kernel", "whole/kernel"])
        #expect(file.entries.map(\.type) == [.float32, .float64, .float16, .int64])
        for (entry, first) in zip(file.entries, [2, 1, 0, 3]) {
            #expect(entry.shape == [20, 30])
            #expect(try entry.array().elements == (0..<600).map { Float($0 + first) }, "\(entry.name)")
        }
    }

    /// Nothing that a broken file says ends the process or has memory taken.
    @Test func survivesBrokenFiles() throws {
        let folder = try TemporaryFolder()
        func read(_ bytes: [UInt8]) throws {
            let url = try URL(fileURLWithPath: folder.write("broken.h5", bytes))
            guard let file = try? openWeights(at: url) else { return }
            for entry in file.entries { _ = try? entry.array() }
        }
        for name in ["keras.weights.h5", "keras-types.h5", "keras.keras"] {
            let whole = Array(try Data(contentsOf: Self.recorded(name)))
            for count in stride(from: 0, to: whole.count, by: 1999) { try read(Array(whole[..<count])) }
            var generator = RandomGenerator(seed: 1)
            for _ in 0..<25 {
                var bytes = whole
                for _ in 0..<Int.random(in: 1...8, using: &generator) {
                    bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(
                        in: 0...255, using: &generator)
                }
                try read(bytes)
            }
        }
    }

    @Test func knowsTheNamesOfKerasResNets() throws {
        let rename = WeightConvention.keras.rename
        #expect(
            rename("conv1_conv/kernel") == "conv1.weight" && rename("conv1_bn/moving_variance") == "bn1.running_var")
        #expect(rename("conv2_block1_0_conv/bias") == "layer1.0.downsample.0.bias")
        #expect(rename("conv5_block3_3_bn/gamma") == "layer4.2.bn3.weight")
        #expect(rename("predictions/kernel") == "fc.weight" && rename("head/bias") == "head.bias")
    }
    #else
    @Test func saysThatKerasFilesNeedTheTrait() throws {
        let error = #expect(throws: FileError.self) { try openWeights(at: Self.recorded("keras.weights.h5")) }
        #expect(error?.kind == .unsupported && error?.expected.contains("HDF5") == true)
    }
    #endif
}
