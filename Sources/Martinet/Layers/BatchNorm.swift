import MartinetBase

/// Batch normalisation over all axes but the last (Ioffe and Szegedy, arXiv 1502.03167): `[batch, features]` as well as
/// `[batch, height, width, channels]`.
///
/// In training mode it uses the batch's own mean and variance and moves the running ones towards them; in evaluation mode
/// it uses the running ones. As in PyTorch the running variance is Bessel-corrected, and `momentum` is the share of the
/// new value.
///
/// - `weight`, `bias`: scale γ and shift β, `[features]`.
/// - `running_mean`, `running_var`, `num_batches_tracked`: buffers.
public final class BatchNorm: ElementwiseLayer {
    public let weight, bias: Parameter?
    public let runningMean = Buffer()
    public let runningVar = Buffer()
    public let numBatchesTracked = Buffer(Tensor(0))
    public let epsilon: Float
    public let momentum: Float
    private let correctsRunningVariance: Bool
    private let mode = TrainingMode()

    /// A layer whose number of features is found from its first input.
    ///
    /// - Parameters:
    ///   - epsilon: added to the variance.
    ///   - momentum: the share of a batch's statistics in the running ones.
    ///   - affine: whether to learn a scale and a shift.
    ///   - correctsRunningVariance: Bessel's correction of the running variance, as in PyTorch; Keras has none.
    public init(
        epsilon: Float = 1e-5, momentum: Float = 0.1, affine: Bool = true, correctsRunningVariance: Bool = true
    ) {
        weight = affine ? Parameter() : nil
        bias = affine ? Parameter() : nil
        self.epsilon = epsilon
        self.momentum = momentum
        self.correctsRunningVariance = correctsRunningVariance
    }

    /// A layer for `features` channels.
    public convenience init(
        _ features: Int, epsilon: Float = 1e-5, momentum: Float = 0.1, affine: Bool = true,
        correctsRunningVariance: Bool = true
    ) {
        require(features > 0, "BatchNorm: expected at least 1 feature, found \(features)")
        self.init(
            epsilon: epsilon, momentum: momentum, affine: affine, correctsRunningVariance: correctsRunningVariance)
        build(for: [features])
    }

    /// Keras's defaults: epsilon 1e-3, its momentum of 0.99 (a share of 0.01 for the new value), no correction.
    public static func keras() -> BatchNorm {
        BatchNorm(epsilon: 1e-3, momentum: 0.01, correctsRunningVariance: false)
    }

    /// - Parameter x: `[batch, ..., features]`.
    public func callAsFunction(_ x: Tensor) -> Tensor {
        prepare(for: x)
        let count = x.shape.dropLast().reduce(1, *)
        if mode.isOn, count <= 1 {
            BatchProblem.report(
                "BatchNorm: a batch of shape \(x.shape) has one value a channel, too few to train with; leave the odd"
                    + " sample out (dropLast), take another batch size, or call eval() to predict")
        }
        guard mode.isOn, count > 1 else {
            let output = batchNorm(
                x, mean: runningMean.value, variance: runningVar.value, weight: weight?.value, bias: bias?.value,
                epsilon: epsilon)
            return ForwardObserver.observe(self, output)
        }
        let (output, moments) = batchNorm(x, weight: weight?.value, bias: bias?.value, epsilon: epsilon)
        updateStatistics(moments)
        return ForwardObserver.observe(self, output)
    }

    private func updateStatistics(_ moments: ChannelMoments) {
        let correction = correctsRunningVariance ? Float(moments.count) / Float(moments.count - 1) : 1
        let mean = moments.mean * momentum + runningMean.value.array * (1 - momentum)
        let variance = moments.variance * (momentum * correction) + runningVar.value.array * (1 - momentum)
        runningMean.value = Tensor(array: mean)
        runningVar.value = Tensor(array: variance)
        numBatchesTracked.value = Tensor(array: numBatchesTracked.value.array + 1)
    }

    public func outputShape(for input: [Int]) throws(ShapeError) -> [Int] {
        guard let features = input.last else { throw ShapeError("expected an axis of features, found a scalar") }
        if runningMean.isInitialized, runningMean.count != features {
            throw ShapeError("expected \(runningMean.count) features, found \(features) in \(input)")
        }
        return input
    }

    public func build(for input: [Int]) {
        guard !runningMean.isInitialized, let features = input.last else { return }
        weight?.value = .ones([features])
        bias?.value = .zeros([features])
        runningVar.value = .ones([features])
        runningMean.value = .zeros([features])
    }

    public var details: String {
        "\(runningMean.isInitialized ? "\(runningMean.count)" : "?"), epsilon: \(epsilon), momentum: \(momentum)"
            + (weight == nil ? ", affine: false" : "")
    }
}
