import Martinet
import Testing

/// One layer under two names.
private final class Tied: Module {
    let encoder: Dense
    let decoder: Dense

    init() {
        encoder = Dense(2, 2)
        decoder = encoder
        // The transpose of PyTorch's.
        encoder.weight.value = Tensor([[0.5, 0.75], [-0.25, 1]])
        encoder.bias!.value = Tensor([0.1, -0.2])
    }

    func callAsFunction(_ x: Tensor) -> Tensor { decoder(tanh(encoder(x))) }
}

/// As PyTorch 2 trains and lists the same module.
@Suite struct TiedLayerTests {
    @Test func parametersAreListedOnceByTheFirstName() {
        let model = Tied()
        #expect(model.namedParameters.map(\.name) == ["encoder.weight", "encoder.bias"])
        #expect(model.parameterCount == 6)
        #expect(model.namedModules.map(\.name) == ["", "encoder"])
        #expect(SGD(model, learningRate: 0.1).groups[0].parameters.count == 2)
    }

    @Test func gradientsOfBothUsesAddUp() {
        let model = Tied()
        let x = Tensor([[1, 2], [-1, 0.5]])
        mseLoss(model(x), x).backward()
        let weight: [Float] = [-0.7388520836830139, 0.9986696243286133, -2.254061222076416, -0.6240658760070801]
        let bias: [Float] = [-1.0019878149032593, -2.0292739868164062]
        #expect(relativeError(model.encoder.weight.gradient!.elements, weight) < 1e-6)
        #expect(relativeError(model.decoder.bias!.gradient!.elements, bias) < 1e-6)
    }

    @Test func trainsAsPyTorchDoes() throws {
        let model = Tied()
        let x = Tensor([[1, 2], [-1, 0.5]])
        let data = ArrayDataset(images: x, labels: [0, 0]).map { input, _ in (input, input) }
        let history = try model.fit(
            data, epochs: 3, batchSize: 2, loss: .meanSquaredError,
            optimizer: SGD(model, learningRate: 0.1, momentum: 0.9),
            options: FitOptions(shuffle: false, progress: .silent))
        let losses = [1.406857967376709, 0.5581240057945251, 0.35373178124427795]
        #expect(zip(history.values(of: .loss), losses).allSatisfy { abs($0 - $1) < 1e-6 })
        let weight: [Float] = [0.8478856682777405, 0.4146018326282501, 0.43889662623405457, 1.250596046447754]
        #expect(relativeError(model.decoder.weight.value.elements, weight) < 1e-6)
        #expect(relativeError(model.encoder.bias!.value.elements, [0.2511008381843567, 0.5556079745292664]) < 1e-6)
        #expect(model.encoder.weight === model.decoder.weight)
    }

    @Test func weightsAndModesReachBothNames() {
        let (source, target) = (Tied(), Tied())
        source.encoder.weight.value = .ones([2, 2])
        target.copyWeights(from: source)
        #expect(target.decoder.weight.value.elements == [1, 1, 1, 1])
        let snapshot = WeightSnapshot(of: target)
        target.decoder.weight.value = .zeros([2, 2])
        snapshot.restore()
        #expect(target.encoder.weight.value.elements == [1, 1, 1, 1])
        target.freeze()
        #expect(target.decoder.weight.isFrozen && target.trainableParameterCount == 0)
    }
}
