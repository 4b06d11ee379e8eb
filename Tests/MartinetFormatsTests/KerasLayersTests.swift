#if HDF5
import Foundation
import Martinet
import MartinetFormats
import Testing

/// Files of Keras's whose layers lack something, or have no names; Tests/References/keras_layers.py records them.
///
/// Element number i of the variable number n of a model is i / 64 + n.
@Suite struct KerasLayersTests {
    final class WithoutScale: Module {
        let c = Conv2D(3, 4, kernelSize: 3)
        let bn = BatchNorm(4)
        let d = Dense(144, 2)

        func callAsFunction(_ x: Tensor) -> Tensor { d(Flatten()(bn(c(x)))) }
    }

    /// Whether a tensor is the variable number `number`, in the file's order of elements.
    static func isVariable(_ tensor: Tensor, _ number: Int) -> Bool {
        tensor.elements == tensor.elements.indices.map { Float($0) / 64 + Float(number) }
    }

    @Test(arguments: [
        "no-scale.keras", "no-scale.weights.h5", "no-scale-whole.h5", "nameless.keras", "nameless.weights.h5",
    ])
    func takesOnesForAGammaThatIsNotThere(name: String) throws {
        let model = WithoutScale()
        let report = try model.load(from: KerasTests.recorded(name))
        #expect(report.isComplete && report.loaded.count == 8)
        #expect(Self.isVariable(model.c.weight.value, 0) && Self.isVariable(model.c.bias!.value, 1))
        #expect(model.bn.weight!.value.elements == [1, 1, 1, 1])
        #expect(Self.isVariable(model.bn.bias!.value, 2) && Self.isVariable(model.bn.runningMean.value, 3))
        #expect(Self.isVariable(model.bn.runningVar.value, 4))
        #expect(Self.isVariable(model.d.weight.value, 5) && Self.isVariable(model.d.bias!.value, 6))
        #expect(report.notes.contains { $0.contains("no gamma in the file; ones are taken") })
        #expect(report.notes.contains { $0.contains("scale=False") } == name.hasSuffix("weights.h5"))
        #expect(report.notes.contains { $0.contains("by order") } == (name == "nameless.weights.h5"))
    }

    @Test func ordersArraysByTheConfiguration() throws {
        for name in ["no-scale.keras", "nameless.keras"] {
            let file = try openWeights(at: KerasTests.recorded(name))
            #expect(
                file.entries.map(\.name) == [
                    "c/kernel", "c/bias", "bn/beta", "bn/moving_mean", "bn/moving_variance", "d/kernel", "d/bias",
                    "bn/gamma",
                ])
        }
        let bare = try openWeights(at: KerasTests.recorded("nameless.weights.h5"))
        #expect(bare["conv2d/kernel"]?.shape == [3, 3, 3, 4] && bare["dense/bias"]?.shape == [2])
    }

    final class Kernels: Module {
        final class Separable: Module {
            let depthwise = Conv2D(8, 8, kernelSize: 3, groups: 8, bias: false)
            let pointwise = Conv2D(8, 5, kernelSize: 1)

            func callAsFunction(_ x: Tensor) -> Tensor { pointwise(depthwise(x)) }
        }

        let a = Conv2D(3, 4, kernelSize: 1)
        let b = BatchNorm(4)
        let depthwise = Conv2D(4, 8, kernelSize: 3, groups: 4)
        let separable = Separable()
        let norm = LayerNorm(5)
        let last = Conv2D(5, 4, kernelSize: 1)

        func callAsFunction(_ x: Tensor) -> Tensor { last(norm(separable(depthwise(b(a(x)))))) }
    }

    @Test(arguments: ["kernels.keras", "kernels-nameless.keras"])
    func knowsDepthwiseAndSeparableKernels(name: String) throws {
        let model = Kernels()
        let report = try model.load(from: KerasTests.recorded(name))
        #expect(report.isComplete, "\(report)")
        #expect(Self.isVariable(model.a.weight.value, 0) && Self.isVariable(model.b.weight!.value, 2))
        #expect(model.b.bias!.value.elements == [0, 0, 0, 0] && Self.isVariable(model.b.runningVar.value, 4))
        // Keras's [3, 3, 4, 2]: the outputs of an input side by side.
        #expect(model.depthwise.weight.value.shape == [3, 3, 1, 8] && Self.isVariable(model.depthwise.weight.value, 5))
        #expect(Self.isVariable(model.separable.depthwise.weight.value, 7))
        #expect(Self.isVariable(model.separable.pointwise.weight.value, 8))
        #expect(Self.isVariable(model.separable.pointwise.bias!.value, 9))
        #expect(Self.isVariable(model.norm.bias!.value, 10) && model.norm.weight!.value.elements == [1, 1, 1, 1, 1])
        #expect(Self.isVariable(model.last.weight.value, 11))
    }

    final class Network: Module {
        let stem = Conv2D(3, 4, kernelSize: 3)
        let norm = BatchNorm(4)
        let body = Conv2D(4, 4, kernelSize: 3)
        let hidden = Dense(16, 4)
        let head = Dense(4, 2)

        func callAsFunction(_ x: Tensor) -> Tensor { head(hidden(Flatten()(body(norm(stem(x)))))) }
    }

    @Test(arguments: ["automatic.keras", "automatic.weights.h5", "automatic.h5"])
    func matchesAutomaticNamesByOrder(name: String) throws {
        let model = Network()
        let report = try model.load(from: KerasTests.recorded(name))
        #expect(report.isComplete && report.loaded.count == 12)
        let tensors = [
            model.stem.weight.value, model.stem.bias!.value, model.norm.weight!.value, model.norm.bias!.value,
            model.norm.runningMean.value, model.norm.runningVar.value, model.body.weight.value, model.body.bias!.value,
            model.hidden.weight.value, model.hidden.bias!.value, model.head.weight.value, model.head.bias!.value,
        ]
        for (number, tensor) in tensors.enumerated() { #expect(Self.isVariable(tensor, number)) }
        #expect(report.notes.contains { $0.contains("conv2d_9/kernel for stem.weight") })
    }

    /// Where shapes or counts do not fit, nothing is guessed.
    @Test func guessesNothing() throws {
        final class Other: Module {
            let stem = Conv2D(3, 4, kernelSize: 3)
            let norm = BatchNorm(4)
            let body = Conv2D(4, 4, kernelSize: 3)
            let hidden = Dense(16, 4)
            let head = Dense(4, 3)

            func callAsFunction(_ x: Tensor) -> Tensor { x }
        }
        let error = #expect(throws: WeightMismatch.self) {
            try Other().load(from: KerasTests.recorded("automatic.keras"))
        }
        #expect(error?.report.missing.count == 12 && error?.report.unexpected.count == 12)
        #expect(throws: WeightMismatch.self) { try WithoutScale().load(from: KerasTests.recorded("automatic.keras")) }
    }

    @Test func callsALayerAsItsOuterGroup() throws {
        let file = try openWeights(at: KerasTests.recorded("renamed.h5"))
        #expect(file.entries.map(\.name) == ["head/bias", "head/kernel", "stem/bias", "stem/kernel"])
        let head = Sequential { Dense(2, 3) }
        #expect(throws: WeightMismatch.self) { try head.load(file) }
    }
}
#endif
