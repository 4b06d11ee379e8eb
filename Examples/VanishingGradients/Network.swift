import Martinet

/// What distinguishes one network of the experiment from another.
struct Configuration: Encodable, Hashable {
    enum Function: String, CaseIterable, Encodable {
        case sigmoid, tanh, relu

        var activation: Activation {
            switch self {
            case .sigmoid: .sigmoid
            case .tanh: .tanh
            case .relu: .relu
            }
        }

        /// The first weights that the function is usually given: Glorot's, and He's for rectifiers.
        var initializer: Initializer { self == .relu ? .kaimingNormal() : .xavierNormal() }
    }

    let function: Function
    let isResidual: Bool
    let hasBatchNorm: Bool
    let depth: Int

    /// "relu residual BatchNorm"
    var name: String {
        function.rawValue + (isResidual ? " residual" : " plain") + (hasBatchNorm ? " BatchNorm" : "")
    }
}

/// A first layer from the pixels, `depth` layers that are all alike, and a last one to the classes.
final class DeepNetwork: Module {
    let first: Dense
    let layers: [DeepLayer]
    let last: Dense

    init(_ configuration: Configuration, inputs: Int = 784, width: Int = 64, classes: Int = 10) {
        first = Dense(inputs, width)
        layers = (0..<configuration.depth).map { _ in DeepLayer(configuration, width: width) }
        last = Dense(width, classes)
    }

    func callAsFunction(_ images: Tensor) -> Tensor {
        last(layers.reduce(first(images.flattened(startAxis: 1))) { x, layer in layer(x) })
    }
}

/// y = f(Wx + b), with a normalisation before f or without; the residual layer gives x + y instead of y.
final class DeepLayer: Module {
    let dense: Dense
    let norm: BatchNorm?
    private let activation: Activation
    private let isResidual: Bool

    init(_ configuration: Configuration, width: Int) {
        dense = Dense(width, width, initializer: configuration.function.initializer, biasInitializer: .zeros)
        norm = configuration.hasBatchNorm ? BatchNorm(width) : nil
        activation = configuration.function.activation
        isResidual = configuration.isResidual
    }

    func callAsFunction(_ x: Tensor) -> Tensor {
        let product = dense(x)
        let y = activation(norm?(product) ?? product)
        return isResidual ? x + y : y
    }
}
