import MartinetBase

/// Brings samples to mean 0 and standard deviation 1, for each pixel or each channel: `(x - mean) / standardDeviation`.
///
/// A value that is fitted once, on the training samples, and applied to whole tensors or, as a transform, to each sample:
///
/// ```swift
/// let standardize = Standardization(fitting: data.train, per: .pixel)
/// let train = data.train.transformed(by: standardize)
/// let test = data.test.transformed(by: standardize)
/// ```
public struct Standardization: Transform, Equatable {
    /// The part of a sample that has a mean and a deviation of its own.
    public enum Granularity: Sendable {
        /// Each element of a sample, as scikit-learn's `StandardScaler` on flattened images.
        case pixel
        /// Each index of a sample's last axis.
        case channel
    }

    /// In a sample's shape, or its last axes'.
    public let mean: Tensor

    /// In `mean`'s shape. Never 0.
    public let standardDeviation: Tensor

    /// - Parameters:
    ///   - mean: in the shape of a sample or of its last axes.
    ///   - standardDeviation: in the same shape, positive.
    public init(mean: Tensor, standardDeviation: Tensor) {
        require(
            mean.shape == standardDeviation.shape,
            "Standardization: the shapes \(mean.shape) and \(standardDeviation.shape) differ")
        require(
            standardDeviation.elements.allSatisfy { $0 > 0 },
            "Standardization: the standard deviations must be positive")
        self.mean = mean
        self.standardDeviation = standardDeviation
    }

    /// With known values for each channel, as torchvision's `Normalize`.
    public init(mean: [Float], standardDeviation: [Float]) {
        require(
            mean.count == standardDeviation.count,
            "Standardization: \(mean.count) means do not fit \(standardDeviation.count) deviations")
        self.init(
            mean: Tensor(mean), standardDeviation: Tensor(standardDeviation))
    }

    /// Fitted on samples `[n] + sample shape`.
    ///
    /// The variance is divided by the number of values, not by one less. A deviation of 0 (a pixel that is always black)
    /// becomes 1.
    public init(fitting samples: Tensor, per granularity: Granularity = .pixel) {
        require(
            samples.rank > 0 && samples.shape[0] > 0,
            "Standardization: expected samples along the first axis, found a tensor of shape \(samples.shape)")
        let sampleShape = Array(samples.shape.dropFirst())
        var moments = Moments(shape: granularity == .pixel ? sampleShape : sampleShape.suffix(1))
        moments.add(samples)
        self.init(moments)
    }

    /// Fitted on the inputs of all samples of a data set, which are read once, some at a time.
    ///
    /// - Throws: what the data set throws.
    public init<Source: Dataset>(
        fitting dataset: Source, per granularity: Granularity = .pixel
    ) throws(Source.Failure) where Source.Input == Tensor {
        require(dataset.count > 0, "Standardization: there are no samples to fit on")
        var moments: Moments?
        let batches = dataset.batches(of: 256).throwingIterator()
        while let batch = try batches.next() {
            let sampleShape = Array(batch.inputs.shape.dropFirst())
            var sums = moments ?? Moments(shape: granularity == .pixel ? sampleShape : sampleShape.suffix(1))
            sums.add(batch.inputs)
            moments = sums
        }
        self.init(moments!)
    }

    private init(_ moments: Moments) {
        let (mean, deviation) = moments.result()
        self.init(
            mean: Tensor(mean, shape: moments.shape), standardDeviation: Tensor(deviation, shape: moments.shape))
    }

    /// Standardised samples, in the shape of `samples`: one, or any number of them along axes in front; without a gradient.
    public func callAsFunction(_ samples: Tensor) -> Tensor {
        var result = samples
        result.mutateArray(standardize)
        return result
    }

    public func apply(to sample: inout Tensor, using generator: RandomGenerator) { sample.mutateArray(standardize) }

    private func standardize(_ images: inout NDArray) {
        guard Array(images.shape.suffix(mean.rank)) == mean.shape else {
            return BatchProblem.report(
                "Standardization: images of shape \(images.shape) do not end in the axes of \(mean.shape)")
        }
        let width = mean.count
        guard width > 0 else { return }
        let rows = images.count / width
        images.withUnsafeMutablePointer { pixels in
            parallelFill(pixels, count: rows, width: width) { part, rows in
                mean.array.withUnsafePointer { mean in
                    standardDeviation.array.withUnsafePointer { deviation in
                        for row in 0..<rows.count {
                            let pixels = part + row * width
                            for index in 0..<width { pixels[index] = (pixels[index] - mean[index]) / deviation[index] }
                        }
                    }
                }
            }
        }
    }

    public static func == (a: Standardization, b: Standardization) -> Bool {
        a.mean.shape == b.mean.shape && a.mean.elements == b.mean.elements
            && a.standardDeviation.elements == b.standardDeviation.elements
    }
}

/// Sums for a mean and a variance at each of `width` places, in double precision and relative to the first value of each,
/// so that one pass is precise and what never changes has a variance of exactly 0.
private struct Moments {
    /// Of the values that have a mean each.
    let shape: [Int]
    private let width: Int
    private var origin: [Double] = []
    private var sums: [Double]
    private var squares: [Double]
    private var rows = 0

    init(shape: some Collection<Int>) {
        self.shape = Array(shape)
        width = elementCount(self.shape)
        sums = [Double](repeating: 0, count: width)
        squares = [Double](repeating: 0, count: width)
    }

    mutating func add(_ samples: Tensor) {
        let count = samples.count
        samples.array.withUnsafePointer { add(UnsafeBufferPointer(start: $0, count: count)) }
    }

    /// Adds values for all places, any number of rows of them.
    private mutating func add(_ values: UnsafeBufferPointer<Float>) {
        guard width > 0 else { return }
        if origin.isEmpty { origin = values.prefix(width).map(Double.init) }
        rows += values.count / width
        origin.withUnsafeBufferPointer { origin in
            sums.withUnsafeMutableBufferPointer { sums in
                squares.withUnsafeMutableBufferPointer { squares in
                    for start in stride(from: 0, to: values.count, by: width) {
                        for place in 0..<width {
                            let value = Double(values[start + place]) - origin[place]
                            sums[place] += value
                            squares[place] += value * value
                        }
                    }
                }
            }
        }
    }

    /// Means and standard deviations; deviations that are 0, or no more than rounding, are 1, by scikit-learn's rule.
    func result() -> (mean: [Float], deviation: [Float]) {
        let count = Double(rows)
        let mean = (0..<width).map { origin[$0] + sums[$0] / count }
        let deviation = (0..<width).map { place -> Float in
            let shift = sums[place] / count
            let variance = max(0, squares[place] / count - shift * shift)
            let rounding = count * mean[place] * Double.ulpOfOne
            let isConstant = variance <= count * Double.ulpOfOne * variance + rounding * rounding
            return isConstant ? 1 : max(Float(variance.squareRoot()), .leastNormalMagnitude)
        }
        return (mean.map { Float($0) }, deviation)
    }
}
