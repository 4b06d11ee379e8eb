import Foundation
import MartinetBase

/// Adam whose step is as long in each parameter as the parameter itself, times the rate: for large batches (You et al., arXiv
/// 1904.00962). The weight decay is part of the step.
public final class LAMB: StatefulOptimizer<AdamState> {
    /// The decays of the means of the gradient and of its square. The first is the `momentum`.
    public var betas: (Float, Float) { (momentum, beta2) }

    private let beta2: Float

    /// Added to the root of the mean square.
    public let epsilon: Float

    /// Optimises the groups' parameters. The groups hold rates and weight decays.
    ///
    /// - Parameters:
    ///   - groups: the parameters; none of them twice.
    ///   - model: whose training mode `step()` checks; nil to check nothing.
    ///   - betas: what the means of the gradient and of its square keep of themselves at each step, each in 0 ..< 1.
    ///   - epsilon: added to the root of the mean square, so that a gradient near zero does not make a huge step.
    public init(
        groups: [ParameterGroup], model: (any Module)? = nil, betas: (Float, Float) = (0.9, 0.999),
        epsilon: Float = 1e-6
    ) {
        require(
            (0..<1).contains(betas.0) && (0..<1).contains(betas.1) && epsilon >= 0,
            "LAMB: betas \(betas) and epsilon \(epsilon), expected betas in 0 ..< 1 and an epsilon that is not negative"
        )
        beta2 = betas.1
        self.epsilon = epsilon
        super.init(groups: groups, model: model, momentum: betas.0)
    }

    /// Optimises all parameters of `model`.
    ///
    /// - Parameters:
    ///   - model: whose parameters to optimise, and whose training mode `step()` checks.
    ///   - learningRate: the step's length over the parameter's.
    ///   - betas: what the means of the gradient and of its square keep of themselves at each step, each in 0 ..< 1.
    ///   - epsilon: added to the root of the mean square, so that a gradient near zero does not make a huge step.
    ///   - weightDecay: this times the parameter is added to the step before its length is set.
    public convenience init(
        _ model: some Module, learningRate: Float = 1e-3, betas: (Float, Float) = (0.9, 0.999), epsilon: Float = 1e-6,
        weightDecay: Float = 1e-2
    ) {
        let group = ParameterGroup(model.parameters, learningRate: learningRate, weightDecay: weightDecay)
        self.init(groups: [group], model: model, betas: betas, epsilon: epsilon)
    }

    /// Optimises `parameters`; arguments as for a model.
    public convenience init(
        _ parameters: [Parameter], learningRate: Float = 1e-3, betas: (Float, Float) = (0.9, 0.999),
        epsilon: Float = 1e-6, weightDecay: Float = 1e-2
    ) {
        let group = ParameterGroup(parameters, learningRate: learningRate, weightDecay: weightDecay)
        self.init(groups: [group], betas: betas, epsilon: epsilon)
    }

    public override func initialState(shape: [Int]) -> AdamState { AdamState(shape: shape, amsgrad: false) }

    public override func update(
        _ value: inout Tensor, gradient: Tensor, state: inout AdamState, step: Int, group: ParameterGroup
    ) {
        let (mean, root) = state.advance(gradient, betas, step: step)
        let correction = Float(1 / (1 - pow(Double(betas.0), Double(step))))
        let direction = mean * correction / (root + epsilon) + value * group.weightDecay
        let length = value.array.sumOfSquares().squareRoot()
        let reach = direction.array.sumOfSquares().squareRoot()
        let trust = length > 0 && reach > 0 ? Float(length / reach) : 1
        value -= direction * (group.learningRate * trust)
    }
}
