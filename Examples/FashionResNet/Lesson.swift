import Martinet
import MartinetVision

/// The introduction's network: pixels in, two dense layers, a probability for each class out.
func denseModel() -> Model {
    let input = Input(shape: [28, 28, 1])
    var x = Flatten()(input)
    x = Dense(300, activation: .relu, initializer: .heNormal, biasInitializer: .zeros)(x)
    x = Dense(100, activation: .relu, initializer: .heNormal, biasInitializer: .zeros)(x)
    return Model(inputs: input, outputs: classProbabilities(x))
}

/// Two convolutions whose result is added to what went in, so that the block need only learn the difference.
///
/// Without the `shortcut` it is the plain block that the exercise compares it with.
func residualBlock(_ x: SymbolicTensor, filters: Int, shortcut: Bool = true) -> SymbolicTensor {
    var y = convolution(x, filters: filters)
    y = relu(BatchNorm.keras()(y))
    y = BatchNorm.keras()(convolution(y, filters: filters))
    return relu(shortcut ? x + y : y)
}

/// The exercise's network: a convolution, two blocks, and two dense layers, with two poolings between.
func residualModel(shortcuts: Bool = true) -> Model {
    let input = Input(shape: [28, 28, 1])
    var x = relu(convolution(input, filters: 64))
    x = MaxPool2D(2)(x)
    x = residualBlock(x, filters: 64, shortcut: shortcuts)
    x = residualBlock(x, filters: 64, shortcut: shortcuts)
    x = Flatten()(MaxPool2D(2)(x))
    x = Dense(256, activation: .relu, initializer: .heNormal, biasInitializer: .zeros)(x)
    return Model(inputs: input, outputs: classProbabilities(x))
}

private func convolution(_ x: SymbolicTensor, filters: Int) -> SymbolicTensor {
    Conv2D(filters: filters, kernelSize: 3, padding: .same, initializer: .heNormal, biasInitializer: .zeros)(x)
}

private func classProbabilities(_ x: SymbolicTensor) -> SymbolicTensor {
    Dense(10, activation: .softmax, initializer: .heNormal, biasInitializer: .zeros)(x)
}

/// Fashion-MNIST, each pixel standardised by what it is in the training images.
struct ClothesData {
    let train, validation: TransformedDataset<Subset<ArrayDataset<Int>>>
    let test: TransformedDataset<ArrayDataset<Int>>

    /// - Parameters:
    ///   - data: a fifth of whose training images is set aside for validation.
    ///   - limit: how many of the training images to use, validation included.
    init(_ data: FashionMNIST, limit: Int) {
        let images = data.train.prefix(limit * 8 / 10)
        let standardize = Standardization(fitting: images, per: .pixel)
        train = images.transformed(by: standardize)
        validation = data.validation.prefix(limit - limit * 8 / 10).transformed(by: standardize)
        test = data.test.transformed(by: standardize)
    }
}

/// Trains `model` with plain SGD.
func train(
    _ model: Model, on data: ClothesData, epochs: Int, batchSize: Int, learningRate: Float, options: FitOptions
) throws -> History {
    try model.fit(
        data.train, epochs: epochs, batchSize: batchSize, validation: data.validation,
        loss: .sparseCategoricalCrossEntropy, optimizer: SGD(model, learningRate: learningRate), options: options)
}

/// The accuracy of `model` on the 10,000 test images.
func accuracyOnTestImages(of model: Model, _ data: ClothesData, batchSize: Int) -> Double {
    evaluate(model, on: data.test, batchSize: batchSize, loss: .sparseCategoricalCrossEntropy).accuracy
}
