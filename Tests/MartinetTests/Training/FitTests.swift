import Foundation
import Martinet
import MartinetBase
import Testing

/// Two spirals, wound around each other.
private func spirals(_ count: Int = 200, seed: UInt64 = 1) -> ArrayDataset<Int> {
    let noise = RandomGenerator(seed: seed).uniform(count: 2 * count, in: -0.05..<0.05)
    let points = (0..<count).map { index -> [Float] in
        let radius = Float(index / 2 + 5) / Float(count / 2 + 5)
        let angle = 6 * radius + (index % 2 == 0 ? 0 : Float.pi)
        return [radius * cos(angle) + noise[2 * index], radius * sin(angle) + noise[2 * index + 1]]
    }
    return ArrayDataset(inputs: Tensor(points), targets: (0..<count).map { $0 % 2 })
}

private func network(seed: UInt64 = 7, width: Int = 32, dropout: Float = 0) -> Sequential {
    let generator = RandomGenerator(seed: seed)
    return Sequential {
        Dense(2, width, activation: .relu, generator: generator)
        BatchNorm(width)
        if dropout > 0 { Dropout(dropout, generator: generator) }
        Dense(width, width, activation: .relu, generator: generator)
        Dense(width, 2, generator: generator)
    }
}

private func weights(_ model: some Module) -> [[Float]] {
    model.namedParameters.map(\.parameter.value.elements) + model.namedBuffers.map(\.buffer.value.elements)
}

/// Labels that no file could give.
private struct BrokenDataset: Dataset {
    struct Broken: Error, Equatable { let sample: Int }

    let count = 10

    func sample(_ index: Int, using generator: RandomGenerator) throws(Broken) -> (input: Tensor, target: Int) {
        if index == 7 { throw Broken(sample: index) }
        return (Tensor([Float(index), Float(index)]), index % 2)
    }
}

@Suite struct FitTests {
    @Test func learnsTwoSpirals() throws {
        let model = network()
        let history = try model.fit(
            spirals(), epochs: 40, batchSize: 20, validation: spirals(100, seed: 2),
            optimizer: Adam(model, learningRate: 0.01), options: FitOptions(progress: .silent))
        #expect(history.ending == .completed)
        #expect(history.epochs.map(\.number) == Array(1...40))
        let last = try #require(history.epochs.last)
        #expect(try #require(last.accuracy) > 0.95)
        #expect(try #require(last.validationAccuracy) > 0.95)
        #expect(last.loss < history.epochs[0].loss / 4)
        #expect(last.learningRate == 0.01)
        #expect(last.seconds > 0 && last.millisecondsPerStep > 0 && last.millisecondsPerStep < 1000 * last.seconds)
        #expect((0...1).contains(last.dataWaitShare))
        #expect(model.isTraining)
        let evaluation = evaluate(model, on: spirals(100, seed: 2), batchSize: 20)
        #expect(evaluation.accuracy == last.validationAccuracy)
        #expect(evaluation.loss == last.validationLoss)
    }

    @Test func tellsHowLongItWaitsForData() throws {
        let slow = Lambda { _, _ in Thread.sleep(forTimeInterval: 0.005) }
        func share(_ transform: some Transform) throws -> Double {
            let history = try network().fit(
                spirals().transformed(by: transform), epochs: 1, batchSize: 50,
                options: FitOptions(prefetch: 0, progress: .silent))
            return history.epochs[0].dataWaitShare
        }
        #expect(try share(slow) > 0.6)
        #expect(try share(slow) > share(Compose([])))
    }

    @Test func sameSeedGivesTheSameBits() throws {
        func run(seed: UInt64) throws -> (weights: [[Float]], losses: [Double]) {
            let model = network(dropout: 0.2)
            let jitter = Lambda { image, generator in
                image = image + Tensor.normal(image.shape, standardDeviation: 0.01, generator: generator)
            }
            let history = try model.fit(
                spirals().transformed(by: jitter), epochs: 3, batchSize: 32,
                options: FitOptions(seed: seed, gradientClipping: .norm(1), progress: .silent))
            return (weights(model), history.values(of: .loss))
        }
        let (first, second, other) = (try run(seed: 3), try run(seed: 3), try run(seed: 4))
        #expect(first.weights == second.weights && first.losses == second.losses)
        #expect(first.weights != other.weights)
    }

