import CKernels
import MartinetBase

/// The statistics of an array's channels, its last axis, over all other axes.
package struct ChannelMoments: Sendable {
    /// `[channels]`.
    package let mean: NDArray
    /// The mean squared deviation from the mean (not Bessel-corrected), `[channels]`.
    package let variance: NDArray
    /// How many elements each is the mean of.
    package let count: Int
}

/// Rows in a part of a column reduction: at least 32,768 elements, and at most 64 parts, since what the parts bring is added
/// up on one thread. Parts do not depend on the number of threads, so neither do the results.
private func rowsPerPart(rows: Int, columns: Int) -> Int { max(1, (1 << 15) / max(1, columns), (rows + 63) / 64) }

extension NDArray {
    /// The number of channels, which is the size of the last axis, and of rows, which is everything else.
    private var rowsAndColumns: (rows: Int, columns: Int) {
        let columns = shape.last ?? 1
        return (columns == 0 ? 0 : count / columns, columns)
    }

    /// Mean and variance of each channel.
    package func channelMoments() -> ChannelMoments {
        let (rows, columns) = rowsAndColumns
        let step = rowsPerPart(rows: rows, columns: columns)
        let parts = (rows + step - 1) / step
        var means = [Double](repeating: 0, count: parts * columns)
        var deviations = means
        means.withUnsafeMutableBufferPointer { means in
            deviations.withUnsafeMutableBufferPointer { deviations in
                guard let means = means.baseAddress, let deviations = deviations.baseAddress else { return }
                let (meansOut, deviationsOut) = (
                    ParallelOutput(means, width: columns), ParallelOutput(deviations, width: columns)
                )
                parallelFor(parts) { range, _ in
                    for part in range {
                        mk_column_moments(
                            min(step, rows - part * step), columns, pointer + part * step * columns,
                            meansOut[part..<part + 1], deviationsOut[part..<part + 1])
                    }
                }
            }
        }
        var mean = [Float](repeating: 0, count: columns)
        var variance = mean
        for column in 0..<columns {
            // Chan, Golub, LeVeque: moments of two parts from the moments of each.
            var total = 0.0
            var center = 0.0
            var deviation = 0.0
            for part in 0..<parts {
                let count = Double(min(step, rows - part * step))
                let delta = means[part * columns + column] - center
                deviation += deviations[part * columns + column] + delta * delta * total * count / (total + count)
                center += delta * count / (total + count)
                total += count
            }
            mean[column] = Float(center)
            variance[column] = Float(deviation / max(1, total))
        }
        return ChannelMoments(
            mean: NDArray(mean, shape: [columns]), variance: NDArray(variance, shape: [columns]), count: rows)
    }

    /// `(x - mean) * scale + shift` for each channel, plus `addend` where there is one, and 0 where that is negative if
    /// `relu`: in one pass.
    package func channelsNormalized(
        mean: NDArray, scale: NDArray, shift: NDArray, adding addend: NDArray? = nil, relu: Bool = false
    ) -> NDArray {
        let (rows, columns) = rowsAndColumns
        if let addend { checkSameShape("batch normalisation", self, addend) }
        return NDArray(shape: shape) { out in
            parallelFill(out, count: rows, width: columns) { part, range in
                let start = range.lowerBound * columns
                mk_normalize_columns(
                    range.count, columns, pointer + start, mean.pointer, scale.pointer, shift.pointer,
                    addend.map { $0.pointer + start }, relu ? 1 : 0, part)
            }
        }
    }

    /// `channelsNormalized` with `relu`, and where it is positive.
    package func channelsActivated(
        mean: NDArray, scale: NDArray, shift: NDArray, adding addend: NDArray? = nil
    ) -> (output: NDArray, mask: PositiveMask) {
        let (rows, columns) = rowsAndColumns
        guard PositiveMask.fitsChannels(columns) else {
            let output = channelsNormalized(mean: mean, scale: scale, shift: shift, adding: addend, relu: true)
            return (output, PositiveMask(of: output))
        }
        if let addend { checkSameShape("batch normalisation", self, addend) }
        let mask = PositiveMask(uninitialized: shape)
        let bits = ParallelOutput(mask.words, width: columns / PositiveMask.wordBits)
        let output = NDArray(shape: shape) { out in
            parallelFill(out, count: rows, width: columns) { part, range in
                let start = range.lowerBound * columns
                mk_normalize_columns_bits(
                    range.count, columns, pointer + start, mean.pointer, scale.pointer, shift.pointer,
                    addend.map { $0.pointer + start }, part, bits[range])
            }
        }
        return (output, mask)
    }

