import MartinetBase

/// Predictions for `labels.count` examples, seen as `[examples, classes]`, after their labels have been checked.
struct LabeledRows {
    let rows: NDArray
    let labels: [Int]
    let weights: NDArray?

    /// `[examples]`: 0 for those that are ignored, else 1; nil if none is.
    let mask: NDArray?

    /// The divisor of the mean: the number of examples, or the sum of their labels' weights.
    let divisor: Double

    /// The shape of the losses: the predictions' without the classes.
    let lossShape: [Int]

    var classes: Int { rows.shape[1] }

    /// - Parameters:
    ///   - predictions: `[examples, classes]`, or with more axes in front, which are then all examples.
    ///   - labels: row-major, one for each example.
    ///   - weights: `[classes]`.
    ///   - ignoreIndex: a label whose examples count nothing; nil if there is none.
    init(
        _ predictions: Tensor, _ labels: [Int], weights: Tensor? = nil, ignoreIndex: Int? = nil, operation: String
    ) {
        let shape = predictions.shape
        require(
            shape.count >= 2, "\(operation): predictions of shape [examples, classes] are expected, found \(shape)")
        let classes = shape[shape.count - 1]
        lossShape = Array(shape.dropLast())
        let examples = elementCount(lossShape)
        require(
            labels.count == examples,
            "\(operation): \(labels.count) labels for predictions of shape \(shape), expected \(examples)")
        if let example = labels.firstIndex(where: { ($0 < 0 || $0 >= classes) && $0 != ignoreIndex }) {
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
        let isIgnored = ignoreIndex.map { index in labels.contains(index) } ?? false
        let mask = isIgnored ? NDArray(labels.map { $0 == ignoreIndex ? 0 : 1 }, shape: [examples]) : nil
        self.mask = mask
        // Any class will do for an example that counts nothing.
        let known = isIgnored ? labels.map { $0 == ignoreIndex ? 0 : $0 } : labels
        self.labels = known
        self.weights = weights?.array
        let counts = weights.map { $0.array.selecting(known, axis: 0) }
        switch (counts, mask) {
        case (let counts?, let mask?): divisor = Double((counts * mask).sum().scalar)
        case (let counts?, nil): divisor = Double(counts.sum().scalar)
        case (nil, let mask?): divisor = Double(mask.sum().scalar)
        case (nil, nil): divisor = Double(examples)
        }
    }

    /// `values`, one for each example, with 0 for those that are ignored, whatever they were.
    func masked(_ values: NDArray) -> NDArray {
        mask.map { NDArray.where($0, values, NDArray(scalar: 0)) } ?? values
    }

    /// The elements at the labels.
    func selected() -> NDArray { rows.gathering(IndexArray(labels, shape: [labels.count, 1]), axis: 1) }
}
