import Foundation
import MartinetBase

/// Adam with the largest gradient, slowly forgotten, for the root of the mean square (Kingma and Ba, arXiv 1412.6980, section 7),
/// with `torch.optim.Adamax`'s arithmetic.
public final class Adamax: StatefulOptimizer<AdamaxState> {
    /// What the mean of the gradient keeps of itself, which is the `momentum`, and what the largest gradient does.
    public var betas: (Float, Float) { (momentum, beta2) }

    private let beta2: Float

    /// Added to the gradient's size.
    public let epsilon: Float

    /// Optimises the groups' parameters. The groups hold rates and weight decays.
    ///
    /// - Parameters:
    ///   - groups: the parameters; none of them twice.
    ///   - model: whose training mode `step()` checks; nil to check nothing.
    ///   - betas: what the mean of the gradient and the largest gradient keep of themselves at each step, each in 0 ..< 1.
    ///   - epsilon: added to the gradient's size.
    public init(
        groups: [ParameterGroup], model: (any Module)? = nil, betas: (Float, Float) = (0.9, 0.999),
        epsilon: Float = 1e-8
    ) {
        require(
            (0..<1).contains(betas.0) && (0..<1).contains(betas.1) && epsilon >= 0,
            "Adamax: betas \(betas) and epsilon \(epsilon), expected betas in 0 ..< 1 and an epsilon that is not negative"
        )
        beta2 = betas.1
        self.epsilon = epsilon
        super.init(groups: groups, model: model, momentum: betas.0)
    }

    /// Optimises all parameters of `model`.
    ///
    /// - Parameters:
    ///   - model: whose parameters to optimise, and whose training mode `step()` checks.
    ///   - learningRate: about the size of each element's step, whatever the gradient's.
    ///   - betas: what the mean of the gradient and the largest gradient keep of themselves at each step.
    ///   - epsilon: added to the gradient's size.
    ///   - weightDecay: this times the parameter is added to the gradient.
    public convenience init(
        _ model: some Module, learningRate: Float = 2e-3, betas: (Float, Float) = (0.9, 0.999), epsilon: Float = 1e-8,
        weightDecay: Float = 0
    ) {
        let group = ParameterGroup(model.parameters, learningRate: learningRate, weightDecay: weightDecay)
        self.init(groups: [group], model: model, betas: betas, epsilon: epsilon)
    }

    /// Optimises `parameters`; arguments as for a model.
    public convenience init(
        _ parameters: [Parameter], learningRate: Float = 2e-3, betas: (Float, Float) = (0.9, 0.999),
        epsilon: Float = 1e-8, weightDecay: Float = 0
    ) {
        let group = ParameterGroup(parameters, learningRate: learningRate, weightDecay: weightDecay)
        self.init(groups: [group], betas: betas, epsilon: epsilon)
    }

    public override func initialState(shape: [Int]) -> AdamaxState {
        AdamaxState(mean: .zeros(shape), largest: .zeros(shape))
    }

    public override func update(
        _ value: inout Tensor, gradient: Tensor, state: inout AdamaxState, step: Int, group: ParameterGroup
    ) {
        let gradient = group.weightDecay == 0 ? gradient : gradient + value * group.weightDecay
        state.mean = state.mean * betas.0 + gradient * (1 - betas.0)
        state.largest = maximum(state.largest * betas.1, abs(gradient) + epsilon)
        let rate = Float(Double(group.learningRate) / (1 - pow(Double(betas.0), Double(step))))
        value -= state.mean * rate / state.largest
    }
}

/// The state of a parameter under `Adamax`.
public struct AdamaxState: ParameterState {
    /// The gradient's running mean.
    var mean: Tensor
    /// The largest gradient, slowly forgotten.
    var largest: Tensor

    public var averages: [String: Tensor] { ["exp_avg": mean, "exp_inf": largest] }

    init(mean: Tensor, largest: Tensor) { (self.mean, self.largest) = (mean, largest) }

    public init?(averages: [String: Tensor]) {
        guard let mean = averages["exp_avg"], let largest = averages["exp_inf"] else { return nil }
        self.init(mean: mean, largest: largest)
    }
}
