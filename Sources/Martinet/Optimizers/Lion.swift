import MartinetBase

/// Steps of one size along the sign of a mean of the gradient (Chen et al., arXiv 2302.06675), with weight decay apart from the
/// gradient. Its rate is three to ten times smaller than Adam's, its weight decay as much larger.
public final class Lion: StatefulOptimizer<LionState> {
    /// What the gradient is mixed with for the step's sign, which is the `momentum`, and what the mean keeps of itself.
    public var betas: (Float, Float) { (momentum, beta2) }

    private let beta2: Float

    /// Optimises the groups' parameters. The groups hold rates and weight decays.
    ///
    /// - Parameters:
    ///   - groups: the parameters; none of them twice.
    ///   - model: whose training mode `step()` checks; nil to check nothing.
    ///   - betas: how much of the mean is in the step, and what the mean keeps of itself, each in 0 ..< 1.
    public init(
        groups: [ParameterGroup], model: (any Module)? = nil, betas: (Float, Float) = (0.9, 0.99)
    ) {
        require(
            (0..<1).contains(betas.0) && (0..<1).contains(betas.1),
            "Lion: betas \(betas), expected both in 0 ..< 1")
        beta2 = betas.1
        super.init(groups: groups, model: model, momentum: betas.0)
    }

    /// Optimises all parameters of `model`.
    ///
    /// - Parameters:
    ///   - model: whose parameters to optimise, and whose training mode `step()` checks.
    ///   - learningRate: the size of each element's step.
    ///   - betas: how much of the mean is in the step, and what the mean keeps of itself.
    ///   - weightDecay: this times the rate is what the parameter loses of itself at each step.
    public convenience init(
        _ model: some Module, learningRate: Float = 1e-4, betas: (Float, Float) = (0.9, 0.99), weightDecay: Float = 0
    ) {
        let group = ParameterGroup(model.parameters, learningRate: learningRate, weightDecay: weightDecay)
        self.init(groups: [group], model: model, betas: betas)
    }

    /// Optimises `parameters`; arguments as for a model.
    public convenience init(
        _ parameters: [Parameter], learningRate: Float = 1e-4, betas: (Float, Float) = (0.9, 0.99),
        weightDecay: Float = 0
    ) {
        let group = ParameterGroup(parameters, learningRate: learningRate, weightDecay: weightDecay)
        self.init(groups: [group], betas: betas)
    }

    public override func initialState(shape: [Int]) -> LionState { LionState(mean: .zeros(shape)) }

    public override func update(
        _ value: inout Tensor, gradient: Tensor, state: inout LionState, step: Int, group: ParameterGroup
    ) {
        let direction = sign(state.mean * betas.0 + gradient * (1 - betas.0))
        value = value * (1 - group.learningRate * group.weightDecay) - direction * group.learningRate
        state.mean = state.mean * betas.1 + gradient * (1 - betas.1)
    }
}

/// The state of a parameter under `Lion`.
public struct LionState: ParameterState {
    /// Of the gradient.
    var mean: Tensor

    public var averages: [String: Tensor] { ["exp_avg": mean] }

    init(mean: Tensor) { self.mean = mean }

    public init?(averages: [String: Tensor]) {
        guard let mean = averages["exp_avg"] else { return nil }
        self.init(mean: mean)
    }
}
