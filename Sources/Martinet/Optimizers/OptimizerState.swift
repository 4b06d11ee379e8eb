/// The state of an optimizer after some steps: with the model's weights, all that a training needs to go on as if it had
/// never stopped.
public struct OptimizerState: Sendable {
    /// The state of one parameter.
    public struct Entry: Sendable {
        /// The number of steps that have changed the parameter.
        public var steps: Int

        /// The running averages by PyTorch's names: `momentum_buffer`, `exp_avg`, `exp_avg_sq`, `max_exp_avg_sq`,
        /// `square_avg`, `grad_avg`. Each has the parameter's shape, but for those that are summaries of rows and columns.
        public var averages: [String: Tensor]

        public init(steps: Int, averages: [String: Tensor]) {
            self.steps = steps
            self.averages = averages
        }
    }

    /// The settings of one group.
    public struct Group: Sendable, Codable {
        public var learningRate: Float
        public var baseLearningRate: Float
        public var weightDecay: Float

        public init(learningRate: Float, baseLearningRate: Float, weightDecay: Float) {
            self.learningRate = learningRate
            self.baseLearningRate = baseLearningRate
            self.weightDecay = weightDecay
        }
    }

    /// One for each parameter, in the groups' order; nil for one that no step has changed yet.
    public var entries: [Entry?]

    /// One for each group.
    public var groups: [Group]

    /// The optimizer's `momentum`, which a schedule may have changed.
    public var momentum: Float

    public init(entries: [Entry?], groups: [Group], momentum: Float) {
        self.entries = entries
        self.groups = groups
        self.momentum = momentum
    }
}

/// Why an `OptimizerState` does not belong to an optimizer. Lists everything that does not fit.
public struct OptimizerStateError: Error, Equatable, CustomStringConvertible {
    public let problems: [String]

    public var description: String { "the state does not fit the optimizer: " + problems.joined(separator: "; ") }
}
