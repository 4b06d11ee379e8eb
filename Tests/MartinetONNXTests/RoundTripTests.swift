import Foundation
import Martinet
import MartinetONNX
import MartinetZoo
import Testing

/// One of each operation that can be exported and that no network of the zoo has.
private final class Assorted: Module {
    let conv = Conv2D(4, 6, kernelSize: 3, padding: .same, dilation: 2, activation: .gelu)
    let norm = LayerNorm(6)
    let group = GroupNorm(groups: 2, channels: 6)
    let bn = BatchNorm(6)
    let pixels = Dense(6, 4, activation: .silu)
    let tokens = Dense(4, 5)
    let rows = BatchNorm(5)
    let fc = Dense(3 * 2 * 5, 3, activation: .softmax)

    func callAsFunction(_ x: Tensor) -> Tensor {
        let y = bn(group(norm(conv(x)))) - x.mean(axes: [3], keepingAxes: true)
        let z = averagePool2D(maxPool2D(y, kernelSize: 3, stride: 2, padding: 1), kernelSize: 2, ceilMode: true)
        let u = softplus(pixels(z)) * 0.5 + clamp(z.sum(axes: [-1], keepingAxes: true), low: -1, high: 1)
        let v = 1 - leakyReLU(u.permuted([0, 2, 1, 3]).reshaped([x.shape[0], -1, 4]))
        let w = rows(tanh(tokens(exp(-abs(v)))))
        let scores = matmul(w, w, transposeB: true)
        let mixed = matmul(softmax(scores), w) / sqrt(square(w).sum(axes: [2], keepingAxes: true) + 1)
        return log(fc(mixed.flattened(startAxis: 1)) + 1) * Tensor([1, 2, 3])
    }
}

/// Every activation that can be exported.
private final class Activations: Module {
    let slopes = PReLU(count: 4)

    func callAsFunction(_ x: Tensor) -> Tensor {
        let smooth = elu(x, alpha: 0.7) + selu(x) + celu(x, alpha: 0.6) + mish(x) + softsign(x) + logSigmoid(x)
        let hard = relu6(x) + hardswish(x) + hardsigmoid(x) + softshrink(x, lambda: 0.3) + slopes(x)
        return smooth * hard + floor(x * 3) + ceil(x * 2) + round(x * 4) + expm1(x) + log1p(sigmoid(x))
    }
}

/// Parts, extremes and repetitions.
private final class Parts: Module {
    func callAsFunction(_ x: Tensor) -> Tensor {
        let part = x[.all, 1..<3, 0..., 2...]
        let peak = x.max(axes: [1, 2], keepingAxes: true)[.all, 0..., 0..., 1..<5]
        let low = x.min(axes: [3], keepingAxes: true).selecting([2, 0], axis: 1).broadcast(to: part.shape)
        let ends = maximum(part, sin(low)) * minimum(part, cos(part)) + peak
        return ends[.all, 0, 1..., 0].flattened(startAxis: 1)
    }
}

@Suite struct RoundTripTests {
    /// Exported and imported, a model gives the same.
    private func check(
        _ model: some Module<Tensor, Tensor>, _ inputShape: [Int], sourceLocation: SourceLocation = #_sourceLocation
    )
        throws
    {
        let generator = RandomGenerator(seed: 2)
        withoutGradients { _ = model(Tensor.normal([2] + inputShape, generator: generator)) }
        // Seeded, and biases of one sign: logits that are all next to nothing would have a large relative error.
        for parameter in model.parameters {
            let shape = parameter.value.shape
            let bound = shape.count > 1 ? (3 * Float(shape.last!) / Float(parameter.value.count)).squareRoot() : 1
            parameter.value = .uniform(shape, in: (shape.count > 1 ? -bound : 0.5)..<bound, generator: generator)
        }
        for (name, buffer) in model.namedBuffers where !name.hasSuffix("num_batches_tracked") {
            buffer.value = .uniform(buffer.value.shape, in: 0.5..<1.5, generator: generator)
        }
        model.eval()
        for layout in [ONNXExportOptions.Layout.channelsFirst, .channelsLast] {
            for foldsBatchNorm in [true, false] {
                var options = ONNXExportOptions()
                (options.layout, options.foldsBatchNorm) = (layout, foldsBatchNorm)
                let imported = try ONNXModel(
                    data: try model.onnxData(inputShape: [1] + inputShape, options: options))
                #expect(imported.inputs[0].shape.dropFirst().map { $0 } == inputShape, sourceLocation: sourceLocation)
                for batch in [1, 3] {
                    let x = Tensor.normal([batch] + inputShape, generator: generator)
                    let (found, expected) = withoutGradients { (imported(x), model(x)) }
                    #expect(relativeError(found, expected) < 2e-5, sourceLocation: sourceLocation)
                }
            }
        }
    }

    @Test func resNets() throws {
        for shortcut in ResNet.Shortcut.allCases {
            try check(ResNet.cifar(depth: 8, shortcut: shortcut), [8, 8, 3])
        }
        try check(PreActivationResNet.cifar(depth: 8), [8, 8, 3])
    }

    @Test func activations() throws {
        try check(Activations(), [5, 3, 4])
        try check(Activations(), [4])
    }

    @Test func partsAndExtremes() throws { try check(Parts(), [4, 5, 6]) }

    @Test func bottlenecks() throws {
        var configuration = ResNet.Configuration(blocks: [1, 1], widths: [8, 16], usesBottlenecks: true)
        for version in ResNet.Version.allCases {
            configuration.version = version
            try check(ResNet(configuration, classes: 5), [32, 32, 3])
        }
        configuration.groups = 4
        try check(ResNet(configuration, classes: 5), [32, 32, 3])
        configuration.layers = .keras
        try check(ResNet(configuration, classes: 5), [32, 32, 3])
    }

    @Test func relatives() throws {
        try check(PlainCNN(depth: 3, inputShape: [8, 8, 3]), [8, 8, 3])
        try check(DenseNet(blocks: [2, 2], growth: 4, stemChannels: 8, classes: 5), [32, 32, 3])
        try check(HighwayNetwork(inputs: 6, width: 4, depth: 3, classes: 2), [6])
    }

    @Test func everyOtherOperation() throws { try check(Assorted(), [10, 7, 4]) }

    @Test func throughAFile() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "martinet-onnx-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let url = folder.appending(path: "dense.onnx")
        let model = Dense(3, 2)
        try model.exportONNX(to: url, inputShape: [1, 3])
        let x = Tensor([[1, 2, 3]])
        #expect(try ONNXModel(contentsOf: url)(x).elements == model(x).elements)
    }
}