    @Test func isTheLoopThatOneWouldWrite() throws {
        let (model, twin) = (network(), network())
        try model.fit(
            spirals(), epochs: 2, batchSize: 30, optimizer: SGD(model, learningRate: 0.1, momentum: 0.9),
            options: FitOptions(seed: 5, progress: .silent))
        let optimizer = SGD(twin, learningRate: 0.1, momentum: 0.9)
        for epoch in 1...2 {
            for batch in spirals().batches(of: 30, shuffle: .seeded(epoch, seed: 5)) {
                crossEntropy(twin(batch.images), batch.labels).backward()
                optimizer.step()
            }
        }
        #expect(weights(model) == weights(twin))
    }

    @Test func trainingValuesAreMeansOverSamples() throws {
        // At a learning rate of 0 they are those of the whole set, also with a last batch of another size.
        let model = Sequential { Dense(2, 3, generator: RandomGenerator(seed: 1)) }
        let expected = evaluate(model, on: spirals(), batchSize: 200, metrics: [.accuracy, .topK(2)])
        let history = try model.fit(
            spirals(), batchSize: 64, metrics: [.accuracy, .topK(2)], optimizer: SGD(model, learningRate: 0),
            options: FitOptions(progress: .silent))
        let top2 = History.Key.metric("top2Accuracy")
        #expect(abs(history.epochs[0].loss - expected.loss) < 1e-6)
        #expect(history.epochs[0].accuracy == expected.accuracy)
        #expect(history.epochs[0][top2] == expected[top2])
        #expect(expected[top2]! > expected.accuracy)
    }

    @Test func keepsTheModesOfTheModelsParts() throws {
        let model = network(dropout: 0.5)
        model[1].eval()
        let statistics = model.namedBuffers.map(\.buffer.value.elements)
        try model.fit(spirals(), batchSize: 50, options: FitOptions(progress: .silent))
        #expect(!model[1].isTraining)
        #expect(model.namedBuffers.map(\.buffer.value.elements) == statistics)

        let evaluated = network().eval()
        try evaluated.fit(spirals(), batchSize: 50, options: FitOptions(progress: .silent))
        #expect(!evaluated.isTraining)
        #expect(evaluated.namedBuffers.map(\.buffer.value.elements) != statistics)
    }

    @Test func stopsBeforeALossThatIsNotFinite() throws {
        let model = network()
        var calls = 0
        let before = Locked<[[Float]]>([])
        let ends = LambdaCallback(
            batchEnd: { _, _ in before.withLock { $0 = weights(model).dropLast(3) } }, trainEnd: { _ in calls += 1 })
        let poisoned = Locked(0)
        let loss = Loss<Tensor, Int>("poisoned") { outputs, labels in
            let step = poisoned.withLock { step in
                step += 1
                return step
            }
            return crossEntropy(outputs, labels) * (step == 6 ? .nan : 1)
        }
        let history = try model.fit(
            spirals(), epochs: 5, batchSize: 50, loss: loss, optimizer: SGD(model, learningRate: 0.1),
            options: FitOptions(callbacks: [ends], progress: .silent))
        #expect(history.ending == .diverged)
        #expect(history.endingReason == "the loss was nan at step 2 of 4 in epoch 2, with a learning rate of 0.1")
        #expect(history.epochs.count == 1)
        #expect(weights(model).dropLast(3) == before.withLock { $0[...] })
        #expect(calls == 1)
    }

