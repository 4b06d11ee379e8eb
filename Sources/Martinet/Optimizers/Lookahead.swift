import MartinetBase

/// Goes back some of the way after every few steps of another optimizer (Zhang et al., arXiv 1907.08610): the weights that it comes
/// back to move by a part of what the other has found, which makes its choice of rate matter less.
///
/// ```swift
/// let optimizer = Lookahead(Adam(model), steps: 5, alpha: 0.5)
/// ```
///
/// Rates and the momentum are set here, not in the other optimizer, which is not to be used beside.
public final class Lookahead: Optimizer {
    private let inner: Optimizer

    /// The steps of the other optimizer between two of the slow weights'.
    public let steps: Int

    /// The part of the way to the fast weights that the slow ones go.
    public let alpha: Float

    /// The slow weights.
    private var slow: [ObjectIdentifier: Tensor] = [:]

    private static let averageName = "slow_buffer"

    /// - Parameters:
    ///   - optimizer: which makes the steps; its groups and momentum are taken over.
    ///   - steps: of it between two of the slow weights', at least 1.
    ///   - alpha: the part of the way that the slow weights go, in 0 ... 1.
    public init(_ optimizer: Optimizer, steps: Int = 5, alpha: Float = 0.5) {
        require(
            steps >= 1 && (0...1).contains(alpha),
            "Lookahead: \(steps) steps and alpha \(alpha), expected at least 1 and an alpha in 0 ... 1")
        inner = optimizer
        self.steps = steps
        self.alpha = alpha
        super.init(groups: optimizer.groups, model: optimizer.model, momentum: optimizer.momentum)
    }

    override func change(_ parameter: Parameter, in group: ParameterGroup) {
        guard parameter.gradient != nil else { return }
        let key = ObjectIdentifier(parameter)
        let start = slow[key] ?? parameter.value.detached
        slow[key] = start
        inner.momentum = momentum
        inner.change(parameter, in: group)
        guard let made = inner.entry(of: parameter)?.steps, made % steps == 0 else { return }
        let reached = start + (parameter.value.detached - start) * alpha
        slow[key] = reached
        parameter.value = reached
    }

    override func entry(of parameter: Parameter) -> OptimizerState.Entry? {
        guard var entry = inner.entry(of: parameter), let slow = slow[ObjectIdentifier(parameter)] else { return nil }
        entry.averages[Self.averageName] = slow
        return entry
    }

    override func setEntries(_ entries: [OptimizerState.Entry?], of parameters: [Parameter]) {
        slow = [:]
        var fast = entries
        for (index, parameter) in parameters.enumerated() {
            slow[ObjectIdentifier(parameter)] = fast[index]?.averages.removeValue(forKey: Self.averageName)
        }
        inner.momentum = momentum
        inner.setEntries(fast, of: parameters)
    }

    override func averageShapes(of shape: [Int]) -> [String: [Int]] {
        inner.averageShapes(of: shape).merging([Self.averageName: shape]) { _, own in own }
    }
}
