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

    /// PyTorch: `F.nll_loss(F.log_softmax(x, 1), y)` is 1.4100376, whatever the batches; so are probabilities.
    @Test func everyLossOfLabelsIgnoresThem() throws {
        let scores = Tensor([[0, 0], [2, 0], [5, 1]])
        let labels = [0, 1, -100]
        let (logarithms, probabilities) = (logSoftmax(scores), softmax(scores).detached)
        for batchSize in 1...3 {
            let byLogarithms = evaluate(
                Unchanged(), on: ArrayDataset(images: logarithms, labels: labels), batchSize: batchSize,
                loss: .negativeLogLikelihood)
            #expect(abs(byLogarithms.loss - 1.410037636756897) < 1e-6)
            // The first of equal outputs is right, the second sample wrong, the third not counted.
            #expect(byLogarithms.accuracy == 0.5)
            #expect(byLogarithms.count == 3)
            let byProbabilities = evaluate(
                Unchanged(), on: ArrayDataset(images: probabilities, labels: [0, 1, 7]), batchSize: batchSize,
                loss: .sparseCategoricalCrossEntropy(ignoreIndex: 7), metrics: [.topK(2, ignoreIndex: 7)])
            #expect(abs(byProbabilities.loss - 1.410037636756897) < 1e-6)
            #expect(byProbabilities[.metric("top2Accuracy")] == 1)
        }
        let weighted = evaluate(
            Unchanged(), on: ArrayDataset(images: logSoftmax(Tensor([[0, 0], [2, 0], [9, 9]])), labels: labels),
            batchSize: 1, loss: .negativeLogLikelihood(weights: Tensor([1, 10])), metrics: [])
        #expect(abs(weighted.loss - 1.996584) < 1e-6)
    }

    @Test func ignoredLabelsGiveProbabilitiesNoGradient() {
        let probabilities = Tensor([[0.25, 0.75], [0.5, 0.5]]).requiringGradient()
        let loss = sparseCategoricalCrossEntropy(probabilities, [0, -100])
        #expect(abs(loss.scalar - log(4)) < 1e-6)
        #expect(gradients(of: loss, at: [probabilities])[0].elements == [-3, 1, 0, 0])
        let fromLogits = sparseCategoricalCrossEntropy(softmax(Tensor([[0, 0], [1, 0]])), [1, 5], ignoreIndex: 5)
        #expect(abs(fromLogits.scalar - log(2)) < 1e-6)
    }

    /// What a training counts, epoch by epoch, is the same whichever batch an ignored label is in, and a batch of nothing else
    /// neither ends it nor changes weights.
    @Test func trainingWithIgnoredLabels() throws {
        let data = ArrayDataset(images: Tensor([[0, 0], [2, 0], [5, 1], [1, 3]]), labels: [0, 1, -100, -100])
        let model = Sequential([Dense(2, 2, generator: RandomGenerator(seed: 4))])
        let before = model.parameters.map(\.value.elements)
        let expected = evaluate(model, on: data)
        for batchSize in [1, 2, 4] {
            let history = try model.fit(
                data, batchSize: batchSize, validation: data, optimizer: SGD(model, learningRate: 0),
                options: FitOptions(shuffle: false, progress: .silent))
            let epoch = try #require(history.epochs.first)
            #expect(history.ending == .completed)
            #expect(abs(epoch.loss - expected.loss) < 1e-6 && abs(epoch[.validation(.loss)]! - expected.loss) < 1e-6)
            #expect(epoch.accuracy == expected.accuracy && epoch.validationAccuracy == expected.accuracy)
        }
        let ignored = ArrayDataset(images: Tensor([[0, 0], [2, 0]]), labels: [-100, -100])
        let history = try model.fit(
            ignored, batchSize: 2, optimizer: SGD(model, learningRate: 1), options: FitOptions(progress: .silent))
        #expect(history.ending == .completed && history.epochs[0].loss.isNaN)
        #expect(model.parameters.map(\.value.elements) == before)
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
