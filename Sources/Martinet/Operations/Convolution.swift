/// The 2-D convolution (cross-correlation, as everywhere in deep learning).
///
/// - Parameters:
///   - x: `[batch, height, width, inputChannels]`.
///   - weight: `[kernelHeight, kernelWidth, inputChannels / groups, outputChannels]`.
///   - bias: `[outputChannels]`, or nil for none.
///   - stride: the distance between neighbouring windows.
///   - padding: zeros around the image.
///   - dilation: the distance between the kernel's elements.
///   - groups: how many independent convolutions the channels are split into.
///   - relu: whether negative results become 0, at no extra pass over memory.
/// - Returns: `[batch, outputHeight, outputWidth, outputChannels]`.
public func conv2D(
    _ x: Tensor, _ weight: Tensor, bias: Tensor? = nil, stride: Size2D = 1, padding: Padding = 0, dilation: Size2D = 1,
    groups: Int = 1, relu: Bool = false
) -> Tensor {
    let geometry = requireShapes(of: "conv2D") { () throws(ShapeError) in
        try ConvolutionGeometry(
            inputShape: x.shape, weightShape: weight.shape, stride: stride, padding: padding, dilation: dilation,
            groups: groups)
    }
    return conv2D(x, weight, bias: bias, geometry, relu: relu)
}

/// The convolution of sizes that have been checked.
func conv2D(_ x: Tensor, _ weight: Tensor, bias: Tensor?, _ geometry: ConvolutionGeometry, relu: Bool) -> Tensor {
    let filter = weight.array
    let (needsInput, needsWeight) = (x.requiresGradient, weight.requiresGradient)
    let needsBias = bias?.requiresGradient ?? false
    let output = x.array.convolved(with: filter, bias: bias?.array, geometry: geometry, relu: relu)
    Trace.report(
        "conv2D",
        .convolution(TracedConvolution(weight: filter, bias: bias?.array, geometry: geometry)),
        relu: relu, [x.array], constants: [filter] + (bias.map { [$0.array] } ?? []), output)
    guard Recording.isEnabled, needsInput || needsWeight || needsBias else { return Tensor(array: output) }
    let mask = relu ? PositiveMask(of: output) : nil
    let saved = needsWeight ? x.saved : nil
    return record("conv2D", output, from: [x, weight] + (bias.map { [$0] } ?? [])) { gradient in
        mask?.select(&gradient)
        let byWeight = saved.map { saved in
            NDArray.convolutionWeightGradient(gradient, input: saved.array, geometry: geometry)
        }
        return [
            needsInput ? .convolutionInputGradient(gradient, weight: filter, geometry: geometry) : nil, byWeight,
            needsBias ? gradient.sum(axes: [0, 1, 2]) : nil,
        ]
    }
}
