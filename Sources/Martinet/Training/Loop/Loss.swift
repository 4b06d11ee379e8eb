import MartinetBase

/// A loss with its name, for `fit` and `evaluate`: a number, the mean over a batch's samples, from what a model puts out and what
/// it should.
///
/// ```swift
/// try model.fit(train, loss: .crossEntropy(labelSmoothing: 0.1))
/// let absolute = Loss<Tensor, Tensor>("absolute") { outputs, targets in abs(outputs - targets).mean() }
/// ```
public struct Loss<Output, Target: Collatable>: Sendable {
    /// The loss's name, for messages.
    public let name: String

    /// What a batch counts in the mean over all batches: the sum of its labels' weights for a weighted loss; nil for the
    /// number of its samples.
    let weight: (@Sendable (_ targets: Target.Collated) -> Double)?

    /// What `.accuracy` measures with this loss, where that is not which class is the largest output.
    private let accuracy: Metric<Output, Target>?

    private let mean: @Sendable (_ outputs: Output, _ targets: Target.Collated) -> Tensor

    /// - Parameters:
    ///   - name: for messages.
    ///   - weight: what a batch counts in the mean over all, for a mean that is weighted; nil for the number of its samples.
    ///   - mean: from a batch's outputs and targets the mean loss of its samples, a scalar.
    public init(
        _ name: String, weight: (@Sendable (_ targets: Target.Collated) -> Double)? = nil,
        _ mean: @escaping @Sendable (_ outputs: Output, _ targets: Target.Collated) -> Tensor
    ) {
        self.init(name, weight: weight, accuracy: nil, mean)
    }

    fileprivate init(
        _ name: String, weight: (@Sendable (_ targets: Target.Collated) -> Double)? = nil,
        accuracy: Metric<Output, Target>?,
        _ mean: @escaping @Sendable (_ outputs: Output, _ targets: Target.Collated) -> Tensor
    ) {
        self.name = name
        self.weight = weight
        self.accuracy = accuracy
        self.mean = mean
    }

    /// `metrics` as they are measured with this loss.
    func fitting(_ metrics: [Metric<Output, Target>]) -> [Metric<Output, Target>] {
        metrics.map { metric in metric.isClassAccuracy ? accuracy ?? metric : metric }
    }

    /// The mean loss of a batch, a scalar that a backward pass can start from.
    public func callAsFunction(_ outputs: Output, _ targets: Target.Collated) -> Tensor {
        let loss = mean(outputs, targets)
        require(loss.count == 1, "the loss \(name) has the shape \(loss.shape), expected one number")
        return loss
    }
}

// MARK: Classification

extension Loss where Output == Tensor, Target == Int {
    /// For models that end in logits, `[batch, classes]`.
    public static var crossEntropy: Loss { crossEntropy() }

    /// For models that end in logits, `[batch, classes]`.
    ///
    /// - Parameters:
    ///   - weights: `[classes]`, what each class counts.
    ///   - labelSmoothing: the part of the target that is spread evenly over all classes.
    ///   - ignoreIndex: a label whose examples count nothing.
    public static func crossEntropy(
        weights: Tensor? = nil, labelSmoothing: Float = 0, ignoreIndex: Int = -100
    ) -> Loss {
        Loss("crossEntropy", weight: weight(weights, ignoreIndex)) {
            Martinet.crossEntropy(
                $0, $1, weights: weights, labelSmoothing: labelSmoothing, ignoreIndex: ignoreIndex)
        }
    }

    /// For models that end in probabilities, `[batch, classes]`, as Keras's do.
    public static var sparseCategoricalCrossEntropy: Loss { sparseCategoricalCrossEntropy() }

    /// For models that end in probabilities, `[batch, classes]`, as Keras's do.
    ///
    /// - Parameter ignoreIndex: a label whose examples count nothing.
    public static func sparseCategoricalCrossEntropy(ignoreIndex: Int = -100) -> Loss {
        Loss("sparseCategoricalCrossEntropy", weight: weight(nil, ignoreIndex)) {
            Martinet.sparseCategoricalCrossEntropy($0, $1, ignoreIndex: ignoreIndex)
        }
    }

    /// For models that end in logarithms of probabilities, `[batch, classes]`.
    public static var negativeLogLikelihood: Loss { negativeLogLikelihood() }

