import Martinet
import MartinetVision

/// Two 3x3 convolutions whose result is added to what went in, which a 1x1 convolution brings to its shape where need be.
final class Residual: Module {
    let conv1, conv2: Conv2D
    let conv3: Conv2D?
    let bn1, bn2: BatchNorm

    init(_ inputChannels: Int, _ channels: Int, use1x1Conv: Bool = false, stride: Int = 1) {
        conv1 = Conv2D(inputChannels, channels, kernelSize: 3, stride: Size2D(stride), padding: 1)
        conv2 = Conv2D(channels, channels, kernelSize: 3, padding: 1)
        conv3 = use1x1Conv ? Conv2D(inputChannels, channels, kernelSize: 1, stride: Size2D(stride)) : nil
        bn1 = BatchNorm(channels)
        bn2 = BatchNorm(channels)
    }

    func callAsFunction(_ x: Tensor) -> Tensor {
        let y = bn2(conv2(relu(bn1(conv1(x)))))
        return relu(y + (conv3?(x) ?? x))
    }
}

/// Several residual blocks, the first of which halves the image; not in a network's first stage, after a pooling.
func resnetBlock(_ inputChannels: Int, _ channels: Int, residuals: Int, isFirst: Bool = false) -> Sequential {
    Sequential {
        for index in 0..<residuals {
            if index == 0 && !isFirst {
                Residual(inputChannels, channels, use1x1Conv: true, stride: 2)
            } else {
                Residual(channels, channels)
            }
        }
    }
}

/// ResNet-18 for images of one channel.
func resNet18() -> Sequential {
    Sequential {
        Sequential {
            Conv2D(1, 64, kernelSize: 7, stride: 2, padding: 3)
            BatchNorm(64)
            ReLU()
            MaxPool2D(3, stride: 2, padding: 1)
        }
        resnetBlock(64, 64, residuals: 2, isFirst: true)
        resnetBlock(64, 128, residuals: 2)
        resnetBlock(128, 256, residuals: 2)
        resnetBlock(256, 512, residuals: 2)
        GlobalAveragePool2D()
        Dense(512, 10)
    }
}

/// The shape after each layer of `model`, for an input of `shape`.
func shapes(of model: Sequential, for shape: [Int]) -> [[Int]] {
    withoutGradients {
        var x = Tensor.uniform(shape)
        return model.layers.map { layer in
            x = layer(x)
            return x.shape
        }
    }
}

/// Trains `model` on images of clothes, enlarged to 96x96.
func train(
    _ model: Sequential, on images: Subset<ArrayDataset<Int>>, test: Subset<ArrayDataset<Int>>, epochs: Int,
    batchSize: Int, learningRate: Float, options: FitOptions
) throws -> History {
    try model.fit(
        images.transformed(by: Resize(96)), epochs: epochs, batchSize: batchSize,
        validation: test.transformed(by: Resize(96)), optimizer: SGD(model, learningRate: learningRate),
        options: options)
}
