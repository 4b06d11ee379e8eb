import Martinet
import Testing

/// One weight, whose loss is what a list says for each validation in turn; each step adds 1 to the weight.
private final class Counter: Module {
    let weight = Parameter(Tensor([0]))
    func callAsFunction(_ x: Tensor) -> Tensor { x * weight.value }
}

private let samples = ArrayDataset(images: Tensor([[1], [1]]), labels: [0, 0])

/// Trains a counter by one step an epoch; `losses` are those of the validations.
private func train(losses: [Float], callbacks: [any Callback]) throws -> (counter: Counter, history: History) {
    let model = Counter()
    // The weight is the number of the epoch, and the gradient by it -1.
    let loss = Loss<Tensor, Int>("scripted") { outputs, _ in
        let epoch = Int(outputs.elements[0])
        let value = outputs.requiresGradient || epoch == 0 ? 0 : losses[epoch - 1]
        return (outputs.detached - outputs).mean() + value
    }
    let history = try model.fit(
        samples, epochs: losses.count, batchSize: 2, validation: samples, loss: loss, metrics: [],
        optimizer: SGD(model, learningRate: 1), options: FitOptions(callbacks: callbacks, progress: .silent))
    return (model, history)
}

@Suite struct CallbackTests {
    @Test func earlyStoppingWaitsForItsPatience() throws {
        let stopping = EarlyStopping(patience: 2)
        let (counter, history) = try train(losses: [5, 4, 4.5, 3, 3, 3.5, 1], callbacks: [stopping])
        #expect(history.ending == .stopped)
        #expect(
            history.endingReason == "stopped after epoch 6: validation loss has not been better than 3.0 for 2 epochs")
        #expect(history.values(of: .validation(.loss)) == [5, 4, 4.5, 3, 3, 3.5])
        #expect(counter.weight.value.scalar == 6)
        #expect(history.best(.validation(.loss))?.number == 4)
    }

    @Test func earlyStoppingRestoresTheBestWeights() throws {
        let stopping = EarlyStopping(patience: 2, restoresBestWeights: true)
        let (counter, _) = try train(losses: [5, 4, 4.5, 3, 3, 3.5, 1], callbacks: [stopping])
        #expect(counter.weight.value.scalar == 4)
        // It can be used again.
        let (second, history) = try train(losses: [9, 8, 7], callbacks: [stopping])
        #expect(second.weight.value.scalar == 3)
        #expect(history.ending == .completed)
    }

    @Test func smallImprovementsAreNone() throws {
        let stopping = EarlyStopping(patience: 1, minimumDelta: 0.5)
        let (_, history) = try train(losses: [5, 4, 3.6, 1], callbacks: [stopping])
        #expect(history.epochs.count == 3)
    }

    @Test func lossesThatAreNoNumbersAreNotBetter() throws {
        let best = BestWeights()
        let (counter, history) = try train(losses: [.nan, 4, .nan, 5], callbacks: [EarlyStopping(patience: 2), best])
        #expect(history.epochs.count == 4)
        #expect(best.epoch == 2)
        #expect(counter.weight.value.scalar == 2)
        #expect(history.best(.validation(.loss))?.number == 2)
    }

    @Test func theKeyOrTheMetricSaysWhichValuesAreBetter() throws {
        let larger = BestWeights(better: .larger)
        #expect(try train(losses: [1, 3, 2], callbacks: [larger]).counter.weight.value.scalar == 2)
        let history = History(
            epochs: [0.7, 0.9, 0.8].enumerated().map { .init(number: $0 + 1, values: [.accuracy: $1]) })
        #expect(history.best(.accuracy)?.number == 2)
        #expect(history.best(.validation(.accuracy)) == nil)
    }

    @Test func methodsAreCalledInOrder() throws {
        var calls: [String] = []
        let callback = LambdaCallback(
            trainBegin: { calls.append("train \($0.epochs)x\($0.stepsPerEpoch)") },
            epochBegin: { calls.append("epoch \($0.epoch)") },
            batchEnd: { run, loss in calls.append("step \(run.step) of \(run.totalSteps): \(loss)") },
            epochEnd: { run, epoch in calls.append("end \(epoch.number), \(run.history.epochs.count)") },
            trainEnd: { calls.append("done \($0.history.ending)") })
        _ = try train(losses: [1, 2], callbacks: [callback])
        #expect(
            calls == [
                "train 2x1", "epoch 1", "step 1 of 1: 0.0", "end 1, 1", "epoch 2", "step 1 of 2: 0.0", "end 2, 2",
                "done completed",
            ])
    }

    @Test func anyMethodMayStop() throws {
        let atOnce = LambdaCallback(trainBegin: { $0.stop("no need") })
        let (counter, history) = try train(losses: [1, 2], callbacks: [atOnce])
        #expect(history.epochs.isEmpty && history.ending == .stopped)
        #expect(history.endingReason == "stopped after the beginning: no need")
        #expect(counter.weight.value.scalar == 0)
    }

    @Test func schedulesSetTheRateOfEachEpochOrStep() throws {
        func rates(_ schedule: LearningRateSchedule) throws -> (steps: [Float], epochs: [Double]) {
            let model = Counter()
            let optimizer = SGD(model, learningRate: 1)
            var steps: [Float] = []
            // Called after the schedule, so that it sees the next step's rate.
            let observer = LambdaCallback(batchEnd: { _, _ in steps.append(optimizer.learningRate) })
            let history = try model.fit(
                ArrayDataset(images: Tensor([[1], [1], [1]]), labels: [0, 0, 0]), epochs: 2, batchSize: 1,
                loss: Loss("mean") { outputs, _ in outputs.mean() }, metrics: [], optimizer: optimizer,
                options: FitOptions(schedule: schedule, callbacks: [observer], progress: .silent))
            return (steps, history.values(of: .learningRate))
        }
        let halving = Schedule.exponential(gamma: 0.5)
        let perEpoch = try rates(.perEpoch(halving))
        #expect(perEpoch.steps == [1, 1, 1, 0.5, 0.5, 0.5])
        #expect(perEpoch.epochs == [1, 0.5])
        let perStep = try rates(.perStep(halving))
        #expect(perStep.steps == [0.5, 0.25, 0.125, 0.0625, 0.03125, 0.015625])
        #expect(perStep.epochs == [0.25, 0.03125])
        // As long as the training: six steps, two epochs.
        let cosine = try rates(.perStep(.cosine())).steps
        let expected = (1...6).map { Schedule.cosine(steps: 6).learningRate(at: $0, base: 1) }
        #expect(cosine == expected)
        let epochs = try rates(.perEpoch(Schedule.warmup(1).then(.polynomial()))).epochs
        #expect(abs(epochs[0] - 1.0 / 3) < 1e-6 && epochs[1] == 1)
    }

    @Test func unknownKeysAreAMistake() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = try train(losses: [1], callbacks: [EarlyStopping(monitor: .metric("f1"))])
        }
        #expect(result?.message.contains("EarlyStopping: there is no f1 in this training, only loss,") == true)
    }

    @Test func aMetricsDirectionIsFollowed() throws {
        // The errors shrink with the steps, so the last epoch is the best; by a metric of which larger values are better, the first.
        func best(_ better: Better) throws -> Int? {
            let metric = Metric<Tensor, Int>("distance", better: better) { outputs, _ in
                Double(abs(outputs - 10).sum().scalar)
            }
            let best = BestWeights(monitor: .validation(.metric("distance")))
            let model = Counter()
            try model.fit(
                samples, epochs: 4, batchSize: 2, validation: samples,
                loss: Loss("rising") { outputs, _ in -outputs.mean() }, metrics: [metric],
                optimizer: SGD(model, learningRate: 1), options: FitOptions(callbacks: [best], progress: .silent))
            return best.epoch
        }
        #expect(try best(.smaller) == 4)
        #expect(try best(.larger) == 1)
    }
}
