import MartinetBase

/// Parameters that an optimizer treats alike: a learning rate and a weight decay of their own.
///
/// ```swift
/// let optimizer = SGD(
///     groups: [
///         ParameterGroup(model.stem.parameters, learningRate: 0.01),
///         ParameterGroup(model.head.parameters, learningRate: 0.1, weightDecay: 1e-4),
///     ], momentum: 0.9)
/// ```
public struct ParameterGroup: Sendable {
    public let parameters: [Parameter]

    /// The rate that the next step takes. Schedules set it.
    public var learningRate: Float

    /// The rate that schedules start from. As PyTorch's `initial_lr`.
    public var baseLearningRate: Float

    public var weightDecay: Float

    public init(_ parameters: [Parameter], learningRate: Float, weightDecay: Float = 0) {
        require(learningRate >= 0, "ParameterGroup: the learning rate \(learningRate) is negative")
        require(weightDecay >= 0, "ParameterGroup: the weight decay \(weightDecay) is negative")
        self.parameters = parameters
        self.learningRate = learningRate
        baseLearningRate = learningRate
        self.weightDecay = weightDecay
    }

    /// Two groups: the weights, which decay, and the parameters of at most one axis (biases, and the scales and shifts of
    /// normalisation), which do not.
    ///
    /// - Precondition: every parameter has a value, so that its rank is known; call a model whose layers learn their shapes
    ///   from their first input once before.
    public static func decayingWeightsOnly(
        _ parameters: [Parameter], learningRate: Float, weightDecay: Float
    ) -> [ParameterGroup] {
        let weights = parameters.filter { $0.shape.count > 1 }
        let others = parameters.filter { $0.shape.count <= 1 }
        return [
            ParameterGroup(weights, learningRate: learningRate, weightDecay: weightDecay),
            ParameterGroup(others, learningRate: learningRate),
        ]
    }
}
