import Martinet

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

    /// What table 1 of the paper says of multiply-adds, in billions.
    var published: Double {
        switch self {
        case .resNet18: 1.8
        case .resNet34: 3.6
        case .resNet50: 3.8
        case .resNet101: 7.6
        case .resNet152: 11.3
        }
    }

    /// A block as table 1 writes it, for a stage of `width`.
    func text(width: Int) -> String {
        rawValue < 50 ? "3x3 \(width), 3x3 \(width)" : "1x1 \(width), 3x3 \(width), 1x1 \(4 * width)"
    }

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
