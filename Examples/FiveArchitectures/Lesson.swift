import Martinet

/// Either of the two blocks, with the number of channels that come out for one of a stage's width.
protocol Block: Module where Input == Tensor, Output == Tensor {
    static var expansion: Int { get }
    init(_ inputChannels: Int, width: Int, stride: Int)
}

/// The building block of ResNet-18 and 34: two 3x3 convolutions.
final class BuildingBlock: Block {
    static let expansion = 1
    let conv1, conv2: Conv2D
    // One for each convolution: each learns its own scale and shift, and keeps the statistics of its own input.
    let bn1, bn2: BatchNorm
    let downsample: Sequential?

    init(_ inputChannels: Int, width: Int, stride: Int = 1) {
        conv1 = Conv2D(inputChannels, width, kernelSize: 3, stride: Size2D(stride), padding: 1, bias: false)
        bn1 = BatchNorm(width)
        conv2 = Conv2D(width, width, kernelSize: 3, padding: 1, bias: false)
        bn2 = BatchNorm(width)
        downsample = projection(inputChannels, width, stride: stride)
    }

    func callAsFunction(_ x: Tensor) -> Tensor {
        let y = bn2(conv2(relu(bn1(conv1(x)))))
        return relu(y + (downsample?(x) ?? x))
    }
}

/// The bottleneck of ResNet-50, 101 and 152: 1x1 to fewer channels, 3x3, 1x1 to four times as many.
final class BottleneckBlock: Block {
    static let expansion = 4
    let conv1, conv2, conv3: Conv2D
    let bn1, bn2, bn3: BatchNorm
    let downsample: Sequential?

    init(_ inputChannels: Int, width: Int, stride: Int = 1) {
        conv1 = Conv2D(inputChannels, width, kernelSize: 1, stride: Size2D(stride), bias: false)
        bn1 = BatchNorm(width)
        conv2 = Conv2D(width, width, kernelSize: 3, padding: 1, bias: false)
        bn2 = BatchNorm(width)
        conv3 = Conv2D(width, 4 * width, kernelSize: 1, bias: false)
        bn3 = BatchNorm(4 * width)
        downsample = projection(inputChannels, 4 * width, stride: stride)
    }

    func callAsFunction(_ x: Tensor) -> Tensor {
        let y = bn3(conv3(relu(bn2(conv2(relu(bn1(conv1(x))))))))
        return relu(y + (downsample?(x) ?? x))
    }
}

/// Brings a block's input to the shape of its output; nil where it has it.
private func projection(_ inputs: Int, _ outputs: Int, stride: Int) -> Sequential? {
    guard stride != 1 || inputs != outputs else { return nil }
    return Sequential {
        Conv2D(inputs, outputs, kernelSize: 1, stride: Size2D(stride), bias: false)
        BatchNorm(outputs)
    }
}

/// The paper's five networks for ImageNet: how many blocks each stage has, and of which kind.
enum Architecture: Int, CaseIterable {
    case resNet18 = 18
    case resNet34 = 34
    case resNet50 = 50
    case resNet101 = 101
    case resNet152 = 152

    var blocks: [Int] {
        switch self {
        case .resNet18: [2, 2, 2, 2]
        case .resNet34, .resNet50: [3, 4, 6, 3]
        case .resNet101: [3, 4, 23, 3]
        case .resNet152: [3, 8, 36, 3]
        }
    }

    var block: any Block.Type { rawValue < 50 ? BuildingBlock.self : BottleneckBlock.self }

    /// The network, in the stages of table 1.
    func makeModel(classes: Int = 1000) -> Sequential {
        var channels = 64
        func stage(_ number: Int) -> Sequential {
            Sequential {
                for index in 0..<blocks[number] {
                    // Only the first block of a stage halves the image, and none does in the first stage.
                    makeBlock(block, width: 64 << number, stride: index == 0 && number > 0 ? 2 : 1)
                }
            }
        }
        func makeBlock<Kind: Block>(_ kind: Kind.Type, width: Int, stride: Int) -> any Module<Tensor, Tensor> {
            defer { channels = kind.expansion * width }
            return kind.init(channels, width: width, stride: stride)
        }
        return Sequential {
            Sequential {
                Conv2D(3, 64, kernelSize: 7, stride: 2, padding: 3, bias: false)
                BatchNorm(64)
                ReLU()
            }
            Sequential {
                MaxPool2D(3, stride: 2, padding: 1)
                stage(0)
            }
            stage(1)
            stage(2)
            stage(3)
            Sequential {
                GlobalAveragePool2D()
                Dense(channels, classes)
            }
        }
    }
}
