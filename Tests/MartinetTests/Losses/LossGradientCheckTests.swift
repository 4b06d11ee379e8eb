import Martinet
import Testing

/// Every loss against finite differences.
@Suite struct LossGradientCheckTests {
    static let losses: [Differentiable] = [
        Differentiable("crossEntropy", [.smooth([5, 4])]) { crossEntropy($0[0], [0, 3, 1, 1, 2]) },
        Differentiable("crossEntropy, smoothed and weighted", [.smooth([5, 4])]) {
            crossEntropy($0[0], [0, 3, 1, 1, 2], weights: Tensor([1, 0.5, 2, 0.1]), labelSmoothing: 0.2)
        },
        Differentiable("nllLoss", [.smooth([5, 4])]) { nllLoss($0[0], [0, 3, 1, 1, 2], reduction: .none) },
        Differentiable("sparseCategoricalCrossEntropy", [.positive([5, 4])]) {
            sparseCategoricalCrossEntropy($0[0], [0, 3, 1, 1, 2])
        },
        Differentiable("binaryCrossEntropy", [.smooth([5, 4])]) {
            binaryCrossEntropy(logits: $0[0], .positive([5, 4]) / 2, positiveWeight: Tensor([1, 0.5, 2, 3]))
        },
        Differentiable("mseLoss", [.smooth([5, 4]), .smooth([5, 4], seed: 7)]) { mseLoss($0[0], $0[1]) },
        Differentiable("l1Loss", [.spread([5, 4]), .spread([5, 4]) + 0.1]) { l1Loss($0[0], $0[1], reduction: .sum) },
        Differentiable("huberLoss", [.smooth([5, 4]), .smooth([5, 4], seed: 7)]) {
            huberLoss($0[0], $0[1], delta: 0.7, reduction: .none)
        },
        Differentiable("klDivergence", [.smooth([3, 4]), .positive([3, 4])]) { klDivergence($0[0], $0[1]) },
        Differentiable("gaussianNLLLoss", [.smooth([3, 4]), .smooth([3, 4], seed: 7), .positive([3, 4])]) {
            gaussianNLLLoss($0[0], $0[1], variance: $0[2], full: true)
        },
        Differentiable("focalLoss", [.smooth([3, 4])]) { focalLoss(logits: $0[0], .positive([3, 4]) / 3) },
        Differentiable("diceLoss", [.positive([2, 3, 4]), .positive([2, 3, 4])]) { diceLoss($0[0], $0[1]) },
        Differentiable("cosineSimilarity", [.smooth([3, 4]), .smooth([3, 4], seed: 7)]) {
            cosineSimilarity($0[0], $0[1])
        },
        Differentiable("tripletMarginLoss", [.smooth([3, 4]), .smooth([3, 4], seed: 7), .smooth([3, 4], seed: 8)]) {
            tripletMarginLoss($0[0], $0[1], $0[2], margin: 3)
        },
        Differentiable("logCoshLoss", [.smooth([3, 4]), .smooth([3, 4], seed: 7)]) { logCoshLoss($0[0], $0[1]) },
        Differentiable("ctcLoss", [.smooth([5, 2, 4])]) {
            ctcLoss($0[0], [[1, 1], [2]], inputLengths: [5, 3], reduction: .none)
        },
        Differentiable("smoothL1Loss", [.smooth([5, 4]), .smooth([5, 4], seed: 7)]) {
            smoothL1Loss($0[0], $0[1], beta: 0.7)
        },
    ]

    @Test(arguments: losses)
    func agreesWithFiniteDifferences(_ loss: Differentiable) {
        expectGradients(loss.name, at: loss.inputs, loss.function)
    }
}
