import MartinetBase

/// Predictions for `labels.count` examples, seen as `[examples, classes]`, after their labels have been checked.
struct LabeledRows {
    let rows: NDArray
    let labels: [Int]
    let weights: NDArray?

    /// The divisor of the mean: the number of examples, or the sum of their labels' weights.
    let divisor: Float

    /// The shape of the losses: the predictions' without the classes.
    let lossShape: [Int]

    var classes: Int { rows.shape[1] }

    /// - Parameters:
    ///   - predictions: `[examples, classes]`, or with more axes in front, which are then all examples.
    ///   - labels: row-major, one for each example.
    ///   - weights: `[classes]`.
    init(_ predictions: Tensor, _ labels: [Int], weights: Tensor? = nil, operation: String) {
        let shape = predictions.shape
        require(
            shape.count >= 2, "\(operation): predictions of shape [examples, classes] are expected, found \(shape)")
        let classes = shape[shape.count - 1]
        lossShape = Array(shape.dropLast())
        let examples = elementCount(lossShape)
        require(
            labels.count == examples,
            "\(operation): \(labels.count) labels for predictions of shape \(shape), expected \(examples)")
        if let example = labels.firstIndex(where: { $0 < 0 || $0 >= classes }) {
            fail(
                "\(operation): the label \(labels[example]) of example \(example) is out of range 0 ..< \(classes)"
                    + " for predictions of shape \(shape)")
        }
        if let weights {
            require(
                weights.shape == [classes],
                "\(operation): weights of shape \(weights.shape) for predictions of shape \(shape), expected [\(classes)]"
            )
        }
        rows = predictions.array.reshaped([examples, classes])
        self.labels = labels
        self.weights = weights?.array
        divisor = weights.map { $0.array.selecting(labels, axis: 0).sum().scalar } ?? Float(examples)
    }

    /// The elements at the labels.
    func selected() -> NDArray { rows.gathering(IndexArray(labels, shape: [labels.count, 1]), axis: 1) }
}
