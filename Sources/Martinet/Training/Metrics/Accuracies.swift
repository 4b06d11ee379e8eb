import MartinetBase

// Which part of the samples is classified rightly.

extension Metric where Output == Tensor, Target == Int {
    /// The part of the samples whose largest output is at their label, the first of equal ones. A sample with an output that
    /// is no number is not right; one whose label is -100 does not count.
    public static var accuracy: Metric { accuracy() }

    /// The part of the samples whose largest output is at their label, the first of equal ones. A sample with an output that
    /// is no number is not right.
    ///
    /// - Parameter ignoreIndex: a label whose samples do not count.
    public static func accuracy(ignoreIndex: Int = -100) -> Metric {
        var metric = Metric("accuracy", better: .larger, count: countedLabels(ignoreIndex)) { outputs, labels in
            checkShape(outputs, labels, metric: "accuracy")
            return countAmongLargest(1, outputs, labels, ignoreIndex)
        }
        metric.isClassAccuracy = true
        return metric
    }

    /// The part of the samples whose label is among the `k` largest outputs; "top5Accuracy" for 5. Of equal outputs, the
    /// earlier ones count as the larger; a sample with an output that is no number is not right.
    ///
    /// - Parameters:
    ///   - k: how many guesses a sample has.
    ///   - ignoreIndex: a label whose samples do not count.
    public static func topK(_ k: Int, ignoreIndex: Int = -100) -> Metric {
        require(k > 0, "Metric.topK: expected at least 1, found \(k)")
        return Metric("top\(k)Accuracy", better: .larger, count: countedLabels(ignoreIndex)) { outputs, labels in
            checkShape(outputs, labels, metric: "topK")
            return countAmongLargest(k, outputs, labels, ignoreIndex)
        }
    }

    private static func countAmongLargest(
        _ k: Int, _ outputs: Tensor, _ labels: [Int], _ ignoreIndex: Int
    ) -> Double {
        let classes = outputs.shape[1]
        return outputs.array.withUnsafePointer { scores in
            Double(
                labels.indices.count { row in
                    labels[row] != ignoreIndex && isAmongLargest(k, scores + row * classes, classes, labels[row])
                })
        }
    }

    private static func isAmongLargest(_ k: Int, _ scores: UnsafePointer<Float>, _ classes: Int, _ label: Int) -> Bool {
        guard label >= 0, label < classes, !(0..<classes).contains(where: { scores[$0].isNaN }) else { return false }
        return (0..<classes).count { scores[$0] > scores[label] || (scores[$0] == scores[label] && $0 < label) } < k
    }

    private static func checkShape(_ outputs: Tensor, _ labels: [Int], metric: String) {
        require(
            outputs.rank == 2 && outputs.shape[0] == labels.count && outputs.shape[1] != 1,
            "\(metric): expected outputs of shape [\(labels.count), classes], found \(outputs.shape)"
                + (isOneOutput(outputs, labels.count) ? "; for one output a sample take binaryAccuracy" : ""))
    }

    private static func isOneOutput(_ outputs: Tensor, _ count: Int) -> Bool {
        outputs.shape == [count] || outputs.shape == [count, 1]
    }
}

/// How many labels are not ignored.
private func countedLabels(_ ignoreIndex: Int) -> @Sendable (_ labels: [Int]) -> Double {
    { labels in Double(labels.count { $0 != ignoreIndex }) }
}

// MARK: Yes or no

extension Metric where Output == Tensor, Target == Int {
    /// The part of the samples whose logit, `[batch]` or `[batch, 1]`, has the sign of their label: above 0 for 1, else 0. A
    /// logit that is no number is not right.
    public static var binaryAccuracy: Metric { binaryAccuracy() }

    /// The part of the samples whose output, `[batch]` or `[batch, 1]`, is above `threshold` where their label is 1, and not
    /// above where it is 0. An output that is no number is not right.
    ///
    /// - Parameter threshold: 0 for logits; 0.5 for probabilities.
    public static func binaryAccuracy(threshold: Float = 0) -> Metric { answers("binaryAccuracy", threshold) }

    /// The accuracy of yes and no under the name of that of classes.
    static var accuracyOfAnswers: Metric { answers("accuracy", 0) }

    private static func answers(_ name: String, _ threshold: Float) -> Metric {
        Metric(name, better: .larger) { outputs, labels in
            let outputs = oneOutput(outputs, count: labels.count, of: "binaryAccuracy").elements
            return Double(
                zip(outputs, labels).count { !$0.isNaN && ($0 > threshold ? 1 : 0) == $1 })
        }
    }
}

extension Metric where Output == Tensor, Target == Float {
    /// The part of the samples whose logit, `[batch]` or `[batch, 1]`, is above 0 where their target is above one half, and
    /// not above where it is not. A logit that is no number is not right.
    public static var binaryAccuracy: Metric { binaryAccuracy() }

    /// The part of the samples whose output, `[batch]` or `[batch, 1]`, is above `threshold` where their target is above one
    /// half, and not above where it is not. An output that is no number is not right.
    ///
    /// - Parameter threshold: 0 for logits; 0.5 for probabilities.
    public static func binaryAccuracy(threshold: Float = 0) -> Metric {
        Metric("binaryAccuracy", better: .larger) { outputs, targets in
            rightAnswers(oneOutput(outputs, count: targets.count, of: "binaryAccuracy"), targets, threshold)
        }
    }
}

extension Metric where Output == Tensor, Target == Tensor {
    /// The part of all elements, of masks or of several labels a sample, whose logit is above 0 where their target is above one
    /// half, and not above where it is not. Outputs and targets have one shape.
    public static var binaryAccuracy: Metric { binaryAccuracy() }

    /// The part of all elements, of masks or of several labels a sample, whose output is above `threshold` where their target is
    /// above one half, and not above where it is not. Outputs and targets have one shape.
    ///
    /// - Parameter threshold: 0 for logits; 0.5 for probabilities.
    public static func binaryAccuracy(threshold: Float = 0) -> Metric {
        Metric("binaryAccuracy", better: .larger) { outputs, targets in
            require(
                outputs.shape == targets.shape,
                "binaryAccuracy: outputs of shape \(outputs.shape) and targets of shape \(targets.shape) differ")
            let elements = max(1, outputs.count / max(1, outputs.shape.first ?? 1))
            return rightAnswers(outputs, targets, threshold) / Double(elements)
        }
    }
}

/// How many outputs are on the same side of `threshold` as their targets are of one half.
private func rightAnswers(_ outputs: Tensor, _ targets: Tensor, _ threshold: Float) -> Double {
    Double(zip(outputs.elements, targets.elements).count { !$0.isNaN && ($0 > threshold) == ($1 > 0.5) })
}
