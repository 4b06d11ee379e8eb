import Martinet
import Testing

private final class Unchanged: Module {
    func callAsFunction(_ x: Tensor) -> Tensor { x }
}

/// Classifiers with one output: yes or no.
@Suite struct BinaryTrainingTests {
    private let logits: [Float] = [0.5, -1.5, 2, -0.25]

    /// As PyTorch 2: `F.binary_cross_entropy_with_logits`.
    @Test(arguments: [[4], [4, 1]]) func lossesArePyTorchs(shape: [Int]) throws {
        let images = Tensor(logits, shape: shape)
        for batchSize in [1, 2, 4] {
            let labelled = ArrayDataset(images: images, labels: [1, 0, 0, 1])
            let plain = evaluate(Unchanged(), on: labelled, batchSize: batchSize, loss: .binaryCrossEntropy)
            #expect(abs(plain.loss - 0.9070894122123718) < 1e-6)
            #expect(plain.accuracy == 0.5)
            let weighted = evaluate(
                Unchanged(), on: labelled, batchSize: batchSize, loss: .binaryCrossEntropy(positiveWeight: 3),
                metrics: [.binaryAccuracy(threshold: -0.3)])
            #expect(abs(weighted.loss - 1.5570976734161377) < 1e-6)
            #expect(weighted[.binaryAccuracy] == 0.75)

            let soft = labelled.map { input, label in (input, [Float(0.9), 0.1, 0.3, 0.6][Self.place(of: input)]) }
            let result = evaluate(
                Unchanged(), on: soft, batchSize: batchSize, loss: .binaryCrossEntropy, metrics: [.binaryAccuracy])
            #expect(abs(result.loss - 0.7820894718170166) < 1e-6)
            #expect(result[.binaryAccuracy] == 0.5)
        }
    }

    private static func place(of input: Tensor) -> Int { [0.5, -1.5, 2, -0.25].firstIndex(of: input.elements[0])! }

    @Test func trainsWithLabelsAndNumbers() throws {
        let inputs = Tensor.normal([200, 2], generator: RandomGenerator(seed: 6))
        let labels = (0..<200).map { inputs.elements[2 * $0] > inputs.elements[2 * $0 + 1] ? 1 : 0 }
        let data = ArrayDataset(images: inputs, labels: labels)
        let model = Sequential([Dense(2, 1, generator: RandomGenerator(seed: 7))])
        let history = try model.fit(
            data, epochs: 5, batchSize: 20, validation: data, loss: .binaryCrossEntropy,
            optimizer: SGD(model, learningRate: 1), options: FitOptions(progress: .silent))
        let last = try #require(history.epochs.last)
        #expect(try #require(last.validationAccuracy) > 0.95)
        #expect(last.loss < 0.3)
        let agreement = binaryAccuracy(predict(model, on: inputs), labels)
        #expect(agreement == last.validationAccuracy)

        let numbers = data.map { input, label in (input, Float(label)) }
        let other = Sequential([Dense(2, 1, generator: RandomGenerator(seed: 7))])
        let again = try other.fit(
            numbers, epochs: 5, batchSize: 20, validation: numbers, loss: .binaryCrossEntropy,
            metrics: [.binaryAccuracy], optimizer: SGD(other, learningRate: 1),
            options: FitOptions(
                callbacks: [BestWeights(monitor: .validation(.binaryAccuracy))], progress: .silent))
        #expect(again.values(of: .loss) == history.values(of: .loss))
        #expect(again.values(of: .binaryAccuracy) == history.values(of: .accuracy))
    }

    @Test func otherLabelsAndShapesAreMistakes() async {
        let label = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Loss<Tensor, Int>.binaryCrossEntropy(.zeros([3]), [0, 1, 2])
        }
        #expect(label?.message.contains("binaryCrossEntropy: the label 2 of example 2 is neither 0 nor 1") == true)
        let shape = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Loss<Tensor, Int>.binaryCrossEntropy(.zeros([3, 2]), [0, 1, 1])
        }
        #expect(
            shape?.message.contains("expected one output a sample, of shape [3] or [3, 1], found [3, 2]") == true)
    }
}
