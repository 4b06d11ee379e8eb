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
    let input = x.array
    let moments = input.channelMoments()
    let mean = moments.mean
    let inverseDeviation = (moments.variance + epsilon).map(.sqrt).map(.reciprocal)
    let scale = weight.map { $0.array * inverseDeviation } ?? inverseDeviation
    let shift = bias?.array ?? NDArray.zeros(scale.shape)
    let count = Float(moments.count)
    let needsInput = x.requiresGradient
    let output = input.channelsNormalized(mean: mean, scale: scale, shift: shift)
    let inputs = [x] + [weight, bias].compactMap { $0 }
    let result = record("batchNorm", output, from: inputs) { gradient in
        let (sums, products) = gradient.channelGradientSums(input: input, mean: mean)
        let byInput =
            needsInput
            ? gradient.channelsNormalizedGradient(
                input: input, mean: mean, scale: scale, meanGradient: sums * (1 / count),
                slope: products * inverseDeviation.map(.square) * (1 / count)) : nil
        let byWeight = weight == nil ? [] : [products * inverseDeviation]
        let byBias = bias == nil ? [] : [sums]
        return [byInput] + byWeight + byBias
    }
    return (result, moments)
}

/// Batch normalisation with given statistics, as in evaluation.
func batchNorm(
    _ x: Tensor, mean: Tensor, variance: Tensor, weight: Tensor?, bias: Tensor?, epsilon: Float
) -> Tensor {
    let input = x.array
    let mean = mean.array
    let inverseDeviation = (variance.array + epsilon).map(.sqrt).map(.reciprocal)
    let scale = weight.map { $0.array * inverseDeviation } ?? inverseDeviation
    let shift = bias?.array ?? NDArray.zeros(scale.shape)
    let needsInput = x.requiresGradient
    let needsParameters = weight?.requiresGradient == true || bias?.requiresGradient == true
    let output = input.channelsNormalized(mean: mean, scale: scale, shift: shift)
    return record("batchNorm", output, from: [x] + [weight, bias].compactMap { $0 }) { gradient in
        let byInput = needsInput ? gradient * scale : nil
        guard needsParameters else { return [byInput, nil, nil] }
        let (sums, products) = gradient.channelGradientSums(input: input, mean: mean)
        let byWeight = weight == nil ? [] : [products * inverseDeviation]
        let byBias = bias == nil ? [] : [sums]
        return [byInput] + byWeight + byBias
    }
}

/// `x` minus its mean over `axes`, over its standard deviation there: what layer and group normalisation have in common.
///
/// - Parameters:
///   - axes: the axes that share a mean and a variance (not Bessel-corrected).
///   - epsilon: added to the variance.
func normalized(_ x: Tensor, over axes: [Int], epsilon: Float) -> Tensor {
    let input = x.array
    let deviation = input - input.mean(axes: axes, keepingAxes: true)
    let variance = deviation.map(.square).mean(axes: axes, keepingAxes: true)
    let inverse = (variance + epsilon).map(.sqrt).map(.reciprocal)
    let output = deviation * inverse
    return record("normalize", output, from: x) { gradient in
        let mean = gradient.mean(axes: axes, keepingAxes: true)
        let slope = (gradient * output).mean(axes: axes, keepingAxes: true)
        return (gradient - mean - output * slope) * inverse
    }
}
