import MartinetBase

/// A number that says how good a model's outputs are, averaged over samples.
///
/// ```swift
/// let history = try model.fit(train, metrics: [.accuracy, .topK(5)])
/// let confident = Metric("confident") { outputs, labels in … }
/// ```
public struct Metric: Sendable {
    /// What the metric is called in a `History`: "accuracy", "top5Accuracy".
    public let name: String

    /// The sum over a batch's samples of each one's value.
    ///
    /// From the outputs, `[batch, …]`, and the labels.
    public let sum: @Sendable (_ outputs: Tensor, _ labels: [Int]) -> Double

    /// - Parameters:
    ///   - name: what it is called in a `History`, in camel case and without commas.
    ///   - sum: from a batch's outputs, `[batch, …]`, and labels, the sum over its samples of each one's value.
    public init(_ name: String, sum: @escaping @Sendable (_ outputs: Tensor, _ labels: [Int]) -> Double) {
        require(
            !name.isEmpty && !name.contains { $0 == "," || $0.isNewline }, "Metric: \"\(name)\" cannot be a name")
        self.name = name
        self.sum = sum
    }
}

extension Metric {
    /// The part of the samples whose largest output is at their label.
    public static let accuracy = Metric("accuracy") { outputs, labels in
        checkShape(outputs, labels, metric: "accuracy")
        return Double(zip(outputs.argmax().values, labels).count { $0 == $1 })
    }

    /// The part of the samples whose label is among the `k` largest outputs; "top5Accuracy" for 5. Of equal outputs, the
    /// earlier ones count as the larger.
    public static func topK(_ k: Int) -> Metric {
        require(k > 0, "Metric.topK: expected at least 1, found \(k)")
        return Metric("top\(k)Accuracy") { outputs, labels in
            checkShape(outputs, labels, metric: "topK")
            let classes = outputs.shape[1]
            return outputs.array.withUnsafePointer { scores in
                Double(labels.indices.count { row in isAmongLargest(k, scores + row * classes, classes, labels[row]) })
            }
        }
    }

    private static func isAmongLargest(_ k: Int, _ scores: UnsafePointer<Float>, _ classes: Int, _ label: Int) -> Bool {
        guard label >= 0, label < classes, !scores[label].isNaN else { return false }
        return (0..<classes).count { scores[$0] > scores[label] || (scores[$0] == scores[label] && $0 < label) } < k
    }

    private static func checkShape(_ outputs: Tensor, _ labels: [Int], metric: String) {
        require(
            outputs.rank == 2 && outputs.shape[0] == labels.count,
            "\(metric): expected outputs of shape [\(labels.count), classes], found \(outputs.shape)")
    }
}

/// The means over all samples so far of the loss and of metrics.
struct RunningMeans {
    private let metrics: [Metric]
    private var lossSum = 0.0
    private var sums: [Double]
    private(set) var count = 0

    init(_ metrics: [Metric]) {
        self.metrics = metrics
        sums = metrics.map { _ in 0 }
    }

    /// - Parameter loss: the batch's mean.
    mutating func add(loss: Float, outputs: Tensor, labels: [Int]) {
        lossSum += Double(loss) * Double(labels.count)
        for index in metrics.indices { sums[index] += metrics[index].sum(outputs, labels) }
        count += labels.count
    }

    var loss: Double { lossSum / Double(count) }

    /// The means by name, "loss" first.
    var named: [(name: String, value: Double)] {
        [("loss", loss)] + zip(metrics, sums).map { ($0.name, $1 / Double(count)) }
    }
}
