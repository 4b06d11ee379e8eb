import Martinet

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
