import MartinetBase

/// Steps in the proportion of earlier steps to earlier gradients (Zeiler, arXiv 1212.5701), with `torch.optim.Adadelta`'s arithmetic.
public final class Adadelta: StatefulOptimizer<AdadeltaState> {
    /// What the mean squares keep of themselves.
    public let rho: Float

    /// Added under both roots.
    public let epsilon: Float

    /// Optimises the groups' parameters. The groups hold rates and weight decays.
    ///
    /// - Parameters:
    ///   - groups: the parameters; none of them twice.
    ///   - model: whose training mode `step()` checks; nil to check nothing.
    ///   - rho: what the mean squares keep of themselves at each step, in 0 ... 1.
    ///   - epsilon: added under both roots; it makes the first step.
    public init(
        groups: [ParameterGroup], model: (any Module)? = nil, rho: Float = 0.9, epsilon: Float = 1e-6
    ) {
        require(
            (0...1).contains(rho) && epsilon >= 0,
            "Adadelta: rho \(rho) and epsilon \(epsilon), expected a rho in 0 ... 1 and an epsilon that is not negative"
        )
        self.rho = rho
        self.epsilon = epsilon
        super.init(groups: groups, model: model)
    }

    /// Optimises all parameters of `model`.
    ///
    /// - Parameters:
    ///   - model: whose parameters to optimise, and whose training mode `step()` checks.
    ///   - learningRate: what the step is multiplied with.
    ///   - rho: what the mean squares keep of themselves at each step.
    ///   - epsilon: added under both roots; it makes the first step.
    ///   - weightDecay: this times the parameter is added to the gradient.
    public convenience init(
        _ model: some Module, learningRate: Float = 1, rho: Float = 0.9, epsilon: Float = 1e-6, weightDecay: Float = 0
    ) {
        let group = ParameterGroup(model.parameters, learningRate: learningRate, weightDecay: weightDecay)
        self.init(groups: [group], model: model, rho: rho, epsilon: epsilon)
    }

    /// Optimises `parameters`; arguments as for a model.
    public convenience init(
        _ parameters: [Parameter], learningRate: Float = 1, rho: Float = 0.9, epsilon: Float = 1e-6,
        weightDecay: Float = 0
    ) {
        let group = ParameterGroup(parameters, learningRate: learningRate, weightDecay: weightDecay)
        self.init(groups: [group], rho: rho, epsilon: epsilon)
    }

    public override func initialState(shape: [Int]) -> AdadeltaState {
        AdadeltaState(meanSquare: .zeros(shape), meanSquareStep: .zeros(shape))
    }

    public override func update(
        _ value: inout Tensor, gradient: Tensor, state: inout AdadeltaState, step: Int, group: ParameterGroup
    ) {
        let gradient = group.weightDecay == 0 ? gradient : gradient + value * group.weightDecay
        state.meanSquare = state.meanSquare * rho + square(gradient) * (1 - rho)
        let step = sqrt(state.meanSquareStep + epsilon) / sqrt(state.meanSquare + epsilon) * gradient
        state.meanSquareStep = state.meanSquareStep * rho + square(step) * (1 - rho)
        value -= step * group.learningRate
    }
}

/// The state of a parameter under `Adadelta`.
public struct AdadeltaState: ParameterState {
    /// Of the gradient, and of the step.
    var meanSquare, meanSquareStep: Tensor

    public var averages: [String: Tensor] { ["square_avg": meanSquare, "acc_delta": meanSquareStep] }

    init(meanSquare: Tensor, meanSquareStep: Tensor) {
        (self.meanSquare, self.meanSquareStep) = (meanSquare, meanSquareStep)
    }

    public init?(averages: [String: Tensor]) {
        guard let gradient = averages["square_avg"], let step = averages["acc_delta"] else { return nil }
        self.init(meanSquare: gradient, meanSquareStep: step)
    }
}
