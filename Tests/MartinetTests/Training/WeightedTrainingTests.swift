import Foundation
import Martinet
import Testing

/// Gives its input back.
private final class Unchanged: Module {
    func callAsFunction(_ x: Tensor) -> Tensor { x }
}

@Suite struct WeightedTrainingTests {
    /// PyTorch: `F.cross_entropy(x, y, weight=[1, 10])` is Σ w l / Σ w, whatever the batches.
    @Test(arguments: [1, 2]) func weightsCountInTheMeanOverBatches(batchSize: Int) throws {
        let data = ArrayDataset(images: Tensor([[0, 0], [2, 0]]), labels: [0, 1])
        let result = evaluate(
            Unchanged(), on: data, batchSize: batchSize, loss: .crossEntropy(weights: Tensor([1, 10])), metrics: [])
        #expect(abs(result.loss - 1.996584) < 1e-6)
    }

    @Test func ignoredLabelsCountNothing() {
        let logits = Parameter(Tensor([[1, 2, -1], [0, 0, 0], [3, 1, 2]]))
        // As PyTorch 2 computes it.
        let loss = crossEntropy(logits.value, [1, -100, 2])
        loss.backward()
        let alone = Parameter(Tensor([[1, 2, -1], [3, 1, 2]]))
        let expected = crossEntropy(alone.value, [1, 2])
        expected.backward()
        #expect(loss.scalar == expected.scalar)
        #expect(logits.gradient?[1].elements == [0, 0, 0])
        #expect(logits.gradient?[0].elements == alone.gradient?[0].elements)
        #expect(logits.gradient?[2].elements == alone.gradient?[1].elements)

        #expect(abs(crossEntropy(.zeros([2, 3]), [0, 255], ignoreIndex: 255).scalar - log(3)) < 1e-6)
        #expect(crossEntropy(.zeros([1, 3]), [-100]).scalar.isNaN)
        let each = crossEntropy(Tensor([[0, 0], [-.infinity, 0]]), [1, -100], reduction: .none)
        #expect(abs(each.elements[0] - log(2)) < 1e-6 && each.elements[1] == 0)
        let weighted = crossEntropy(Tensor([[0, 0], [2, 0], [9, 9]]), [0, 1, -100], weights: Tensor([1, 10]))
        #expect(abs(weighted.scalar - 1.996584) < 1e-6)
        let negative = nllLoss(
            logSoftmax(Tensor([[0, 0], [2, 0], [9, 9]])), [0, 1, -100], weights: Tensor([1, 10]))
        #expect(abs(negative.scalar - 1.996584) < 1e-6)
    }

    @Test func ignoredLabelsCountNothingInTheMeanOverBatches() throws {
        let data = ArrayDataset(images: Tensor([[0, 0], [2, 0], [5, 1]]), labels: [0, 1, -100])
        for batchSize in 1...3 {
            let result = evaluate(Unchanged(), on: data, batchSize: batchSize, metrics: [])
            #expect(abs(result.loss - (log(2) + log(1 + exp(2))) / 2) < 1e-6)
        }
    }

    /// A sample with a score that is no number is not right, whichever of both asks.
    @Test func scoresThatAreNoNumbers() {
        let nan = Float.nan
        for (scores, label) in [([nan, nan, nan], 0), ([nan, 1, nan], 1), ([1, nan, 0], 0), ([nan, 1, 0], 0)] {
            #expect(accuracy(Tensor([scores]), [label]) == 0)
            #expect(topKAccuracy(Tensor([scores]), [label], k: 1) == 0)
        }
    }
}
