/// The sizes of a 2-D convolution: everything that determines how it is computed.
///
/// `N` is the batch, `H` and `W` the image's height and width, `C` its channels, `O` the output's channels, `G` the groups:
/// input `[N, H, W, C]`, weight `[kH, kW, C / G, O]`, output `[N, oH, oW, O]`. The output's height and width are
/// `WindowAxis.output`.
package struct ConvolutionGeometry: Sendable, Hashable {
    /// The number of images.
    package private(set) var batch: Int

    /// The channels of the input, of all groups.
    package let inputChannels: Int

    /// The channels of the output, of all groups.
    package let outputChannels: Int

    /// The number of groups: output channels of a group see the input channels of the same group only.
    package let groups: Int

    /// The axes along the height and along the width.
    package let vertical, horizontal: WindowAxis

    /// - Parameters:
    ///   - inputShape: `[N, H, W, C]`.
    ///   - weightShape: `[kH, kW, C / groups, O]`.
    ///   - stride: the distance between neighbouring windows.
    ///   - padding: the zeros around the image.
    ///   - dilation: the distance between neighbouring elements of the kernel.
    ///   - groups: how many independent convolutions the channels are split into.
    /// - Throws: `ShapeError` unless the shapes fit each other, and the dilated kernel fits into the padded image. The batch
    ///   may be empty, nothing else.
    package init(
        inputShape: [Int], weightShape: [Int], stride: Size2D = 1, padding: Padding = .valid, dilation: Size2D = 1,
        groups: Int = 1
    ) throws(ShapeError) {
        guard inputShape.count == 4 else {
            throw ShapeError("expected images [batch, height, width, channels], found \(inputShape)")
        }
        guard weightShape.count == 4, weightShape[2] > 0, weightShape[3] > 0 else {
            throw ShapeError(
                "expected a weight [kernel height, kernel width, input channels / groups, output channels], found "
                    + "\(weightShape)")
        }
        guard groups > 0, weightShape[3] % groups == 0 else {
            throw ShapeError("\(weightShape[3]) output channels cannot be split into \(groups) groups")
        }
        guard inputShape[3] == weightShape[2] * groups else {
            throw ShapeError(
                "expected \(weightShape[2] * groups) input channels, found \(inputShape[3]) in "
                    + "\(Array(inputShape.dropFirst()))")
        }
        batch = inputShape[0]
        inputChannels = inputShape[3]
        outputChannels = weightShape[3]
        self.groups = groups
        vertical = try WindowAxis(
            .height, input: inputShape[1], kernel: weightShape[0], stride: stride.height, padding: padding,
            dilation: dilation.height)
        horizontal = try WindowAxis(
            .width, input: inputShape[2], kernel: weightShape[1], stride: stride.width, padding: padding,
            dilation: dilation.width)
    }

    /// The same for another number of images.
    package func withBatch(_ batch: Int) -> ConvolutionGeometry {
        var geometry = self
        geometry.batch = batch
        return geometry
    }

    package var inputHeight: Int { vertical.input }
    package var inputWidth: Int { horizontal.input }
    package var outputHeight: Int { vertical.output }
    package var outputWidth: Int { horizontal.output }
    package var kernelHeight: Int { vertical.kernel }
    package var kernelWidth: Int { horizontal.kernel }

    /// `[N, H, W, C]`
    package var inputShape: [Int] { [batch, inputHeight, inputWidth, inputChannels] }

    /// `[kH, kW, C / G, O]`
    package var weightShape: [Int] { [kernelHeight, kernelWidth, groupInputChannels, outputChannels] }

    /// `[N, oH, oW, O]`
    package var outputShape: [Int] { [batch, outputHeight, outputWidth, outputChannels] }

    /// The input and output channels of one group.
    package var groupInputChannels: Int { inputChannels / groups }
    package var groupOutputChannels: Int { outputChannels / groups }

    /// The kernel's positions.
    package var taps: Int { kernelHeight * kernelWidth }

    /// The output's positions, of all images.
    package var outputPositions: Int { batch * outputHeight * outputWidth }

    /// Floating-point operations of the textbook algorithm, the same for all three directions.
    package var operations: Double {
        2 * Double(outputPositions) * Double(taps * groupInputChannels) * Double(outputChannels)
    }

    /// Whether each output position sees just the same position of the input.
    var isPointwise: Bool {
        [vertical, horizontal].allSatisfy {
            $0.kernel == 1 && $0.stride == 1 && $0.paddingBefore == 0 && $0.paddingAfter == 0
        }
    }
}

extension ConvolutionGeometry: CustomStringConvertible {
    /// "256x14x14x64 -> 256x14x14x64, kernel 3x3, stride 1x1, padding 1,1,1,1, dilation 1x1, groups 1"
    package var description: String {
        let input = inputShape.map(String.init).joined(separator: "x")
        let output = outputShape.map(String.init).joined(separator: "x")
        return "\(input) -> \(output), kernel \(kernelHeight)x\(kernelWidth), "
            + "stride \(vertical.stride)x\(horizontal.stride), padding \(vertical.paddingBefore),"
            + "\(vertical.paddingAfter),\(horizontal.paddingBefore),\(horizontal.paddingAfter), "
            + "dilation \(vertical.dilation)x\(horizontal.dilation), groups \(groups)"
    }
}
