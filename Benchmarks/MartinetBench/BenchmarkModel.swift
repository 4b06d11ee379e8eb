import ArgumentParser
import Martinet
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

    func make() -> any Module {
        switch self {
        case .fashion: fashionNetwork()
        case .cifarResNet20: ResNet.cifar(depth: 20)
        case .resNet18: ResNet(.resNet18)
        case .resNet34: ResNet(.resNet34)
        case .resNet50: ResNet(.resNet50)
        case .resNet101: ResNet(.resNet101)
        case .resNet152: ResNet(.resNet152)
        }
    }
}

/// The network of the Fashion-MNIST exercise, with logits for outputs.
private func fashionNetwork() -> Model {
    func convolution(_ x: SymbolicTensor) -> SymbolicTensor { Conv2D(filters: 64, kernelSize: 3, padding: .same)(x) }
    func block(_ x: SymbolicTensor) -> SymbolicTensor {
        let y = relu(BatchNorm()(convolution(x)))
        return relu(x + BatchNorm()(convolution(y)))
    }
    let input = Input(shape: [28, 28, 1])
    var x = MaxPool2D(2)(relu(convolution(input)))
    x = MaxPool2D(2)(block(block(x)))
    return Model(inputs: input, outputs: Dense(10)(Dense(256, activation: .relu)(Flatten()(x))))
}
