import ArgumentParser
import Martinet
import MartinetCommand
import MartinetZoo

/// The networks that can be timed by name.
enum BenchmarkModel: String, CaseIterable, ExpressibleByArgument {
    case fashion
    case cifarResNet20 = "cifar-resnet20"
    case resNet18 = "resnet18"
    case resNet34 = "resnet34"
    case resNet50 = "resnet50"
    case resNet101 = "resnet101"
    case resNet152 = "resnet152"
    case wideResNet50 = "wide_resnet50_2"
    case denseNet121 = "densenet121"

    /// The height and width that the network is made for.
    var imageSize: Int {
        switch self {
        case .fashion: 28
        case .cifarResNet20: 32
        default: 224
        }
    }

    var channels: Int { self == .fashion ? 1 : 3 }

    var classes: Int {
        switch self {
        case .fashion, .cifarResNet20: 10
        default: 1000
        }
    }

    /// Stops with a message unless the network takes images of `size`; nil is the size that it is made for.
    func check(size: Int?) throws {
        guard let size else { return }
        try checkOption("--size", size, 8...4096)
        if self == .fashion, size != 28 {
            throw ValidationError("--size is \(size), but the fashion network takes images of 28x28 only")
        }
    }

    func make() -> any Module<Tensor, Tensor> {
        switch self {
        case .fashion: Self.fashionNetwork { BatchNorm() }
        case .cifarResNet20: ResNet.cifar(depth: 20)
        default: NamedModel(rawValue)!.make()
        }
    }
}

/// The kinds of a step.
enum StepMode: String, ExpressibleByArgument, CaseIterable {
    case train, infer

    /// The directions of each convolution that a step computes.
    var directions: [ConvolutionDirection] { self == .train ? ConvolutionDirection.allCases : [.forward] }

    /// The textbook's floating-point operations for a step of `network` with images of `imageShape`, batch axis included:
    /// two for each multiply-add of a convolution or a fully connected layer, forward and, in training, for both
    /// gradients. Nothing needs the gradient by the images.
    func operations(of network: any Module<Tensor, Tensor>, imageShape: [Int]) -> Double {
        let convolutions = network.convolutions(inputShape: [1] + imageShape.dropFirst()).map(\.geometry.operations)
        let dense = network.namedModules.compactMap { ($0.module as? Dense)?.weight.count }.map { 2 * Double($0) }
        let forward = (convolutions + dense).reduce(0, +)
        return Double(imageShape[0]) * (self == .train ? 3 * forward - (convolutions.first ?? 0) : forward)
    }
}

extension BenchmarkModel {
    /// The network of the Fashion-MNIST exercise, with logits for outputs.
    static func fashionNetwork(normalization: () -> BatchNorm) -> Model {
        func convolution(_ x: SymbolicTensor) -> SymbolicTensor {
            Conv2D(filters: 64, kernelSize: 3, padding: .same)(x)
        }
        func block(_ x: SymbolicTensor) -> SymbolicTensor {
            let y = relu(normalization()(convolution(x)))
            return relu(x + normalization()(convolution(y)))
        }
        let input = Input(shape: [28, 28, 1])
        var x = MaxPool2D(2)(relu(convolution(input)))
        x = MaxPool2D(2)(block(block(x)))
        return Model(inputs: input, outputs: Dense(10)(Dense(256, activation: .relu)(Flatten()(x))))
    }
}
