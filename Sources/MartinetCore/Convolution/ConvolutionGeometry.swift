import MartinetBase

/// The sizes of a 2-D convolution: everything that determines how it is computed.
///
/// `N` is the batch, `H` and `W` the image's height and width, `C` its channels, `O` the output's channels, `G` the groups:
/// input `[N, H, W, C]`, weight `[kH, kW, C / G, O]`, output `[N, oH, oW, O]`. The output's height and width are
/// `WindowAxis.output`.
package struct ConvolutionGeometry: Sendable, Hashable {
    /// The number of images.
    package let batch: Int

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
    ///   - stride: the distance between neighbouring windows, (height, width).
    ///   - padding: the zeros around the image.
    ///   - dilation: the distance between neighbouring elements of the kernel, (height, width).
    ///   - groups: how many independent convolutions the channels are split into.
    /// - Precondition: the shapes fit each other, and the dilated kernel fits into the padded image. The batch may be
    ///   empty, nothing else.
    package init(
        inputShape: [Int], weightShape: [Int], stride: (Int, Int) = (1, 1), padding: Padding = .valid,
        dilation: (Int, Int) = (1, 1), groups: Int = 1
    ) {
        let shapes = "input \(inputShape) and weight \(weightShape)"
        require(
            inputShape.count == 4,
            "convolution: expected an input [batch, height, width, channels], found \(shapes)")
        require(
            weightShape.count == 4,
            "convolution: expected a weight [kernel height, kernel width, input channels / groups, output channels], "
                + "found \(shapes)")
        require(groups > 0, "convolution: groups must be at least 1, found \(groups)")
        require(
            inputShape[3] > 0 && weightShape[3] > 0, "convolution: there must be at least one channel, found \(shapes)")
        require(
            inputShape[3] == weightShape[2] * groups,
            "convolution: \(shapes) do not fit: \(weightShape[2]) input channels a group in \(groups) group(s) make "
                + "\(weightShape[2] * groups), not \(inputShape[3])")
        require(
            weightShape[3] % groups == 0,
            "convolution: \(weightShape[3]) output channels cannot be shared by \(groups) groups; \(shapes)")
        batch = inputShape[0]
        inputChannels = inputShape[3]
        outputChannels = weightShape[3]
        self.groups = groups
        vertical = Self.axis(
            0, "height", inputShape, weightShape, stride: stride.0, padding: padding, dilation: dilation.0)
        horizontal = Self.axis(
            1, "width", inputShape, weightShape, stride: stride.1, padding: padding, dilation: dilation.1)
    }

    private static func axis(
        _ axis: Int, _ name: String, _ inputShape: [Int], _ weightShape: [Int], stride: Int, padding: Padding,
        dilation: Int
    ) -> WindowAxis {
        let (before, after) = WindowAxis.resolve(
            padding, input: inputShape[1 + axis], kernel: weightShape[axis], stride: stride, dilation: dilation,
            vertical: axis == 0)
        return WindowAxis(
            input: inputShape[1 + axis], kernel: weightShape[axis], stride: stride, dilation: dilation,
            paddingBefore: before, paddingAfter: after,
            operation: "convolution of input \(inputShape) with weight \(weightShape), \(name)")
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
