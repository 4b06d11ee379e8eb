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
        _ value: inout Tensor, gradient: Tensor, state: inout AdamState, step: Int, group: ParameterGroup
    ) {
        update(
            &value, gradient: gradient, state: &state, step: step, learningRate: group.learningRate,
            shrink: 1 - group.learningRate * group.weightDecay, weightDecay: 0)
    }
}
