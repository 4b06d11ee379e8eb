import Foundation
import Martinet
import Testing

/// Records the steps that a training counts, and what its batches hold.
private final class Recorder: Callback {
    var steps: [Int] = []
    func batchEnd(_ run: TrainingRun, loss: Float) { steps.append(run.totalSteps) }
}

@Suite struct ContinuedTrainingTests {
    private let data = ArrayDataset(images: .ones([4, 1]), labels: [0, 0, 0, 0])

    private func history(_ losses: [Double]) -> History {
        History(epochs: losses.enumerated().map { .init(number: $0 + 1, values: [.validation(.loss): $1]) })
    }

    @Test func earlyStoppingCountsTheEpochsBefore() throws {
        let model = Dense(1, 2)
        // Its loss is ln 2 or so, far above the first one's.
        let result = try model.fit(
            data, epochs: 9, batchSize: 4, validation: data, optimizer: SGD(model, learningRate: 0),
            options: FitOptions(
                callbacks: [EarlyStopping(patience: 2)], continuing: history([0.001, 0.5]), progress: .silent))
        #expect(result.epochs.count == 3)
        #expect(result.endingReason.contains("has not been better than 0.001 for 2 epochs"))
    }

    @Test func bestWeightsHaveToBeatTheEpochsBefore() throws {
        let model = Dense(1, 2)
        let best = BestWeights()
        try model.fit(
            data, epochs: 4, batchSize: 4, validation: data, optimizer: SGD(model, learningRate: 0.1),
            options: FitOptions(callbacks: [best], continuing: history([0.001, 0.5]), progress: .silent))
        #expect(best.epoch == nil)
    }

    @Test func stepsGoOnWithAnotherBatchSize() throws {
        let model = Dense(1, 2)
        let recorder = Recorder()
        let first = try model.fit(
            data, epochs: 2, batchSize: 2, options: FitOptions(callbacks: [recorder], progress: .silent))
        #expect(first.values(of: .steps) == [2, 2])
        try model.fit(
            data, epochs: 3, batchSize: 1,
            options: FitOptions(callbacks: [recorder], continuing: first, progress: .silent))
        #expect(recorder.steps == Array(1...8))
    }

    @Test func anOddSampleIsAnErrorForABatchNorm() throws {
        let samples = ArrayDataset(images: .ones([5, 3]), labels: [0, 1, 0, 1, 0])
        let model = Sequential([Dense(3, 4), BatchNorm(4), Dense(4, 2)])
        let error = #expect(throws: TrainingError.self) {
            try model.fit(samples, batchSize: 2, options: FitOptions(progress: .silent))
        }
        let message = error?.description ?? ""
        #expect(message.contains("step 3 of 3 in epoch 1, 1 samples: BatchNorm: a batch of shape [1, 4]"))
        #expect(message.contains("dropLast"))
        try model.fit(samples, batchSize: 2, options: FitOptions(dropLast: true, progress: .silent))
    }

    @Test func randomTransformsDrawAnewEachEpochWithoutShuffling() throws {
        func seen(epoch: Int, seed: UInt64) -> [[Float]] {
            let noisy = data.map { image, label, generator in
                (image + .uniform([1], in: 0..<1, generator: generator), label)
            }
            return noisy.batches(of: 2, shuffle: .inOrder(epoch, seed: seed)).map { $0.inputs.elements }
        }
        #expect(seen(epoch: 1, seed: 0) == seen(epoch: 1, seed: 0))
        #expect(seen(epoch: 1, seed: 0) != seen(epoch: 2, seed: 0))
        #expect(seen(epoch: 1, seed: 0) != seen(epoch: 1, seed: 1))
    }
}
