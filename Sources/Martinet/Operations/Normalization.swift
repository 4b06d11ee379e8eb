/// Batch normalisation with the statistics of the batch itself (Ioffe and Szegedy, arXiv 1502.03167).
///
/// - Parameters:
///   - x: `[..., channels]`; mean and variance are taken over all axes but the last.
///   - weight, bias: the scale γ and the shift β, `[channels]`, or nil for 1 and 0.
///   - epsilon: added to the variance.
/// - Returns: the normalised tensor, and the statistics of the batch.
func batchNorm(
    _ x: Tensor, weight: Tensor?, bias: Tensor?, epsilon: Float
) -> (output: Tensor, moments: ChannelMoments) {
    let moments = x.array.channelMoments()
    let output = normalization(
        x, mean: moments.mean, variance: moments.variance, count: moments.count, weight, bias, epsilon: epsilon)
    return (Tensor(output), moments)
}

/// Batch normalisation with given statistics, as in evaluation.
package func batchNorm(
    _ x: Tensor, mean: Tensor, variance: Tensor, weight: Tensor?, bias: Tensor?, epsilon: Float
) -> Tensor {
    let normalization = normalization(
        x, mean: mean.array, variance: variance.array, count: nil, weight, bias, epsilon: epsilon)
    guard Trace.isActive else { return Tensor(normalization) }
    let output = normalization.output(relu: false)
    let traced = TracedNormalization(
        mean: normalization.mean, scale: normalization.scale, shift: normalization.shift, weight: weight?.array,
        bias: bias?.array, variance: variance.array, epsilon: epsilon)
    Trace.report(
        "batchNorm", .normalization(traced), [x.array], constants: [traced.mean, traced.scale, traced.shift], output)
    return Tensor(array: output)
}

private func normalization(
    _ x: Tensor, mean: NDArray, variance: NDArray, count: Int?, _ weight: Tensor?, _ bias: Tensor?, epsilon: Float
) -> FusedNormalization {
    let inverseDeviation = (variance + epsilon).map(.sqrt).map(.reciprocal)
    let scale = weight.map { $0.array * inverseDeviation } ?? inverseDeviation
    return FusedNormalization(
        input: x.array, mean: mean, inverseDeviation: inverseDeviation, scale: scale,
        shift: bias?.array ?? NDArray.zeros(scale.shape), count: count, hasWeight: weight != nil, hasBias: bias != nil,
        needsInput: x.requiresGradient,
        needsParameters: weight?.requiresGradient == true || bias?.requiresGradient == true,
        nodes: [x.node] + [weight, bias].compactMap { $0 }.map(\.node))
}

/// `x` minus its mean over `axes`, over its standard deviation there: what layer and group normalisation have in common.
///
/// - Parameters:
///   - axes: the axes that share a mean and a variance (not Bessel-corrected).
///   - epsilon: added to the variance.
func normalized(_ x: Tensor, over axes: [Int], epsilon: Float) -> Tensor {
    let input = x.array
    @Sendable func normalize(_ input: NDArray) -> (output: NDArray, inverse: NDArray) {
        let deviation = input - input.mean(axes: axes, keepingAxes: true)
        let variance = deviation.map(.square).mean(axes: axes, keepingAxes: true)
        let inverse = (variance + epsilon).map(.sqrt).map(.reciprocal)
        return (deviation * inverse, inverse)
    }
    let (output, inverse) = normalize(input)
    Trace.report(
        "normalize", .other(.normalize(axes: axes, epsilon: epsilon)) { normalize($0[0]).output }, [input], output)
    return record("normalize", output, from: x) { gradient in
        let mean = gradient.mean(axes: axes, keepingAxes: true)
        let slope = (gradient * output).mean(axes: axes, keepingAxes: true)
        return (gradient - mean - output * slope) * inverse
    }
}