    /// For models that end in logarithms of probabilities, `[batch, classes]`.
    ///
    /// - Parameters:
    ///   - weights: `[classes]`, what each class counts.
    ///   - ignoreIndex: a label whose examples count nothing.
    public static func negativeLogLikelihood(weights: Tensor? = nil, ignoreIndex: Int = -100) -> Loss {
        Loss("negativeLogLikelihood", weight: weight(weights, ignoreIndex)) {
            nllLoss($0, $1, weights: weights, ignoreIndex: ignoreIndex)
        }
    }

    /// What labels count in the mean: the sum of their classes' weights, those that are ignored left out.
    private static func weight(_ weights: Tensor?, _ ignoreIndex: Int) -> @Sendable (_ labels: [Int]) -> Double {
        let classWeights = weights?.elements
        return { labels in
            labels.reduce(0) { sum, label in
                guard label != ignoreIndex else { return sum }
                guard let classWeights else { return sum + 1 }
                return sum + (classWeights.indices.contains(label) ? Double(classWeights[label]) : 0)
            }
        }
    }

    /// For models that put out one logit a sample, `[batch]` or `[batch, 1]`, and labels 0 for no and 1 for yes.
    public static var binaryCrossEntropy: Loss { binaryCrossEntropy() }

    /// For models that put out one logit a sample, `[batch]` or `[batch, 1]`, and labels 0 for no and 1 for yes.
    ///
    /// - Parameter positiveWeight: what a yes counts.
    public static func binaryCrossEntropy(positiveWeight: Float = 1) -> Loss {
        Loss("binaryCrossEntropy", accuracy: .accuracyOfAnswers) { outputs, labels in
            if let example = labels.firstIndex(where: { $0 != 0 && $0 != 1 }) {
                fail("binaryCrossEntropy: the label \(labels[example]) of example \(example) is neither 0 nor 1")
            }
            return binaryLoss(outputs, Tensor(labels.map(Float.init)), positiveWeight)
        }
    }
}

/// The mean binary cross-entropy of one logit a sample.
private func binaryLoss(_ outputs: Tensor, _ targets: Tensor, _ positiveWeight: Float) -> Tensor {
    binaryCrossEntropy(
        logits: oneOutput(outputs, count: targets.count, of: "binaryCrossEntropy"), targets,
        positiveWeight: positiveWeight == 1 ? nil : Tensor(positiveWeight))
}

/// Outputs of one number a sample, `[count]` or `[count, 1]`, as `[count]`.
func oneOutput(_ outputs: Tensor, count: Int, of user: String) -> Tensor {
    require(
        outputs.shape == [count] || outputs.shape == [count, 1],
        "\(user): expected one output a sample, of shape [\(count)] or [\(count), 1], found \(outputs.shape)")
    return outputs.reshaped([count])
}

// MARK: Regression

extension Loss where Output == Tensor, Target == Tensor {
    /// The mean of squared differences. Outputs and targets have one shape.
    public static var meanSquaredError: Loss { Loss("meanSquaredError") { mseLoss($0, $1) } }

    /// The mean of absolute differences. Outputs and targets have one shape.
    public static var meanAbsoluteError: Loss { Loss("meanAbsoluteError") { l1Loss($0, $1) } }

    /// For models that end in logits and targets of 0 ... 1, of one shape: masks, or several labels a sample.
    public static var binaryCrossEntropy: Loss {
        Loss("binaryCrossEntropy") { Martinet.binaryCrossEntropy(logits: $0, $1) }
    }
}

extension Loss where Output == Tensor, Target == Float {
    /// The mean of squared differences, for models that put out one number a sample, `[batch]` or `[batch, 1]`.
    public static var meanSquaredError: Loss {
        Loss("meanSquaredError") { mseLoss($0.reshaped($1.shape), $1) }
    }

    /// For models that put out one logit a sample, `[batch]` or `[batch, 1]`, and targets of 0 for no to 1 for yes.
    public static var binaryCrossEntropy: Loss { binaryCrossEntropy() }

    /// For models that put out one logit a sample, `[batch]` or `[batch, 1]`, and targets of 0 for no to 1 for yes.
    ///
    /// - Parameter positiveWeight: what a yes counts.
    public static func binaryCrossEntropy(positiveWeight: Float = 1) -> Loss {
        Loss("binaryCrossEntropy") { binaryLoss($0, $1, positiveWeight) }
    }
}
