import Foundation
import MartinetBase

/// Adam that takes plain steps along the mean until the mean square rests on enough gradients (Liu et al., arXiv 1908.03265),
/// with `torch.optim.RAdam`'s arithmetic.
public final class RAdam: StatefulOptimizer<AdamState> {
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
        epsilon: Float = 1e-8
    ) {
        require(
            (0..<1).contains(betas.0) && (0..<1).contains(betas.1) && epsilon >= 0,
            "RAdam: betas \(betas) and epsilon \(epsilon), expected betas in 0 ..< 1 and an epsilon that is not negative"
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
    ///   - betas: what the means of the gradient and of its square keep of themselves at each step, each in 0 ..< 1.
    ///   - epsilon: added to the root of the mean square, so that a gradient near zero does not make a huge step.
    ///   - weightDecay: this times the parameter is added to the gradient.
    public convenience init(
        _ model: some Module, learningRate: Float = 1e-3, betas: (Float, Float) = (0.9, 0.999), epsilon: Float = 1e-8,
        weightDecay: Float = 0
    ) {
        let group = ParameterGroup(model.parameters, learningRate: learningRate, weightDecay: weightDecay)
        self.init(groups: [group], model: model, betas: betas, epsilon: epsilon)
    }

    /// Optimises `parameters`; arguments as for a model.
    public convenience init(
        _ parameters: [Parameter], learningRate: Float = 1e-3, betas: (Float, Float) = (0.9, 0.999),
        epsilon: Float = 1e-8, weightDecay: Float = 0
    ) {
        let group = ParameterGroup(parameters, learningRate: learningRate, weightDecay: weightDecay)
        self.init(groups: [group], betas: betas, epsilon: epsilon)
    }

    public override func initialState(shape: [Int]) -> AdamState { AdamState(shape: shape, amsgrad: false) }

    public override func update(
        _ value: inout Tensor, gradient: Tensor, state: inout AdamState, step: Int, group: ParameterGroup
    ) {
        let gradient = group.weightDecay == 0 ? gradient : gradient + value * group.weightDecay
        let (mean, root) = state.advance(gradient, betas, step: step)
        let rate = Double(group.learningRate) / (1 - pow(Double(betas.0), Double(step)))
        // How many gradients the mean square rests on, in the end and now.
        let decay = pow(Double(betas.1), Double(step))
        let most = 2 / (1 - Double(betas.1)) - 1
        let length = most - 2 * Double(step) * decay / (1 - decay)
        guard length > 5 else {
            value -= mean * Float(rate)
            return
        }
        let numerator = (length - 4) * (length - 2) * most
        let rectification = (numerator / ((most - 4) * (most - 2) * length)).squareRoot()
        // PyTorch adds epsilon before the mean square is corrected.
        let correction = Float((1 - decay).squareRoot())
        value -= mean * Float(rate * rectification) * correction / (root * correction + epsilon)
    }
}
