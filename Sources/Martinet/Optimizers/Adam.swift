import Foundation
import MartinetBase

/// Adam (Kingma and Ba, arXiv 1412.6980), with `torch.optim.Adam`'s arithmetic.
///
/// Keeps the running mean m of the gradient and v of its square, both corrected for their start at zero; the step is
/// -rate m / (sqrt(v) + epsilon). Weight decay is added to the gradient; `AdamW` keeps it apart.
public class Adam: Optimizer {
    /// What the means of the gradient and of its square keep of themselves at each step. The first is the `momentum`.
    public final var betas: (Float, Float) { (momentum, beta2) }

    private let beta2: Float

    /// Added to the root of the mean square.
    public final let epsilon: Float

    /// Whether the largest mean square so far stands for the mean square (Reddi et al., arXiv 1904.09237).
    public final let amsgrad: Bool

    /// Optimises the groups' parameters. The groups hold rates and weight decays.
    ///
    /// - Parameters:
    ///   - groups: the parameters; none of them twice.
    ///   - model: whose training mode `step()` checks; nil to check nothing.
    ///   - betas: what the means of the gradient and of its square keep of themselves at each step, each in 0 ..< 1.
    ///   - epsilon: added to the root of the mean square, so that a gradient near zero does not make a huge step.
    ///   - amsgrad: let the largest mean square so far stand for the mean square.
    public init(
        groups: [ParameterGroup], model: (any Module)? = nil, betas: (Float, Float) = (0.9, 0.999),
        epsilon: Float = 1e-8, amsgrad: Bool = false
    ) {
        require(
            (0..<1).contains(betas.0) && (0..<1).contains(betas.1) && epsilon >= 0,
            "Adam: betas \(betas) and epsilon \(epsilon), expected betas in 0 ..< 1 and an epsilon that is not negative"
        )
        beta2 = betas.1
        self.epsilon = epsilon
        self.amsgrad = amsgrad
        super.init(groups: groups, model: model, momentum: betas.0)
    }

    /// Optimises all parameters of `model`.
    ///
    /// - Parameters:
    ///   - model: whose parameters to optimise, and whose training mode `step()` checks.
    ///   - learningRate: about the size of each element's step, whatever the gradient's.
    ///   - betas: what the means of the gradient and of its square keep of themselves at each step.
    ///   - epsilon: added to the root of the mean square. Keras's default is 1e-7.
    ///   - weightDecay: this times the parameter is added to the gradient.
    ///   - amsgrad: let the largest mean square so far stand for the mean square.
    public convenience init(
        _ model: some Module, learningRate: Float = 1e-3, betas: (Float, Float) = (0.9, 0.999), epsilon: Float = 1e-8,
        weightDecay: Float = 0, amsgrad: Bool = false
    ) {
        let group = ParameterGroup(model.parameters, learningRate: learningRate, weightDecay: weightDecay)
        self.init(groups: [group], model: model, betas: betas, epsilon: epsilon, amsgrad: amsgrad)
    }

    /// Optimises `parameters`; arguments as for a model.
    public convenience init(
        _ parameters: [Parameter], learningRate: Float = 1e-3, betas: (Float, Float) = (0.9, 0.999),
        epsilon: Float = 1e-8, weightDecay: Float = 0, amsgrad: Bool = false
    ) {
        let group = ParameterGroup(parameters, learningRate: learningRate, weightDecay: weightDecay)
        self.init(groups: [group], betas: betas, epsilon: epsilon, amsgrad: amsgrad)
    }

    public final override var averageNames: [String] {
        ["exp_avg", "exp_avg_sq"] + (amsgrad ? ["max_exp_avg_sq"] : [])
    }

    public override func update(
        _ value: inout NDArray, gradient: NDArray, averages: inout [NDArray], step: Int, group: ParameterGroup
    ) {
        stepAdam(
            &value, gradient, &averages, step, learningRate: group.learningRate, shrink: 1,
            weightDecay: group.weightDecay)
    }

    fileprivate final func stepAdam(
        _ value: inout NDArray, _ gradient: NDArray, _ averages: inout [NDArray], _ step: Int, learningRate: Float,
        shrink: Float, weightDecay: Float
    ) {
        // What is missing from the means because they started at zero.
        let meanCorrection = 1 - pow(Double(betas.0), Double(step))
        let squareCorrection = 1 - pow(Double(betas.1), Double(step))
        value.stepAdam(
            gradient: gradient, averages: &averages, stepSize: Float(Double(learningRate) / meanCorrection),
            shrink: shrink, weightDecay: weightDecay, beta1: betas.0, beta2: betas.1,
            rootCorrection: Float(1 / squareCorrection.squareRoot()), epsilon: epsilon)
    }
}

/// Adam with weight decay apart from the gradient (Loshchilov and Hutter, arXiv 1711.05101), with `torch.optim.AdamW`'s
/// arithmetic: each step first multiplies the parameter with 1 - rate * decay.
public final class AdamW: Adam {
    /// Optimises all parameters of `model`.
    ///
    /// - Parameters:
    ///   - model: whose parameters to optimise, and whose training mode `step()` checks.
    ///   - learningRate: about the size of each element's step, whatever the gradient's.
    ///   - betas: what the means of the gradient and of its square keep of themselves at each step.
    ///   - epsilon: added to the root of the mean square.
    ///   - weightDecay: this times the rate is what the parameter loses of itself at each step.
    ///   - amsgrad: let the largest mean square so far stand for the mean square.
    public convenience init(
        _ model: some Module, learningRate: Float = 1e-3, betas: (Float, Float) = (0.9, 0.999), epsilon: Float = 1e-8,
        weightDecay: Float = 1e-2, amsgrad: Bool = false
    ) {
        let group = ParameterGroup(model.parameters, learningRate: learningRate, weightDecay: weightDecay)
        self.init(groups: [group], model: model, betas: betas, epsilon: epsilon, amsgrad: amsgrad)
    }

    /// Optimises `parameters`; arguments as for a model.
    public convenience init(
        _ parameters: [Parameter], learningRate: Float = 1e-3, betas: (Float, Float) = (0.9, 0.999),
        epsilon: Float = 1e-8, weightDecay: Float = 1e-2, amsgrad: Bool = false
    ) {
        let group = ParameterGroup(parameters, learningRate: learningRate, weightDecay: weightDecay)
        self.init(groups: [group], betas: betas, epsilon: epsilon, amsgrad: amsgrad)
    }

    public override func update(
        _ value: inout NDArray, gradient: NDArray, averages: inout [NDArray], step: Int, group: ParameterGroup
    ) {
        stepAdam(
            &value, gradient, &averages, step, learningRate: group.learningRate,
            shrink: 1 - group.learningRate * group.weightDecay, weightDecay: 0)
    }
}
