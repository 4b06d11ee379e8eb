import Foundation
import MartinetBase

/// Adam with Nesterov's momentum (Dozat 2016), with `torch.optim.NAdam`'s arithmetic.
///
/// The momentum grows to its value over the first steps, and the step looks ahead along the mean with the next one's.
public final class NAdam: StatefulOptimizer<NAdamState> {
    /// The decays of the means of the gradient and of its square. The first is the `momentum`.
    public var betas: (Float, Float) { (momentum, beta2) }

    private let beta2: Float

    /// Added to the root of the mean square.
    public let epsilon: Float

    /// How fast the momentum grows to its value.
    public let momentumDecay: Float

    /// Optimises the groups' parameters. The groups hold rates and weight decays.
    ///
    /// - Parameters:
    ///   - groups: the parameters; none of them twice.
    ///   - model: whose training mode `step()` checks; nil to check nothing.
    ///   - betas: what the means of the gradient and of its square keep of themselves at each step, each in 0 ..< 1.
    ///   - epsilon: added to the root of the mean square, so that a gradient near zero does not make a huge step.
    ///   - momentumDecay: how fast the momentum grows to its value.
    public init(
        groups: [ParameterGroup], model: (any Module)? = nil, betas: (Float, Float) = (0.9, 0.999),
        epsilon: Float = 1e-8, momentumDecay: Float = 4e-3
    ) {
        require(
            (0..<1).contains(betas.0) && (0..<1).contains(betas.1) && epsilon >= 0,
            "NAdam: betas \(betas) and epsilon \(epsilon), expected betas in 0 ..< 1 and an epsilon that is not negative"
        )
        beta2 = betas.1
        self.epsilon = epsilon
        self.momentumDecay = momentumDecay
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
    ///   - momentumDecay: how fast the momentum grows to its value.
    public convenience init(
        _ model: some Module, learningRate: Float = 2e-3, betas: (Float, Float) = (0.9, 0.999), epsilon: Float = 1e-8,
        weightDecay: Float = 0, momentumDecay: Float = 4e-3
    ) {
        let group = ParameterGroup(model.parameters, learningRate: learningRate, weightDecay: weightDecay)
        self.init(groups: [group], model: model, betas: betas, epsilon: epsilon, momentumDecay: momentumDecay)
    }

    /// Optimises `parameters`; arguments as for a model.
    public convenience init(
        _ parameters: [Parameter], learningRate: Float = 2e-3, betas: (Float, Float) = (0.9, 0.999),
        epsilon: Float = 1e-8, weightDecay: Float = 0, momentumDecay: Float = 4e-3
    ) {
        let group = ParameterGroup(parameters, learningRate: learningRate, weightDecay: weightDecay)
        self.init(groups: [group], betas: betas, epsilon: epsilon, momentumDecay: momentumDecay)
    }

    public override func initialState(shape: [Int]) -> NAdamState {
        NAdamState(moments: AdamState(shape: shape, amsgrad: false), momentumProduct: 1)
    }

    public override func update(
        _ value: inout Tensor, gradient: Tensor, state: inout NAdamState, step: Int, group: ParameterGroup
    ) {
        let gradient = group.weightDecay == 0 ? gradient : gradient + value * group.weightDecay
        let (mean, root) = state.moments.advance(gradient, betas, step: step)
        let (present, next) = (factor(step), factor(step + 1))
        state.momentumProduct *= Float(present)
        let product = Double(state.momentumProduct)
        let denominator = root + epsilon
        let rate = Double(group.learningRate)
        let byGradient = Float(rate * (1 - present) / (1 - product))
        let byMean = Float(rate * next / (1 - product * next))
        value -= (gradient * byGradient + mean * byMean) / denominator
    }

    /// The momentum of a step.
    private func factor(_ step: Int) -> Double {
        Double(momentum) * (1 - 0.5 * pow(0.96, Double(step) * Double(momentumDecay)))
    }
}

/// The state of a parameter under `NAdam`.
public struct NAdamState: ParameterState {
    var moments: AdamState
    /// Of all steps' momenta.
    var momentumProduct: Float

    public var averages: [String: Tensor] {
        moments.averages.merging(["mu_product": Tensor(momentumProduct)]) { _, own in own }
    }

    init(moments: AdamState, momentumProduct: Float) {
        self.moments = moments
        self.momentumProduct = momentumProduct
    }

    public init?(averages: [String: Tensor]) {
        guard let moments = AdamState(averages: averages), let product = averages["mu_product"], product.count == 1
        else { return nil }
        self.init(moments: moments, momentumProduct: product.scalar)
    }
}
