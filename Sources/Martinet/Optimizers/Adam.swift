import Foundation
import MartinetBase

/// The state of a parameter under `Adam` and `AdamW`.
public struct AdamState: ParameterState {
    /// The running mean of the gradient, and of its square.
    var firstMoment, secondMoment: NDArray

    /// The largest `secondMoment` so far; nil unless AMSGrad asks for it.
    var largestSecondMoment: NDArray?

    public var averages: [String: Tensor] {
        Self.tensors(["exp_avg": firstMoment, "exp_avg_sq": secondMoment, "max_exp_avg_sq": largestSecondMoment])
    }

    init(shape: [Int], amsgrad: Bool) {
        firstMoment = .zeros(shape)
        secondMoment = .zeros(shape)
        largestSecondMoment = amsgrad ? .zeros(shape) : nil
    }

    public init?(averages: [String: Tensor]) {
        guard let first = averages["exp_avg"], let second = averages["exp_avg_sq"] else { return nil }
        firstMoment = first.array
        secondMoment = second.array
        largestSecondMoment = averages["max_exp_avg_sq"]?.array
    }
}

/// Adam (Kingma and Ba, arXiv 1412.6980), with `torch.optim.Adam`'s arithmetic.
///
/// Keeps the running mean m of the gradient and v of its square, both corrected for their start at zero; the step is
/// -rate m / (sqrt(v) + epsilon). Weight decay is added to the gradient; `AdamW` keeps it apart.
public class Adam: StatefulOptimizer<AdamState> {
    /// The decays of the means of the gradient and of its square. The first is the `momentum`.
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

    public final override func initialState(shape: [Int]) -> AdamState { AdamState(shape: shape, amsgrad: amsgrad) }

    public override func update(
        _ value: inout Tensor, gradient: Tensor, state: inout AdamState, step: Int, group: ParameterGroup
    ) {
        update(
            &value, gradient: gradient, state: &state, step: step, learningRate: group.learningRate, shrink: 1,
            weightDecay: group.weightDecay)
    }

    /// - Parameters:
    ///   - shrink: what the value is multiplied with before the step.
    ///   - weightDecay: this times the value is added to the gradient.
    final func update(
        _ value: inout Tensor, gradient: Tensor, state: inout AdamState, step: Int, learningRate: Float, shrink: Float,
        weightDecay: Float
    ) {
        // The part that the means lack because they started at zero.
        let firstCorrection = 1 - pow(Double(betas.0), Double(step))
        let secondCorrection = 1 - pow(Double(betas.1), Double(step))
        value.updateArray { value in
            value.stepAdam(
                gradient: gradient.array, firstMoment: &state.firstMoment, secondMoment: &state.secondMoment,
                largestSecondMoment: &state.largestSecondMoment,
                stepSize: Float(Double(learningRate) / firstCorrection), shrink: shrink, weightDecay: weightDecay,
                beta1: betas.0, beta2: betas.1, rootCorrection: Float(1 / secondCorrection.squareRoot()),
                epsilon: epsilon)
        }
    }
}
