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

    private let mean: @Sendable (_ outputs: Output, _ targets: Target.Collated) -> Tensor

    /// - Parameters:
    ///   - name: for messages.
    ///   - weight: what a batch counts in the mean over all, for a mean that is weighted; nil for the number of its samples.
    ///   - mean: from a batch's outputs and targets the mean loss of its samples, a scalar.
    public init(
        _ name: String, weight: (@Sendable (_ targets: Target.Collated) -> Double)? = nil,
        _ mean: @escaping @Sendable (_ outputs: Output, _ targets: Target.Collated) -> Tensor
    ) {
        self.name = name
        self.weight = weight
        self.mean = mean
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
        let classWeights = weights?.elements
        return Loss(
            "crossEntropy",
            weight: { labels in
                labels.reduce(0) { sum, label in
                    guard label != ignoreIndex else { return sum }
                    guard let classWeights else { return sum + 1 }
                    return sum + (classWeights.indices.contains(label) ? Double(classWeights[label]) : 0)
                }
            }
        ) {
            Martinet.crossEntropy(
                $0, $1, weights: weights, labelSmoothing: labelSmoothing, ignoreIndex: ignoreIndex)
        }
    }

    /// For models that end in probabilities, `[batch, classes]`, as Keras's do.
    public static var sparseCategoricalCrossEntropy: Loss {
        Loss("sparseCategoricalCrossEntropy") { Martinet.sparseCategoricalCrossEntropy($0, $1) }
    }

    /// For models that end in logarithms of probabilities, `[batch, classes]`.
    public static var negativeLogLikelihood: Loss { Loss("negativeLogLikelihood") { nllLoss($0, $1) } }
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
}
