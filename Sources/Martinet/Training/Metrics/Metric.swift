import MartinetBase

/// A number that says how good a model's outputs are, averaged over samples.
///
/// ```swift
/// let history = try model.fit(train, metrics: [.accuracy, .topK(5)])
/// let offBy = Metric<Tensor, Tensor>("offBy", better: .smaller) { outputs, targets in
///     Double(abs(outputs - targets).sum().scalar)
/// }
/// ```
public struct Metric<Output, Target: Collatable>: Sendable {
    /// The metric's name in a `History`: "accuracy", "top5Accuracy".
    public let name: String

    /// Which of its values are better.
    public let better: Better

    /// Whether this is the accuracy of classes, which with a loss of yes and no is that of the answers.
    var isClassAccuracy = false

    /// How many of a batch's samples count in the mean; nil for all.
    let count: (@Sendable (_ targets: Target.Collated) -> Double)?

    /// The sum over a batch's samples of each one's value, from the outputs and the targets.
    public let sum: @Sendable (_ outputs: Output, _ targets: Target.Collated) -> Double

    /// - Parameters:
    ///   - name: what it is called in a `History`, in camel case and without commas; none of the names that a history has
    ///     for other things, such as "loss" and what begins with "validation".
    ///   - better: which of its values are better.
    ///   - count: how many of a batch's samples count in the mean, if not all do.
    ///   - sum: from a batch's outputs and targets, the sum over the samples that count of each one's value.
    public init(
        _ name: String, better: Better, count: (@Sendable (_ targets: Target.Collated) -> Double)? = nil,
        sum: @escaping @Sendable (_ outputs: Output, _ targets: Target.Collated) -> Double
    ) {
        require(History.Key.isMetricName(name), "Metric: \"\(name)\" cannot be a name")
        self.name = name
        self.better = better
        self.count = count
        self.sum = sum
    }
}

extension Metric where Output == Tensor, Target == Tensor {
    /// The mean of absolute differences: over a sample's elements, and over the samples. Outputs and targets have one shape.
    public static var meanAbsoluteError: Metric {
        Metric("meanAbsoluteError", better: .smaller) { outputs, targets in
            Double(l1Loss(outputs, targets).scalar) * Double(outputs.shape.first ?? 1)
        }
    }
}