    /// Whose clipping would leave zeros and NaN.
    @Test func stopsBeforeGradientsWithoutANorm() throws {
        let model = Sequential([Dense(2, 2, generator: RandomGenerator(seed: 1))])
        let before = model.parameters.map(\.value.elements)
        // The derivative of the root at 0 is infinite.
        let loss = Loss<Tensor, Int>("root") { outputs, _ in sqrt(outputs * 0).mean() }
        let history = try model.fit(
            spirals(), epochs: 2, batchSize: 50, loss: loss, optimizer: SGD(model, learningRate: 0.1),
            options: FitOptions(gradientClipping: .norm(1), progress: .silent))
        #expect(history.ending == .diverged)
        #expect(
            history.endingReason
                == "the norm of the gradients was nan at step 1 of 4 in epoch 1, with a learning rate of 0.1")
        #expect(model.parameters.map(\.value.elements) == before)
    }

    /// With prefetching and without; the batches in front of the one with the sample are trained with.
    @Test(arguments: [0, 2]) func samplesThatATransformCannotTakeAreErrors(prefetch: Int) throws {
        let images = (0..<6).map { Tensor.ones([$0 == 4 ? 3 : 2]) }
        let data = ListedImages(images: images)
        let options = FitOptions(shuffle: false, prefetch: prefetch, progress: .silent)
        func fit(_ train: some Dataset<Tensor, Int>, validation: (any Dataset<Tensor, Int>)? = nil) -> String? {
            let model = Sequential([Dense(2)])
            let error = #expect(throws: TrainingError.self) {
                try model.fit(train, batchSize: 2, validation: validation, options: options)
            }
            return error?.description
        }
        let normalize = Standardization(mean: [0, 0], standardDeviation: [1, 1])
        let place = "fit: step 3 of 3 in epoch 1, 2 samples: "
        #expect(
            fit(data.transformed(by: normalize))
                == place + "Standardization: images of shape [3] do not end in the axes of [2]")
        #expect(
            fit(data.transformed(by: Lambda { _, _ in }))
                == place + "batches: a transform made samples of different shapes, [2] and others")
        #expect(fit(data) == place + "batches: the samples have different shapes, [3] and [2]")
        let good = ListedImages(images: Array(images.prefix(4)))
        #expect(
            fit(good, validation: data.transformed(by: normalize))
                == "fit: the validation of epoch 1: Standardization: images of shape [3] do not end in the axes of [2]")
    }

    @Test func stopsWhenAskedTo() throws {
        let model = network()
        var batches = 0
        let history = try model.fit(
            spirals(), epochs: 5, batchSize: 50, validation: spirals(50),
            options: FitOptions(
                callbacks: [LambdaCallback(batchEnd: { _, _ in batches += 1 })], progress: .silent,
                shouldStop: { batches == 6 }))
        #expect(history.ending == .cancelled)
        #expect(history.endingReason == "cancelled after step 2 of 4 in epoch 2")
        #expect(history.epochs.count == 1)
        #expect(batches == 6)
    }

    @Test(arguments: [(3, 0), (4, 0), (5, 0), (6, 1), (7, 1)])
    func keepsEveryEpochThatIsDone(step: Int, epochs: Int) throws {
        // Four steps and two batches of validation make an epoch; asked before each but the first of a validation.
        let calls = Locked(0)
        let loss = Loss<Tensor, Int>("counted") { outputs, labels in
            calls.withLock { $0 += 1 }
            return crossEntropy(outputs, labels)
        }
        let history = try network().fit(
            spirals(), epochs: 2, batchSize: 50, validation: spirals(100), loss: loss,
            options: FitOptions(progress: .silent, shouldStop: { calls.withLock { $0 } >= step }))
        #expect(history.ending == .cancelled)
        #expect(history.epochs.count == epochs)
    }

    @Test func stopsWhenItsTaskIsCancelled() async throws {
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            let model = network()
            return try model.fit(spirals(), epochs: 5, options: FitOptions(progress: .silent))
        }
        let history = try await task.value
        #expect(history.ending == .cancelled)
        #expect(history.epochs.isEmpty)
    }

    @Test func rethrowsTheErrorsOfDataSets() throws {
        let model = network()
        #expect(throws: BrokenDataset.Broken(sample: 7)) {
            try model.fit(BrokenDataset(), batchSize: 5, options: FitOptions(progress: .silent))
        }
        #expect(throws: BrokenDataset.Broken(sample: 7)) {
            try model.fit(
                spirals(), validation: BrokenDataset(), options: FitOptions(progress: .silent))
        }
        #expect(throws: BrokenDataset.Broken(sample: 7)) { try evaluate(model, on: BrokenDataset()) }
        #expect(throws: BrokenDataset.Broken(sample: 7)) { try predict(model, on: BrokenDataset()) }
    }

    @Test func showsOneLineForEachEpoch() throws {
        let written = Locked("")
        let display = ProgressDisplay(style: .lines, now: { 0 }) { text in written.withLock { $0 += text } }
        let model = Sequential { Dense(2, 2, generator: RandomGenerator(seed: 1)) }
        let history = try model.fit(
            spirals(), epochs: 2, batchSize: 50, validation: spirals(50), options: FitOptions(progress: display))
        let lines = written.withLock { $0 }.split(separator: "\n")
        #expect(lines.count == 2)
        let last = history.epochs[1]
        let values = [last.loss, last.accuracy!, last.validationLoss!, last.validationAccuracy!]
            .map { String(format: "%.4f", $0) }
        #expect(
            lines[1]
                == "epoch 2/2  0.0 s  loss \(values[0])  accuracy \(values[1])  validation loss \(values[2])  validation accuracy \(values[3])"
        )
    }

    @Test func nothingToTrainOnIsAMistake() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            try network().fit(spirals(8), batchSize: 9, options: FitOptions(dropLast: true))
        }
        #expect(result?.message.contains("fit: 8 samples make no batch of 9 with dropLast") == true)
    }
}

