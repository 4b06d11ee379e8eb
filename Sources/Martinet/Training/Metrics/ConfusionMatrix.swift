import MartinetBase

/// How often each class was taken for each other.
///
/// ```swift
/// var confusion = ConfusionMatrix(classes: 10)
/// for batch in data.test.batches(of: 256) { confusion.add(model(batch.images), batch.labels) }
/// print(confusion, confusion.classAccuracies)
/// ```
public struct ConfusionMatrix: Sendable, Equatable {
    /// `counts[label][prediction]` is the number of examples of the class `label` that were taken for `prediction`.
    public private(set) var counts: [[Int]]

    public init(classes: Int) {
        require(classes > 0, "ConfusionMatrix: \(classes) classes, expected at least one")
        counts = Array(repeating: Array(repeating: 0, count: classes), count: classes)
    }

    /// The number of classes.
    public var classes: Int { counts.count }

    /// The number of examples.
    public var total: Int { counts.reduce(0) { $0 + $1.reduce(0, +) } }

    /// Counts a batch; the prediction is the class of the largest score.
    ///
    /// - Parameters:
    ///   - scores: `[batch, classes]`.
    ///   - labels: the right class of each example.
    ///   - ignoreIndex: a label whose examples are not counted.
    public mutating func add(_ scores: Tensor, _ labels: [Int], ignoreIndex: Int = -100) {
        require(
            scores.shape == [labels.count, classes],
            "ConfusionMatrix: scores of shape \(scores.shape), expected [\(labels.count), \(classes)]")
        add(predictions: scores.argmax().values, labels, ignoreIndex: ignoreIndex)
    }

    /// Counts predicted classes.
    ///
    /// - Parameters:
    ///   - predictions: the class that each example was taken for.
    ///   - labels: the right one.
    ///   - ignoreIndex: a label whose examples are not counted.
    public mutating func add(predictions: [Int], _ labels: [Int], ignoreIndex: Int = -100) {
        require(
            predictions.count == labels.count,
            "ConfusionMatrix: \(predictions.count) predictions for \(labels.count) labels")
        for (prediction, label) in zip(predictions, labels) where label != ignoreIndex {
            require(
                counts.indices.contains(label) && counts.indices.contains(prediction),
                "ConfusionMatrix: the label \(label) or the prediction \(prediction) is out of range 0 ..< \(classes)")
            counts[label][prediction] += 1
        }
    }

    /// The part of all examples that were predicted rightly; NaN for none.
    public var accuracy: Double { Double(counts.indices.reduce(0) { $0 + counts[$1][$1] }) / Double(total) }

    /// For each class, the part of its examples that were recognised: its recall. NaN for a class without examples.
    public var classAccuracies: [Double] {
        counts.indices.map { Double(counts[$0][$0]) / Double(counts[$0].reduce(0, +)) }
    }

    /// For each class, the part of what was taken for it that was it. NaN for a class that was never predicted.
    public var classPrecisions: [Double] {
        counts.indices.map { prediction in
            Double(counts[prediction][prediction]) / Double(counts.reduce(0) { $0 + $1[prediction] })
        }
    }
}

extension ConfusionMatrix: CustomStringConvertible {
    /// A table with a row for each label and a column for each prediction.
    public var description: String { table() }

    /// A table with a row for each label and a column for each prediction.
    ///
    /// - Parameter names: the classes'; their numbers where nil.
    public func table(names: [String]? = nil) -> String {
        require(
            names?.count ?? classes == classes,
            "ConfusionMatrix: \(names?.count ?? 0) names for \(classes) classes")
        let names = names ?? counts.indices.map(String.init)
        let rows = [[""] + names] + zip(names, counts).map { name, row in [name] + row.map(String.init) }
        let widths = (0...classes).map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            zip(row, widths).map { String(repeating: " ", count: $1 - $0.count) + $0 }.joined(separator: "  ")
        }.joined(separator: "\n")
    }
}
