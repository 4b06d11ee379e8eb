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

    /// The sum over a batch's samples of each one's value, from the outputs and the targets.
    public let sum: @Sendable (_ outputs: Output, _ targets: Target.Collated) -> Double

    /// - Parameters:
    ///   - name: what it is called in a `History`, in camel case and without commas; none of the names that a history has
    ///     for other things, such as "loss" and what begins with "validation".
    ///   - better: which of its values are better.
    ///   - sum: from a batch's outputs and targets, the sum over its samples of each one's value.
    public init(
        _ name: String, better: Better,
        sum: @escaping @Sendable (_ outputs: Output, _ targets: Target.Collated) -> Double
    ) {
        require(History.Key.isMetricName(name), "Metric: \"\(name)\" cannot be a name")
        self.name = name
        self.better = better
        self.sum = sum
    }
}

extension Metric where Output == Tensor, Target == Int {
    /// The part of the samples whose largest output is at their label, the first of equal ones. A sample with an output that
    /// is no number is not right.
    public static var accuracy: Metric {
        Metric("accuracy", better: .larger) { outputs, labels in
            checkShape(outputs, labels, metric: "accuracy")
            return countAmongLargest(1, outputs, labels)
        }
    }

    /// The part of the samples whose label is among the `k` largest outputs; "top5Accuracy" for 5. Of equal outputs, the
    /// earlier ones count as the larger; a sample with an output that is no number is not right.
    public static func topK(_ k: Int) -> Metric {
        require(k > 0, "Metric.topK: expected at least 1, found \(k)")
        return Metric("top\(k)Accuracy", better: .larger) { outputs, labels in
            checkShape(outputs, labels, metric: "topK")
            return countAmongLargest(k, outputs, labels)
        }
    }

    private static func countAmongLargest(_ k: Int, _ outputs: Tensor, _ labels: [Int]) -> Double {
        let classes = outputs.shape[1]
        return outputs.array.withUnsafePointer { scores in
            Double(labels.indices.count { row in isAmongLargest(k, scores + row * classes, classes, labels[row]) })
        }
    }

    private static func isAmongLargest(_ k: Int, _ scores: UnsafePointer<Float>, _ classes: Int, _ label: Int) -> Bool {
        guard label >= 0, label < classes, !(0..<classes).contains(where: { scores[$0].isNaN }) else { return false }
        return (0..<classes).count { scores[$0] > scores[label] || (scores[$0] == scores[label] && $0 < label) } < k
    }

    private static func checkShape(_ outputs: Tensor, _ labels: [Int], metric: String) {
        require(
            outputs.rank == 2 && outputs.shape[0] == labels.count,
            "\(metric): expected outputs of shape [\(labels.count), classes], found \(outputs.shape)")
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