@Suite struct EvaluationTests {
    @Test func leavesTheModelAlone() throws {
        let model = network(dropout: 0.5)
        model[4].eval()
        let before = weights(model)
        let first = evaluate(model, on: spirals(), batchSize: 64)
        #expect(first == evaluate(model, on: spirals(), batchSize: 64))
        #expect(weights(model) == before)
        #expect(model.parameters.allSatisfy { $0.gradient == nil })
        #expect(model.isTraining && model[1].isTraining && model[2].isTraining)
        #expect(first.count == 200)
        #expect(abs(first.loss - evaluate(model, on: spirals(), batchSize: 200).loss) < 1e-6)
    }

    @Test func predictionsAreTheOutputsInOrder() {
        let model = network()
        let all = spirals()
        let outputs = predict(model, on: all, batchSize: 64)
        #expect(outputs.shape == [200, 2])
        #expect(!outputs.requiresGradient)
        let together = predict(model, on: all.inputs, batchSize: 200)
        #expect(zip(outputs.elements, together.elements).allSatisfy { abs($0 - $1) < 1e-5 })
        let correct = zip(outputs.argmax().values, all.labels).count { $0 == $1 }
        #expect(Double(correct) / 200 == evaluate(model, on: all).accuracy)
    }

    @Test func anEmptyDataSetHasNoValues() {
        let model = network()
        let empty = spirals().prefix(0)
        #expect(evaluate(model, on: empty).loss.isNaN)
        #expect(predict(model, on: empty).count == 0)
    }

    @Test func topKCountsEqualOutputsInOrder() {
        let outputs = Tensor([[1, 3, 2, 0], [5, 5, 5, 5], [.nan, 1, 2, 3]])
        #expect(Metric<Tensor, Int>.topK(2).sum(outputs, [2, 1, 1]) == 2)
        // A sample with an output that is no number is not right.
        #expect(Metric<Tensor, Int>.topK(1).sum(outputs, [1, 1, 3]) == 1)
        #expect(Metric<Tensor, Int>.topK(4).sum(outputs, [3, 3, 0]) == 2)
    }
}

/// Inputs of any shapes, all of class 0.
private struct ListedImages: Dataset {
    let images: [Tensor]

    var count: Int { images.count }

    func sample(_ index: Int, using generator: RandomGenerator) -> (input: Tensor, target: Int) { (images[index], 0) }
}
