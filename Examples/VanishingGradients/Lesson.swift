import Martinet
import MartinetVision

/// The choices by which the networks of the experiment differ.
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

/// The data, and how each network is trained on it and measured.
struct Experiment {
    let train: [Batch<Tensor, Int>]
    let test: TransformedDataset<Subset<ArrayDataset<Int>>>
    let learningRate: Float
    let seed: UInt64

    /// How often the gradients are noted during the training.
    private let notes = 20

    /// - Parameter shouldStop: asked before each step; the measurement is then nil.
    func measure(_ configuration: Configuration, shouldStop: () -> Bool) throws -> Measurement? {
        manualSeed(seed)
        let network = DeepNetwork(configuration)
        let values = try singularValues(of: network, at: train[0].images)
        let optimizer = SGD(network, learningRate: learningRate, momentum: 0.9)
        var result: Measurement?
        for (step, batch) in train.enumerated() {
            guard !shouldStop() else { return nil }
            let loss = crossEntropy(network(batch.images), batch.labels)
            guard loss.scalar.isFinite else {
                result?.divergedAt = step
                break
            }
            loss.backward()
            if step == 0 || step == train.count - 1 || step % max(1, train.count / notes) == 0 {
                let norms = gradientNorms(of: network)
                var noted =
                    result ?? Measurement(configuration: configuration, gradientsBefore: norms, singularValues: values)
                noted.steps.append(step)
                noted.firstGradients.append(norms[0])
                noted.lastGradients.append(norms[norms.count - 1])
                noted.gradientsAfter = norms
                if step == 0 { noted.lossBefore = Double(loss.scalar) }
                noted.lossAfter = Double(loss.scalar)
                result = noted
            }
            optimizer.step()
        }
        if result?.divergedAt == nil { result?.accuracy = evaluate(network, on: test).accuracy }
        return result
    }
}
