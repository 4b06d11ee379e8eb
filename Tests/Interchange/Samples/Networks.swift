import Foundation
import Martinet
import MartinetONNX
import MartinetZoo

/// Every kind of network of the zoo, by name, made when it is asked for.
let networks: [(name: String, inputShape: [Int], make: @Sendable () -> any Module<Tensor, Tensor>)] = {
    let images = [64, 64, 3]
    let tiny = [32, 32, 3]
    var list: [(String, [Int], @Sendable () -> any Module<Tensor, Tensor>)] = [
        ("plain-cnn", tiny, { PlainCNN(depth: 6) }),
        ("plain-18", images, { ResNet(.resNet18, shortcut: .none) }),
        ("plain-34", images, { ResNet(.resNet34, shortcut: .none) }),
        ("pre-activation-18", images, { PreActivationResNet(.resNet18) }),
        ("pre-activation-50", images, { PreActivationResNet(.resNet50) }),
        ("pre-activation-cifar-20", tiny, { PreActivationResNet.cifar(depth: 20) }),
        ("wide-resnet-50-2", images, { ResNet.wide() }),
        ("resnext-50-32x4d", images, { ResNet.resNeXt() }),
        ("keras-resnet-50", images, { ResNet.keras() }),
        ("densenet-121", images, { DenseNet(.denseNet121) }),
        ("highway", [784], { HighwayNetwork(inputs: 784, depth: 10, classes: 10) }),
        ("functional", [28, 28, 1], functional),
    ]
    for depth in ResNet.Depth.allCases {
        list.append(("resnet-\(depth.rawValue)", images, { ResNet(depth) }))
        if depth.usesBottlenecks {
            list.append(("resnet-\(depth.rawValue)-v1", images, { ResNet(depth, version: .v1) }))
        }
    }
    for shortcut in ResNet.Shortcut.allCases {
        list.append(("cifar-resnet-20-\(shortcut)", tiny, { ResNet.cifar(depth: 20, shortcut: shortcut) }))
    }
    return list
}()

/// The Fashion-MNIST exercise's kind of network, with an activation of each kind.
@Sendable private func functional() -> any Module<Tensor, Tensor> {
    let input = Input(shape: [28, 28, 1])
    var x = MaxPool2D(3, stride: 2, padding: .same)(
        Conv2D(filters: 16, kernelSize: 3, padding: .same, activation: .gelu)(input))
    x = x + BatchNorm()(Conv2D(filters: 16, kernelSize: 3, padding: .same, activation: .silu)(x))
    x = AveragePool2D(2)(LayerNorm(16)(x))
    return Model(inputs: input, outputs: Dense(10, activation: .softmax)(Dense(32, activation: .tanh)(Flatten()(x))))
}

/// Writes a network and what it makes of two batches, for `check_onnx.py`.
func writeNetwork(_ name: String, to folder: URL) throws {
    guard let network = networks.first(where: { $0.name == name }) else {
        throw SampleError(description: "there is no network \(name)")
    }
    let model = network.make()
    let generator = RandomGenerator(seed: 1)
    withoutGradients { _ = model(Tensor.normal([2] + network.inputShape, generator: generator)) }
    for (name, buffer) in model.namedBuffers {
        let shape = buffer.value.shape
        if name.hasSuffix("running_mean") {
            buffer.value = .normal(shape, standardDeviation: 0.3, generator: generator)
        }
        if name.hasSuffix("running_var") { buffer.value = .uniform(shape, in: 0.5..<1.5, generator: generator) }
    }
    for (suffix, change) in variants {
        var options = ONNXExportOptions()
        change(&options)
        try model.exportONNX(
            to: folder.appending(path: "\(name).\(suffix).onnx"), inputShape: [1] + network.inputShape,
            options: options)
    }
    model.eval()
    for batch in [1, 3] {
        let input = Tensor.normal([batch] + network.inputShape, generator: generator)
        let output = withoutGradients { model(input) }
        for (kind, tensor) in [("input", input), ("output", output)] {
            let shape = tensor.shape.map(String.init).joined(separator: "x")
            try tensor.array.withUnsafePointer { Data(bytes: $0, count: 4 * tensor.count) }
                .write(to: folder.appending(path: "\(name).\(kind).\(batch).\(shape).f32"))
        }
    }
}

private let variants: [(String, @Sendable (inout ONNXExportOptions) -> Void)] = [
    ("folded", { _ in }),
    ("unfolded", { $0.foldsBatchNorm = false }),
    ("channels-last", { $0.layout = .channelsLast }),
]
