import Foundation
import Martinet
import MartinetZoo
import Testing

/// The networks of torchvision and Keras, and a few that neither has: names, shapes, logits and gradients.
@Suite(.serialized) struct NetworkReferenceTests {
    /// A network that was recorded, by its name there.
    enum Network: String, CaseIterable {
        case resnet18, resnet34, resnet50, resnet101, resnet152
        case wide = "wide_resnet50_2"
        case resNeXt = "resnext50_32x4d"
        case denseNet = "densenet121"
        case preActivation = "preactivation_resnet50"
        case highway = "highway10"
        case keras = "keras_resnet50"
        case efficientNetLite = "efficientnet_lite0_64"
        case efficientNetLiteOdd = "efficientnet_lite0_60"

        func make(classes: Int) -> any Module<Tensor, Tensor> {
            switch self {
            case .resnet18: ResNet(.resNet18, classes: classes)
            case .resnet34: ResNet(.resNet34, classes: classes)
            case .resnet50: ResNet(.resNet50, classes: classes)
            case .resnet101: ResNet(.resNet101, classes: classes)
            case .resnet152: ResNet(.resNet152, classes: classes)
            case .wide: ResNet.wide(classes: classes)
            case .resNeXt: ResNet.resNeXt(classes: classes)
            case .denseNet: DenseNet(.denseNet121, classes: classes)
            case .preActivation: PreActivationResNet(.resNet50, classes: classes)
            case .highway: HighwayNetwork(inputs: 784, depth: 10, classes: classes)
            case .keras: ResNet.keras(classes: classes)
            case .efficientNetLite, .efficientNetLiteOdd:
                EfficientNetLite(.lite0, classes: classes, stochasticDepth: 0, dropout: 0)
            }
        }

        /// Keras lists its variables in another order.
        var isSorted: Bool { self == .keras }
    }

    @Test(arguments: Network.allCases)
    func namesAndShapes(network: Network) throws {
        let recorded = try RecordedNetwork.load(network.rawValue)
        let model = network.make(classes: recorded.classes)
        #expect(model.parameterCount == recorded.parameterCount)
        let parameters = model.namedParameters.map { RecordedNetwork.Listed(name: $0.name, shape: $0.parameter.shape) }
        let buffers = model.namedBuffers.filter { !$0.name.hasSuffix("num_batches_tracked") }
            .map { RecordedNetwork.Listed(name: $0.name, shape: $0.buffer.value.shape) }
        func ordered(_ list: [RecordedNetwork.Listed]) -> [RecordedNetwork.Listed] {
            network.isSorted ? list.sorted { $0.name < $1.name } : list
        }
        #expect(ordered(parameters) == recorded.parameters)
        #expect(ordered(buffers) == recorded.buffers)
    }

    /// Each variant's, of which Lite0 is compared in numbers too.
    @Test(arguments: EfficientNetLite.Variant.allCases.dropFirst())
    func efficientNetLites(variant: EfficientNetLite.Variant) throws {
        let recorded = try RecordedNetwork.Listing.load("efficientnet_\(variant)")
        let model = EfficientNetLite(variant)
        #expect(model.parameterCount == recorded.parameterCount)
        #expect(
            model.namedParameters.map { RecordedNetwork.Listed(name: $0.name, shape: $0.parameter.shape) }
                == recorded.parameters)
        #expect(
            model.namedBuffers.filter { !$0.name.hasSuffix("num_batches_tracked") }
                .map { RecordedNetwork.Listed(name: $0.name, shape: $0.buffer.value.shape) } == recorded.buffers)
    }

    @Test(arguments: Network.allCases)
    func numbers(network: Network) throws {
        let recorded = try RecordedNetwork.load(network.rawValue)
        let weights = HashedWeights()
        let model = network.make(classes: 10)
        weights.fill(model)
        let images = weights.numbers("images", [2] + recorded.image)
        model.eval()
        let logits = try compare(model, images, weights, recorded.evaluation, "evaluation")
        try comparePrepared(model, images, logits)
        model.train()
        try compare(model, images, weights, recorded.training, "training")
    }

    /// Compares logits and gradients with the recorded ones.
    @discardableResult
    private func compare(
        _ model: any Module<Tensor, Tensor>, _ images: Tensor, _ weights: HashedWeights, _ pass: RecordedNetwork.Pass,
        _ mode: String
    ) throws -> Tensor {
        model.zeroGradients()
        let logits = model(images)
        let error = distance(logits.elements.map(Double.init), pass.logits) / norm(pass.logits)
        #expect(error < 1e-4, "logits in \(mode): a relative error of \(error)")
        (logits * weights.numbers("loss", logits.shape)).sum().backward()
        let parameters = Dictionary(uniqueKeysWithValues: model.namedParameters.map { ($0.name, $0.parameter) })
        #expect(parameters.count == pass.gradients.count)
        let total = norm(pass.gradients.map(\.norm))
        // In training mode a normalisation hands roundings on to all pixels, and a sum on the other side of 0 opens or shuts
        // its ReLU, which is felt in all layers before it. PyTorch's own gradients in single precision are off by
        // `singlePrecisionError` for that, and which sums these are changes with every rounding. Most gradients agree as well as in
        // evaluation mode all the same, which the median says.
        let tolerance =
            pass.singlePrecisionError.map { (norm: max(1e-3, 4 * $0), samples: max(1e-2, 4 * $0)) }
            ?? (norm: 1e-4, samples: 1e-4)
        var problems: [String] = []
        var differences: [Double] = []
        for expected in pass.gradients {
            let found = try #require(parameters[expected.name]?.gradient, "the gradient by \(expected.name)")
            let length = Double((found * found).sum().scalar).squareRoot()
            if expected.norm < 1e-8 * total {
                // A bias that the normalisation behind it takes away again: 0 but for rounding.
                if !(length < 1e-5 * total) { problems.append("\(expected.name): a norm of \(length), not 0") }
                continue
            }
            let samples = expected.samples.indices.map { place in
                Double(found.reshaped([-1])[found.count * (2 * place + 1) / (2 * expected.samples.count)].scalar)
            }
            let typical = expected.norm / Double(found.count).squareRoot()
            let byNorm = abs(length - expected.norm) / expected.norm
            let bySamples = distance(samples, expected.samples) / max(norm(expected.samples), typical)
            differences.append(byNorm)
            if !(byNorm < tolerance.norm && bySamples < tolerance.samples) {
                problems.append("\(expected.name): off by \(byNorm) in norm and \(bySamples) in three elements")
            }
        }
        let median = differences.sorted()[differences.count / 2]
        #expect(median < 1e-4, "norms of gradients in \(mode): a median difference of \(median)")
        #expect(problems.isEmpty, "gradients in \(mode): \(problems.count) of \(pass.gradients.count) differ")
        return logits
    }

    /// The model made ready for inference gives what it gives in evaluation mode.
    private func comparePrepared(_ model: any Module<Tensor, Tensor>, _ images: Tensor, _ expected: Tensor) throws {
        let prepared = try model.forInference(inputShape: images.shape)
        let expected = expected.elements.map(Double.init)
        let error = distance(prepared(images).elements.map(Double.init), expected) / norm(expected)
        #expect(error < 1e-5, "prepared for inference: a relative error of \(error)")
    }

    private func norm(_ values: [Double]) -> Double { values.reduce(0) { $0 + $1 * $1 }.squareRoot() }

    private func distance(_ a: [Double], _ b: [Double]) -> Double {
        a.count == b.count ? norm(zip(a, b).map { $0 - $1 }) : .infinity
    }
}
