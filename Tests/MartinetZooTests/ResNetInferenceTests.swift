import Martinet
import MartinetZoo
import Testing

@Suite struct ResNetInferenceTests {
    /// A model with normalisations that matter, prepared and as it is.
    private func check(_ model: ResNet, size: Int) throws {
        let generator = RandomGenerator(seed: 5)
        for (name, buffer) in model.namedBuffers {
            let shape = buffer.value.shape
            if name.hasSuffix("running_mean") {
                buffer.value = .normal(shape, standardDeviation: 0.3, generator: generator)
            }
            if name.hasSuffix("running_var") { buffer.value = .uniform(shape, in: 0.5..<1.5, generator: generator) }
        }
        let prepared = try model.forInference(inputShape: [1, size, size, 3])
        // Every normalisation, sum and ReLU is part of a convolution.
        #expect(prepared.steps.allSatisfy { $0.hasPrefix("conv2D") || ["maxPool2D", "mean", "matmul"].contains($0) })
        model.eval()
        for batch in [1, 2, 3] {
            let x = Tensor.normal([batch, size, size, 3], generator: generator)
            let expected = withoutGradients { model(x) }
            let found = prepared(x)
            #expect(found.shape == expected.shape)
            let difference = (found - expected).elements.reduce(0) { $0 + Double($1 * $1) }
            let norm = expected.elements.reduce(0) { $0 + Double($1 * $1) }
            #expect((difference / norm).squareRoot() < 1e-5, "batch \(batch)")
        }
    }

    @Test func resNet18() throws { try check(ResNet(.resNet18, classes: 10), size: 64) }
    @Test func resNet50() throws { try check(ResNet(.resNet50, classes: 10), size: 64) }
    @Test func cifarResNet20() throws { try check(ResNet.cifar(depth: 20), size: 32) }
}
