import Foundation
import MartinetBase

/// Adam without a mean of the gradient, and with a row and a column for the mean square of a matrix, which takes hardly any memory
/// (Shazeer and Stern, arXiv 1804.04235), with `torch.optim.Adafactor`'s arithmetic.
///
/// Matrices are the last two axes: inputs and outputs here, so that kernels are factored along them.
public final class Adafactor: StatefulOptimizer<AdafactorState> {
    /// The mean square keeps 1 - t to the power of this of itself at step t.
    public let beta2Decay: Float

    /// The least mean square, and the least root mean square of a parameter for its rate.
    public let epsilon: (square: Float, scale: Float)

    /// The largest root mean square of a step over the rate.
    public let clippingThreshold: Float

    /// Optimises the groups' parameters. The groups hold rates and weight decays.
    ///
    /// - Parameters:
    ///   - groups: the parameters; none of them twice.
    ///   - model: whose training mode `step()` checks; nil to check nothing.
    ///   - beta2Decay: the mean square keeps 1 - t to the power of this of itself at step t; not positive.
    ///   - epsilon: the least mean square, and the least root mean square of a parameter.
    ///   - clippingThreshold: the largest root mean square of a step over the rate, at least 1.
    public init(
        groups: [ParameterGroup], model: (any Module)? = nil, beta2Decay: Float = -0.8,
        epsilon: (square: Float, scale: Float) = (1.1920929e-07, 1e-3), clippingThreshold: Float = 1
    ) {
        require(
            beta2Decay <= 0 && epsilon.square >= 0 && epsilon.scale >= 0 && clippingThreshold >= 1,
            "Adafactor: beta2Decay \(beta2Decay), epsilon \(epsilon) and clippingThreshold \(clippingThreshold), expected a "
                + "decay that is not positive, epsilons that are not negative and a threshold of at least 1")
        self.beta2Decay = beta2Decay
        self.epsilon = epsilon
        self.clippingThreshold = clippingThreshold
        super.init(groups: groups, model: model)
    }

    /// Optimises all parameters of `model`.
    ///
    /// - Parameters:
    ///   - model: whose parameters to optimise, and whose training mode `step()` checks.
    ///   - learningRate: the largest size of a step over the parameter's; it falls with the root of the steps.
    ///   - weightDecay: this times the rate is what the parameter loses of itself at each step.
    public convenience init(_ model: some Module, learningRate: Float = 1e-2, weightDecay: Float = 0) {
        let group = ParameterGroup(model.parameters, learningRate: learningRate, weightDecay: weightDecay)
        self.init(groups: [group], model: model)
    }

    /// Optimises `parameters`; arguments as for a model.
    public convenience init(_ parameters: [Parameter], learningRate: Float = 1e-2, weightDecay: Float = 0) {
        self.init(groups: [ParameterGroup(parameters, learningRate: learningRate, weightDecay: weightDecay)])
    }

    public override func initialState(shape: [Int]) -> AdafactorState {
        guard shape.count > 1 else { return .whole(.zeros(shape)) }
        return .factored(
            row: .zeros(shape.dropLast() + [1]), column: .zeros(shape.dropLast(2) + [1, shape[shape.count - 1]]))
    }

    public override func update(
        _ value: inout Tensor, gradient: Tensor, state: inout AdafactorState, step: Int, group: ParameterGroup
    ) {
        let take = pow(Float(step), beta2Decay)
        let size = (value.array.sumOfSquares() / Double(max(1, value.count))).squareRoot()
        let rate = max(epsilon.scale, Float(size)) * min(group.learningRate, 1 / Float(step).squareRoot())
        let squares = square(gradient)
        let meanSquare: Tensor
        switch state {
        case .whole(let before):
            meanSquare = before * (1 - take) + squares * take
            state = .whole(meanSquare)
        case .factored(var row, var column):
            row = row * (1 - take) + squares.mean(axes: [-1], keepingAxes: true) * take
            column = column * (1 - take) + squares.mean(axes: [-2], keepingAxes: true) * take
            state = .factored(row: row, column: column)
            let whole = clamp(row.mean(axes: [-2], keepingAxes: true), low: epsilon.square)
            meanSquare = matmul(row, column) / whole
        }
        let direction = gradient / sqrt(clamp(meanSquare, low: epsilon.square * epsilon.square))
        let length = (direction.array.sumOfSquares() / Double(max(1, direction.count))).squareRoot()
        let limit = max(1, Float(length) / clippingThreshold)
        value = value * (1 - group.learningRate * group.weightDecay) - direction * (rate / limit)
    }
}

/// The state of a parameter under `Adafactor`: the mean square of its gradient.
public enum AdafactorState: ParameterState {
    /// Of a vector.
    case whole(Tensor)
    /// Of matrices, `[…, rows, 1]` and `[…, 1, columns]`: the means over the other axis.
    case factored(row: Tensor, column: Tensor)

    public var averages: [String: Tensor] {
        switch self {
        case .whole(let meanSquare): ["variance": meanSquare]
        case .factored(let row, let column): ["row_var": row, "col_var": column]
        }
    }

    public init?(averages: [String: Tensor]) {
        if let meanSquare = averages["variance"] {
            self = .whole(meanSquare)
        } else if let row = averages["row_var"], let column = averages["col_var"] {
            self = .factored(row: row, column: column)
        } else {
            return nil
        }
    }
}
