import MartinetBase

/// The state of a parameter under `SGD`.
public struct SGDState: ParameterState {
    /// nil without a momentum.
    var velocity: NDArray?

    public var averages: [String: Tensor] { Self.tensors(["momentum_buffer": velocity]) }

    init(shape: [Int], hasMomentum: Bool) { velocity = hasMomentum ? .zeros(shape) : nil }

    public init(averages: [String: Tensor]) { velocity = averages["momentum_buffer"]?.array }
}

/// Stochastic gradient descent with momentum, Nesterov's if asked for; `torch.optim.SGD`'s arithmetic.
///
/// With the gradient g (weight decay added), the velocity v = momentum v + (1 - dampening) g, which starts as the first
/// gradient undampened, and the step is -rate v, or -rate (g + momentum v) for Nesterov. Unlike in Sutskever et al. (2013),
/// the rate multiplies the velocity as a whole.
public final class SGD: StatefulOptimizer<SGDState> {
    /// The share of the gradient that the velocity does not take up.
    public let dampening: Float

    public let nesterov: Bool

    /// Optimises the groups' parameters. The groups hold rates and weight decays.
    ///
    /// - Parameters:
    ///   - groups: the parameters; none of them twice.
    ///   - model: whose training mode `step()` checks; nil to check nothing.
    ///   - momentum: how much of the velocity is kept; 0 keeps none.
    ///   - dampening: what the velocity does not take up of the gradient.
    ///   - nesterov: step along the gradient after the velocity's step, instead of along the velocity; needs a momentum
    ///     and no dampening.
    public init(
        groups: [ParameterGroup], model: (any Module)? = nil, momentum: Float = 0, dampening: Float = 0,
        nesterov: Bool = false
    ) {
        require(momentum >= 0, "SGD: the momentum \(momentum) is negative")
        require(
            !nesterov || (momentum > 0 && dampening == 0),
            "SGD: Nesterov needs a momentum and no dampening, found \(momentum) and \(dampening)")
        self.dampening = dampening
        self.nesterov = nesterov
        super.init(groups: groups, model: model, momentum: momentum)
    }

    /// Optimises all parameters of `model`.
    ///
    /// - Parameters:
    ///   - model: whose parameters to optimise, and whose training mode `step()` checks.
    ///   - learningRate: multiplies the gradient, or the velocity where there is a momentum.
    ///   - momentum: how much of the velocity is kept.
    ///   - dampening: what the velocity does not take up of the gradient.
    ///   - weightDecay: this times the parameter is added to the gradient.
    ///   - nesterov: step along the gradient after the velocity's step, instead of along the velocity.
    public convenience init(
        _ model: some Module, learningRate: Float = 1e-3, momentum: Float = 0, dampening: Float = 0,
        weightDecay: Float = 0, nesterov: Bool = false
    ) {
        let group = ParameterGroup(model.parameters, learningRate: learningRate, weightDecay: weightDecay)
        self.init(groups: [group], model: model, momentum: momentum, dampening: dampening, nesterov: nesterov)
    }

    /// Optimises `parameters`; arguments as for a model.
    public convenience init(
        _ parameters: [Parameter], learningRate: Float = 1e-3, momentum: Float = 0, dampening: Float = 0,
        weightDecay: Float = 0, nesterov: Bool = false
    ) {
        let group = ParameterGroup(parameters, learningRate: learningRate, weightDecay: weightDecay)
        self.init(groups: [group], momentum: momentum, dampening: dampening, nesterov: nesterov)
    }

    public override func initialState(shape: [Int]) -> SGDState {
        SGDState(shape: shape, hasMomentum: momentum != 0)
    }

    public override func update(
        _ value: inout Tensor, gradient: Tensor, state: inout SGDState, step: Int, group: ParameterGroup
    ) {
        // A momentum may have been set since the first step.
        if momentum != 0, state.velocity == nil { state.velocity = .zeros(value.shape) }
        value.updateArray { value in
            value.stepSGD(
                gradient: gradient.array, velocity: &state.velocity, learningRate: group.learningRate,
                weightDecay: group.weightDecay, keep: momentum, take: step == 1 ? 1 : 1 - dampening,
                nesterov: nesterov ? momentum : 0)
        }
    }
}
