import MartinetBase

/// Steps that shrink with all that an element's gradient has been (Duchi et al. 2011), with `torch.optim.Adagrad`'s arithmetic.
public final class Adagrad: StatefulOptimizer<AdagradState> {
    /// What the rate is divided by more at each step.
    public let learningRateDecay: Float

    /// What the sum of squares starts from.
    public let initialAccumulator: Float

    /// Added to the root of the sum.
    public let epsilon: Float

    /// Optimises the groups' parameters. The groups hold rates and weight decays.
    ///
    /// - Parameters:
    ///   - groups: the parameters; none of them twice.
    ///   - model: whose training mode `step()` checks; nil to check nothing.
    ///   - learningRateDecay: the rate of step t is over 1 + (t - 1) times this.
    ///   - initialAccumulator: what the sum of squares starts from.
    ///   - epsilon: added to the root of the sum.
    public init(
        groups: [ParameterGroup], model: (any Module)? = nil, learningRateDecay: Float = 0,
        initialAccumulator: Float = 0, epsilon: Float = 1e-10
    ) {
        require(
            learningRateDecay >= 0 && initialAccumulator >= 0 && epsilon >= 0,
            "Adagrad: learningRateDecay \(learningRateDecay), initialAccumulator \(initialAccumulator) and epsilon \(epsilon),"
                + " expected none of them to be negative")
        self.learningRateDecay = learningRateDecay
        self.initialAccumulator = initialAccumulator
        self.epsilon = epsilon
        super.init(groups: groups, model: model)
    }

    /// Optimises all parameters of `model`.
    ///
    /// - Parameters:
    ///   - model: whose parameters to optimise, and whose training mode `step()` checks.
    ///   - learningRate: the size of an element's first step.
    ///   - weightDecay: this times the parameter is added to the gradient.
    ///   - learningRateDecay: the rate of step t is over 1 + (t - 1) times this.
    ///   - initialAccumulator: what the sum of squares starts from. Keras's default is 0.1.
    ///   - epsilon: added to the root of the sum.
    public convenience init(
        _ model: some Module, learningRate: Float = 1e-2, weightDecay: Float = 0, learningRateDecay: Float = 0,
        initialAccumulator: Float = 0, epsilon: Float = 1e-10
    ) {
        let group = ParameterGroup(model.parameters, learningRate: learningRate, weightDecay: weightDecay)
        self.init(
            groups: [group], model: model, learningRateDecay: learningRateDecay, initialAccumulator: initialAccumulator,
            epsilon: epsilon)
    }

    /// Optimises `parameters`; arguments as for a model.
    public convenience init(
        _ parameters: [Parameter], learningRate: Float = 1e-2, weightDecay: Float = 0, learningRateDecay: Float = 0,
        initialAccumulator: Float = 0, epsilon: Float = 1e-10
    ) {
        let group = ParameterGroup(parameters, learningRate: learningRate, weightDecay: weightDecay)
        self.init(
            groups: [group], learningRateDecay: learningRateDecay, initialAccumulator: initialAccumulator,
            epsilon: epsilon)
    }

    public override func initialState(shape: [Int]) -> AdagradState {
        AdagradState(sum: .full(shape, initialAccumulator))
    }

    public override func update(
        _ value: inout Tensor, gradient: Tensor, state: inout AdagradState, step: Int, group: ParameterGroup
    ) {
        let gradient = group.weightDecay == 0 ? gradient : gradient + value * group.weightDecay
        let rate = group.learningRate / (1 + Float(step - 1) * learningRateDecay)
        state.sum += square(gradient)
        value -= gradient * rate / (sqrt(state.sum) + epsilon)
    }
}

/// The state of a parameter under `Adagrad`.
public struct AdagradState: ParameterState {
    /// Of the gradient's squares.
    var sum: Tensor

    public var averages: [String: Tensor] { ["sum": sum] }

    init(sum: Tensor) { self.sum = sum }

    public init?(averages: [String: Tensor]) {
        guard let sum = averages["sum"] else { return nil }
        self.init(sum: sum)
    }
}
