import MartinetBase

/// A loss with its name, for `fit` and `evaluate`.
///
/// ```swift
/// try model.fit(train, loss: .crossEntropy(labelSmoothing: 0.1))
/// let hinge = Loss("hinge") { outputs, labels in … }
/// ```
public struct Loss: Sendable {
    /// The loss's name, for messages.
    public let name: String

    private let function: @Sendable (_ outputs: Tensor, _ labels: [Int]) -> Tensor

    /// - Parameters:
    ///   - name: for messages.
    ///   - function: from a batch's outputs and labels the mean loss of its samples, a scalar.
    public init(_ name: String, _ function: @escaping @Sendable (_ outputs: Tensor, _ labels: [Int]) -> Tensor) {
        self.name = name
        self.function = function
    }

    /// The mean loss of a batch, a scalar that a backward pass can start from.
    public func callAsFunction(_ outputs: Tensor, _ labels: [Int]) -> Tensor {
        let loss = function(outputs, labels)
        require(loss.count == 1, "the loss \(name) has the shape \(loss.shape), expected one number")
        return loss
    }

    /// For models that end in logits, `[batch, classes]`.
    public static let crossEntropy = crossEntropy()

    /// For models that end in logits, `[batch, classes]`.
    ///
    /// - Parameters:
    ///   - weights: `[classes]`, what each class counts.
    ///   - labelSmoothing: the part of the target that is spread evenly over all classes.
    public static func crossEntropy(weights: Tensor? = nil, labelSmoothing: Float = 0) -> Loss {
        Loss("crossEntropy") { Martinet.crossEntropy($0, $1, weights: weights, labelSmoothing: labelSmoothing) }
    }

    /// For models that end in probabilities, `[batch, classes]`, as Keras's do.
    public static let sparseCategoricalCrossEntropy = Loss("sparseCategoricalCrossEntropy") {
        Martinet.sparseCategoricalCrossEntropy($0, $1)
    }

    /// For models that end in logarithms of probabilities, `[batch, classes]`.
    public static let negativeLogLikelihood = Loss("negativeLogLikelihood") { nllLoss($0, $1) }
}
