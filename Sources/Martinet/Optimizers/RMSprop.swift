import MartinetBase

/// The state of a parameter under `RMSprop`.
public struct RMSpropState: ParameterState {
    /// The running mean of the gradient's square.
    var meanSquare: NDArray

    /// The running mean of the gradient; nil unless centered.
    var mean: NDArray?

    /// nil without a momentum.
    var velocity: NDArray?

    public var averages: [String: Tensor] {
        Self.tensors(["square_avg": meanSquare, "grad_avg": mean, "momentum_buffer": velocity])
    }

    init(shape: [Int], isCentered: Bool, hasMomentum: Bool) {
        meanSquare = .zeros(shape)
        mean = isCentered ? .zeros(shape) : nil
        velocity = hasMomentum ? .zeros(shape) : nil
    }

    public init?(averages: [String: Tensor]) {
        guard let meanSquare = averages["square_avg"] else { return nil }
        self.meanSquare = meanSquare.array
        mean = averages["grad_avg"]?.array
        velocity = averages["momentum_buffer"]?.array
    }
}

/// RMSprop (Tieleman and Hinton, Coursera lecture 6.5, 2012), with `torch.optim.RMSprop`'s arithmetic.
///
/// Divides the gradient by the root of its running mean square, or of its variance about the running mean if centered (Graves,
/// arXiv 1308.0850), plus epsilon; a velocity gathers the quotients where there is a momentum.
public final class RMSprop: StatefulOptimizer<RMSpropState> {
    /// The decay of the running means: the share of themselves that they keep at each step.
    public let alpha: Float

    /// Added to the root.
    public let epsilon: Float

    /// Whether the mean square is taken about the running mean.
    public let centered: Bool

    /// Optimises the groups' parameters. The groups hold rates and weight decays.
    ///
    /// - Parameters:
    ///   - groups: the parameters; none of them twice.
    ///   - model: whose training mode `step()` checks; nil to check nothing.
    ///   - alpha: what the running means keep of themselves at each step, in 0 ... 1.
    ///   - epsilon: added to the root, so that a gradient near zero does not make a huge step.
    ///   - momentum: how much of the velocity is kept; 0 keeps none.
    ///   - centered: take the mean square about the running mean.
    public init(
        groups: [ParameterGroup], model: (any Module)? = nil, alpha: Float = 0.99, epsilon: Float = 1e-8,
        momentum: Float = 0, centered: Bool = false
    ) {
        require(
            (0...1).contains(alpha) && epsilon >= 0 && momentum >= 0,
            "RMSprop: alpha \(alpha), epsilon \(epsilon), momentum \(momentum); expected alpha in 0 ... 1, none negative"
        )
        self.alpha = alpha
        self.epsilon = epsilon
        self.centered = centered
        super.init(groups: groups, model: model, momentum: momentum)
    }

    /// Optimises all parameters of `model`.
    ///
    /// - Parameters:
    ///   - model: whose parameters to optimise, and whose training mode `step()` checks.
    ///   - learningRate: multiplies the gradient over its root mean square.
    ///   - alpha: what the running means keep of themselves at each step. Keras's default is 0.9.
    ///   - epsilon: added to the root.
    ///   - weightDecay: this times the parameter is added to the gradient.
    ///   - momentum: how much of the velocity is kept.
    ///   - centered: take the mean square about the running mean.
    public convenience init(
        _ model: some Module, learningRate: Float = 1e-2, alpha: Float = 0.99, epsilon: Float = 1e-8,
        weightDecay: Float = 0, momentum: Float = 0, centered: Bool = false
    ) {
        let group = ParameterGroup(model.parameters, learningRate: learningRate, weightDecay: weightDecay)
        self.init(
            groups: [group], model: model, alpha: alpha, epsilon: epsilon, momentum: momentum, centered: centered)
    }

    /// Optimises `parameters`; arguments as for a model.
    public convenience init(
        _ parameters: [Parameter], learningRate: Float = 1e-2, alpha: Float = 0.99, epsilon: Float = 1e-8,
        weightDecay: Float = 0, momentum: Float = 0, centered: Bool = false
    ) {
        let group = ParameterGroup(parameters, learningRate: learningRate, weightDecay: weightDecay)
        self.init(groups: [group], alpha: alpha, epsilon: epsilon, momentum: momentum, centered: centered)
    }

    public override func initialState(shape: [Int]) -> RMSpropState {
        RMSpropState(shape: shape, isCentered: centered, hasMomentum: momentum != 0)
    }

    public override func update(
        _ value: inout Tensor, gradient: Tensor, state: inout RMSpropState, step: Int, group: ParameterGroup
    ) {
        // A momentum may have been set since the first step.
        if momentum != 0, state.velocity == nil { state.velocity = .zeros(value.shape) }
        value.updateArray { value in
            value.stepRMSprop(
                gradient: gradient.array, meanSquare: &state.meanSquare, mean: &state.mean, velocity: &state.velocity,
                learningRate: group.learningRate, weightDecay: group.weightDecay, alpha: alpha, epsilon: epsilon,
                momentum: momentum)
        }
    }
}