    /// For each channel the sum of this array, a gradient, and of its products with `input`'s deviation from `mean`.
    package func channelGradientSums(input: NDArray, mean: NDArray) -> (sums: NDArray, products: NDArray) {
        checkSameShape("batch normalisation's gradient", self, input)
        return input.channelSums { start, rows, columns, source, sums, products in
            mk_normalize_gradient_sums(rows, columns, pointer + start, source, mean.pointer, sums, products)
        }
    }

    /// The same with this array 0 where `mask` is not set, as it is afterwards if it `keeps` that.
    ///
    /// - Precondition: `mask` fits the channels.
    package mutating func channelGradientSums(
        input: NDArray, mean: NDArray, mask: PositiveMask, keeps: Bool
    ) -> (sums: NDArray, products: NDArray) {
        checkSameShape("batch normalisation's gradient", self, input)
        require(
            mask.shape == shape && PositiveMask.fitsChannels(mean.count),
            "batch normalisation's gradient: a mask of \(mask.shape) does not fit \(shape)")
        func sums(_ gradient: Storage, selected: Storage?) -> (sums: NDArray, products: NDArray) {
            input.channelSums { start, rows, columns, source, sums, products in
                mk_normalize_gradient_sums_bits(
                    rows, columns, gradient.pointer + start, mask.words + start / PositiveMask.wordBits, source,
                    mean.pointer, selected.map { $0.pointer + start }, sums, products)
            }
        }
        guard keeps else { return sums(storage, selected: nil) }
        var result: (sums: NDArray, products: NDArray)?
        rewrite { gradient, out in result = sums(gradient, selected: out) }
        return result!
    }

    /// The sums of `add` over the rows, for each channel: a part of them at a time, from the element `start`.
    private func channelSums(
        _ add:
            @Sendable (
                _ start: Int, _ rows: Int, _ columns: Int, _ source: UnsafePointer<Float>,
                _ sums: UnsafeMutablePointer<Double>, _ products: UnsafeMutablePointer<Double>
            ) -> Void
    ) -> (sums: NDArray, products: NDArray) {
        let (rows, columns) = rowsAndColumns
        let step = rowsPerPart(rows: rows, columns: columns)
        let parts = (rows + step - 1) / step
        // Sums, then products, for each part.
        var totals = [Double](repeating: 0, count: parts * columns * 2)
        totals.withUnsafeMutableBufferPointer { totals in
            guard let totals = totals.baseAddress else { return }
            parallelFill(totals, count: parts, width: columns * 2, grain: 1) { part, range in
                for index in range {
                    let start = index * step * columns
                    let sums = part + (index - range.lowerBound) * columns * 2
                    add(start, min(step, rows - index * step), columns, pointer + start, sums, sums + columns)
                }
            }
        }
        func total(_ offset: Int) -> NDArray {
            NDArray(shape: [columns]) { out in
                for column in 0..<columns {
                    var sum = 0.0
                    for part in 0..<parts { sum += totals[(part * 2 + offset) * columns + column] }
                    out[column] = Float(sum)
                }
            }
        }
        return (total(0), total(1))
    }

    /// Makes this array, the gradient `dy` by the output of `channelsNormalized` where mean and scale come from the input
    /// itself, the gradient by that input: `scale * (dy - meanGradient - (input - mean) * slope)`, with `dy` 0 where `mask`,
    /// which fits the channels, is not set. In place where nobody else holds the elements.
    package mutating func becomeNormalizationGradient(
        input: NDArray, mean: NDArray, scale: NDArray, meanGradient: NDArray, slope: NDArray, mask: PositiveMask? = nil
    ) {
        let (rows, columns) = rowsAndColumns
        checkSameShape("batch normalisation's gradient", self, input)
        require(
            mask == nil || mask?.shape == shape && PositiveMask.fitsChannels(columns),
            "batch normalisation's gradient: a mask of \(mask?.shape ?? []) does not fit \(shape)")
        rewrite { gradient, out in
            parallelFill(out.pointer, count: rows, width: columns) { part, range in
                let start = range.lowerBound * columns
                if let mask {
                    mk_normalize_gradient_bits(
                        range.count, columns, gradient.pointer + start, mask.words + start / PositiveMask.wordBits,
                        input.pointer + start, mean.pointer, scale.pointer, meanGradient.pointer, slope.pointer, part)
                    return
                }
                mk_normalize_gradient(
                    range.count, columns, gradient.pointer + start, input.pointer + start, mean.pointer, scale.pointer,
                    meanGradient.pointer, slope.pointer, part)
            }
        }
    }
}

private func checkSameShape(_ operation: String, _ a: NDArray, _ b: NDArray) {
    require(a.shape == b.shape, "\(operation): the shapes \(a.shape) and \(b.shape) differ")
}
