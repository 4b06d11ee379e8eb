import ArgumentParser
import MartinetCore

/// A convolution as it occurs in a network.
struct ConvolutionLayer: Sendable {
    /// "conv2_x 3x3"
    var name: String
    var size: Int
    var inputChannels: Int
    var outputChannels: Int
    var kernel = 3
    var stride = 1
    var groups = 1

    func geometry(batch: Int) -> ConvolutionGeometry {
        requireShapes(of: name) { () throws(ShapeError) in
            try ConvolutionGeometry(
                inputShape: [batch, size, size, inputChannels],
                weightShape: [kernel, kernel, inputChannels / groups, outputChannels], stride: Size2D(stride),
                padding: .symmetric(padding), groups: groups)
        }
    }

    /// The zeros on each side, which keep the size where the stride is 1.
    var padding: Int { (kernel - 1) / 2 }
}

/// The networks whose layers are timed.
enum LayerSet: String, CaseIterable, ExpressibleByArgument {
    case fashion, cifar, resnet18, resnet50, mobilenet

    /// The batch that the network is usually trained with on a CPU.
    var batch: Int {
        switch self {
        case .fashion: 256
        case .cifar: 128
        case .resnet18, .resnet50, .mobilenet: 16
        }
    }

    var layers: [ConvolutionLayer] {
        switch self {
        case .fashion:
            [
                ConvolutionLayer(name: "stem 3x3", size: 28, inputChannels: 1, outputChannels: 64),
                ConvolutionLayer(name: "block 3x3", size: 14, inputChannels: 64, outputChannels: 64),
            ]
        case .cifar:
            [
                ConvolutionLayer(name: "stem 3x3", size: 32, inputChannels: 3, outputChannels: 16),
                ConvolutionLayer(name: "stage 1 3x3", size: 32, inputChannels: 16, outputChannels: 16),
                ConvolutionLayer(name: "stage 2 3x3 /2", size: 32, inputChannels: 16, outputChannels: 32, stride: 2),
                ConvolutionLayer(name: "stage 2 3x3", size: 16, inputChannels: 32, outputChannels: 32),
                ConvolutionLayer(name: "stage 3 3x3 /2", size: 16, inputChannels: 32, outputChannels: 64, stride: 2),
                ConvolutionLayer(name: "stage 3 3x3", size: 8, inputChannels: 64, outputChannels: 64),
            ]
        case .mobilenet:
            [(size: 112, channels: 32, stride: 1), (112, 64, 2), (28, 256, 1), (14, 512, 1)].map { layer in
                ConvolutionLayer(
                    name: "depthwise 3x3\(layer.stride == 2 ? " /2" : "")", size: layer.size,
                    inputChannels: layer.channels, outputChannels: layer.channels, stride: layer.stride,
                    groups: layer.channels)
            }
        case .resnet18:
            [Self.imageNetStem]
                + Self.stages.enumerated().flatMap { index, stage in
                    index == 0
                        ? [Self.plain(index, stage.size, stage.width)]
                        : [
                            ConvolutionLayer(
                                name: "conv\(index + 2)_x 3x3 /2", size: stage.size * 2, inputChannels: stage.width / 2,
                                outputChannels: stage.width, stride: 2),
                            ConvolutionLayer(
                                name: "conv\(index + 2)_x 1x1 /2", size: stage.size * 2, inputChannels: stage.width / 2,
                                outputChannels: stage.width, kernel: 1, stride: 2),
                            Self.plain(index, stage.size, stage.width),
                        ]
                }
        case .resnet50:
            [Self.imageNetStem] + Self.stages.indices.flatMap(Self.bottlenecks)
        }
    }

    /// The convolutions of a stage of bottlenecks.
    private static func bottlenecks(_ index: Int) -> [ConvolutionLayer] {
        let (size, width) = stages[index]
        func layer(_ name: String, _ inputs: Int, _ outputs: Int, kernel: Int = 1, stride: Int = 1) -> ConvolutionLayer
        {
            ConvolutionLayer(
                name: "conv\(index + 2)_x \(name)", size: size * stride, inputChannels: inputs, outputChannels: outputs,
                kernel: kernel, stride: stride)
        }
        let first =
            index == 0
            ? []
            : [
                layer("3x3 /2", width, width, kernel: 3, stride: 2),
                layer("1x1 /2", width * 2, width * 4, stride: 2),
            ]
        return first + [
            layer("1x1 reduce", width * 4, width), plain(index, size, width), layer("1x1 expand", width, width * 4),
        ]
    }

    private static let imageNetStem = ConvolutionLayer(
        name: "conv1 7x7 /2", size: 224, inputChannels: 3, outputChannels: 64, kernel: 7, stride: 2)

    private static let stages: [(size: Int, width: Int)] = [(56, 64), (28, 128), (14, 256), (7, 512)]

    private static func plain(_ index: Int, _ size: Int, _ width: Int) -> ConvolutionLayer {
        ConvolutionLayer(name: "conv\(index + 2)_x 3x3", size: size, inputChannels: width, outputChannels: width)
    }
}
