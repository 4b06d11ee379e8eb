import Martinet
import Testing

/// A softmax's probabilities are judged by their logits, so that what a network is very wrong about has a gradient.
@Suite struct SoftmaxLogitsTests {
    @Test func lossOfASoftmaxIsThatOfItsLogits() {
        let logits = Tensor([[0, 40, 1], [2, 0, -1]]).requiringGradient()
        let byLogits = crossEntropy(logits, [0, 0])
        let byProbabilities = sparseCategoricalCrossEntropy(softmax(logits), [0, 0])
        #expect(byLogits.scalar == byProbabilities.scalar)
        #expect(byProbabilities.scalar > 20)
        let gradient = gradients(of: byProbabilities, at: [logits])[0]
        #expect(gradient.elements == gradients(of: byLogits, at: [logits])[0].elements)
        #expect(gradient.elements[0] < -0.49)
    }

    @Test func otherProbabilitiesAreLimited() {
        let probabilities = Tensor([[0, 1]]).requiringGradient()
        let loss = sparseCategoricalCrossEntropy(probabilities, [0])
        #expect(loss.scalar < 16.2)
        #expect(gradients(of: loss, at: [probabilities])[0].elements == [0, 0])
    }

    @Test func otherAxesHaveNoLogits() {
        let x = Tensor([[0, 40], [2, 0]])
        let expected = sparseCategoricalCrossEntropy(softmax(x, axis: 0).detached, [0, 0]).scalar
        #expect(sparseCategoricalCrossEntropy(softmax(x, axis: 0), [0, 0]).scalar == expected)
    }
}
