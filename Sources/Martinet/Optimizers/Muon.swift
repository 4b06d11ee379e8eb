import Foundation
import MartinetBase

/// Steps along the nearest orthogonal matrix to the momentum (Jordan 2024, "Muon: an optimizer for hidden layers"), with
/// `torch.optim.Muon`'s arithmetic, in single precision. Parameters of one axis are moved by AdamW.
///
/// A kernel counts as the matrix `[height * width * inputs, outputs]`. Muon is for hidden layers: leave embeddings and the last layer
/// to another optimizer.
public final class Muon: StatefulOptimizer<MuonState> {
    /// How a step's length follows from a matrix's shape.
    public enum Scaling: Sendable {
        /// The root of outputs over inputs where that is above 1.
        case original
        /// So that the root mean square of a step is that of AdamW's (Liu et al., arXiv 2502.16982): rates and decays that are good
        /// for AdamW are good here too.
        case matchingAdamW
    }

    /// Whether the step looks ahead along the momentum.
    public let nesterov: Bool

    /// The iterations that make the momentum nearly orthogonal.
    public let iterations: Int

    public let scaling: Scaling

    /// The polynomial x ↦ a x + b x³ + c x⁵ of the singular values that is iterated.
    private static let coefficients: (Float, Float, Float) = (3.4445, -4.7750, 2.0315)

    /// AdamW's for vectors.
    private static let betas: (Float, Float) = (0.9, 0.999)

    /// Optimises the groups' parameters. The groups hold rates and weight decays.
    ///
    /// - Parameters:
    ///   - groups: the parameters; none of them twice.
    ///   - model: whose training mode `step()` checks; nil to check nothing.
    ///   - momentum: what the mean of the gradient keeps of itself, in 0 ..< 1.
    ///   - nesterov: look ahead along the momentum.
    ///   - iterations: that make the momentum nearly orthogonal.
    ///   - scaling: how a step's length follows from a matrix's shape.
    public init(
        groups: [ParameterGroup], model: (any Module)? = nil, momentum: Float = 0.95, nesterov: Bool = true,
        iterations: Int = 5, scaling: Scaling = .original
    ) {
        require(
            (0..<1).contains(momentum) && (1...100).contains(iterations),
            "Muon: momentum \(momentum) and \(iterations) iterations, expected a momentum in 0 ..< 1 and 1 to 100 iterations"
        )
        self.nesterov = nesterov
        self.iterations = iterations
        self.scaling = scaling
        super.init(groups: groups, model: model, momentum: momentum)
    }

    /// Optimises all parameters of `model`: matrices and kernels, and at a rate of their own what has one axis.
    ///
    /// - Parameters:
    ///   - model: whose parameters to optimise, and whose training mode `step()` checks. All have values.
    ///   - learningRate: of matrices and kernels.
    ///   - vectorLearningRate: of biases and normalisations, which AdamW moves.
    ///   - momentum: what the mean of the gradient keeps of itself.
    ///   - weightDecay: this times the rate is what a matrix loses of itself at each step. Vectors do not decay.
    ///   - scaling: how a step's length follows from a matrix's shape.
    public convenience init(
        _ model: some Module, learningRate: Float = 1e-3, vectorLearningRate: Float = 1e-3, momentum: Float = 0.95,
        weightDecay: Float = 0.1, scaling: Scaling = .original
    ) {
        self.init(
            groups: Self.groups(model.parameters, learningRate, vectorLearningRate, weightDecay), model: model,
            momentum: momentum, scaling: scaling)
    }

    /// Optimises `parameters`; arguments as for a model.
    public convenience init(
        _ parameters: [Parameter], learningRate: Float = 1e-3, vectorLearningRate: Float = 1e-3,
        momentum: Float = 0.95, weightDecay: Float = 0.1, scaling: Scaling = .original
    ) {
        self.init(
            groups: Self.groups(parameters, learningRate, vectorLearningRate, weightDecay), momentum: momentum,
            scaling: scaling)
    }

    private static func groups(
        _ parameters: [Parameter], _ rate: Float, _ vectorRate: Float, _ weightDecay: Float
    ) -> [ParameterGroup] {
        let matrices = parameters.filter { $0.shape.count > 1 }
        let vectors = parameters.filter { $0.shape.count <= 1 }
        return [
            ParameterGroup(matrices, learningRate: rate, weightDecay: weightDecay),
            ParameterGroup(vectors, learningRate: vectorRate),
        ].filter { !$0.parameters.isEmpty }
    }

    public override func initialState(shape: [Int]) -> MuonState {
        shape.count > 1 ? .matrix(momentum: .zeros(shape)) : .vector(AdamState(shape: shape, amsgrad: false))
    }

    public override func update(
        _ value: inout Tensor, gradient: Tensor, state: inout MuonState, step: Int, group: ParameterGroup
    ) {
        let kept = value * (1 - group.learningRate * group.weightDecay)
        switch state {
        case .matrix(let before):
            let mean = before * momentum + gradient * (1 - momentum)
            state = .matrix(momentum: mean)
            let direction = nesterov ? gradient * (1 - momentum) + mean * momentum : mean
            let columns = value.shape[value.rank - 1]
            let orthogonal = orthogonalized(direction.reshaped([-1, columns])).reshaped(value.shape)
            value =
                kept - orthogonal
                * (group.learningRate * scale(inputs: value.count / max(1, columns), outputs: columns))
        case .vector(var moments):
            let (mean, root) = moments.advance(gradient, Self.betas, step: step)
            state = .vector(moments)
            let correction = Float(1 / (1 - pow(Double(Self.betas.0), Double(step))))
            value = kept - mean * (group.learningRate * correction) / (root + 1e-8)
        }
    }

    private func scale(inputs: Int, outputs: Int) -> Float {
        switch scaling {
        case .original: max(1, Float(outputs) / Float(max(1, inputs))).squareRoot()
        case .matchingAdamW: 0.2 * Float(max(inputs, outputs)).squareRoot()
        }
    }

    /// Newton and Schulz's iteration, which brings all singular values near 1.
    private func orthogonalized(_ matrix: Tensor) -> Tensor {
        let isTall = matrix.shape[0] > matrix.shape[1]
        var x = isTall ? matrix.transposed() : matrix
        x /= max(1e-7, Float(x.array.sumOfSquares().squareRoot()))
        let (a, b, c) = Self.coefficients
        for _ in 0..<iterations {
            let gram = matmul(x, x, transposeB: true)
            x = x * a + matmul(gram * b + matmul(gram, gram) * c, x)
        }
        return isTall ? x.transposed() : x
    }
}

/// The state of a parameter under `Muon`.
public enum MuonState: ParameterState {
    /// The gradient's running mean.
    case matrix(momentum: Tensor)
    /// AdamW's.
    case vector(AdamState)

    public var averages: [String: Tensor] {
        switch self {
        case .matrix(let momentum): ["momentum_buffer": momentum]
        case .vector(let moments): moments.averages
        }
    }

    public init?(averages: [String: Tensor]) {
        if let momentum = averages["momentum_buffer"] {
            self = .matrix(momentum: momentum)
        } else if let moments = AdamState(averages: averages) {
            self = .vector(moments)
        } else {
            return nil
        }
    }
}
