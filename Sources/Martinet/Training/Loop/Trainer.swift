import Foundation

/// The loop behind `fit`.
struct Trainer<Model: Module, Source: Dataset> where Source.Input.Collated == Model.Input {
    let model: Model
    let run: TrainingRun
    let loss: Loss<Model.Output, Source.Target>
    let metrics: [Metric<Model.Output, Source.Target>]
    let callbacks: [any Callback]
    let clipping: GradientClipping?
    let progress: ProgressDisplay
    let isCancelled: () -> Bool

    /// Why a training ends before its time.
    private struct Interruption {
        let ending: History.Ending
        let reason: String
    }

    /// All epochs, or as many as it comes to.
    ///
    /// - Parameters:
    ///   - batches: those of an epoch.
    ///   - validate: measures at the end of an epoch; nil if it was cancelled meanwhile.
    func train(
        _ batches: (_ epoch: Int) -> Batches<Source>, validate: () throws -> [(key: History.Key, value: Double)]?
    ) throws -> History {
        run.optimizer.zeroGradients()
        for callback in callbacks { callback.trainBegin(run) }
        var interruption = stopRequest(after: "the beginning")
        while interruption == nil, run.epoch < run.epochs {
            run.epoch += 1
            interruption = try epoch(batches(run.epoch), validate: validate)
            // A wish to stop after the last epoch is granted anyway.
            if run.epoch < run.epochs { interruption = interruption ?? stopRequest(after: "epoch \(run.epoch)") }
        }
        if let interruption {
            run.history.ending = interruption.ending
            run.history.endingReason = interruption.reason
        }
        for callback in callbacks { callback.trainEnd(run) }
        return run.history
    }

    /// One epoch; adds it to the history unless it is interrupted.
    private func epoch(
        _ batches: Batches<Source>, validate: () throws -> [(key: History.Key, value: Double)]?
    ) throws -> Interruption? {
        let start = ProgressDisplay.monotonicSeconds()
        var means = RunningMeans(metrics)
        var times: [Double] = []
        var waited = 0.0
        var rate = run.optimizer.learningRate
        var bar = ProgressBar(
            "epoch \(padded(run.epoch))/\(run.epochs)", total: batches.sampleCount, unit: .items("samples"),
            display: progress)
        defer { bar.clear() }

        run.step = 0
        for callback in callbacks { callback.epochBegin(run) }
        let iterator = batches.throwingIterator()
        while run.stopReason == nil {
            // After the last step, a whole epoch would be lost for nothing.
            if run.step < run.stepsPerEpoch, isCancelled() { return cancellation() }
            let waitStart = ProgressDisplay.monotonicSeconds()
            guard let batch = try iterator.next() else { break }
            if let message = iterator.problem {
                throw TrainingError(description: "fit: \(place(of: batch)): \(message)")
            }
            waited += ProgressDisplay.monotonicSeconds() - waitStart
            // Callbacks may change the rate for the next step, so it is read before.
            rate = run.optimizer.learningRate
            let stepStart = ProgressDisplay.monotonicSeconds()
            let batchLoss: Float
            switch try step(batch, &means) {
            case .made(let loss): batchLoss = loss
            case .diverged(let what): return divergence(what)
            }
            times.append(ProgressDisplay.monotonicSeconds() - stepStart)
            run.step += 1
            run.totalSteps += 1
            for callback in callbacks { callback.batchEnd(run, loss: batchLoss) }
            bar.advance(by: batch.count, details: means.values.map(describe))
        }
        guard run.step == run.stepsPerEpoch else { return stopRequest(after: "step \(run.step) of epoch \(run.epoch)") }

        let trainingTime = ProgressDisplay.monotonicSeconds() - start
        var values = means.values
        guard let validation = try validate() else { return cancellation() }
        values += validation
        bar.finish(details: values.map(describe))
        values += [
            (.learningRate, decimal(rate)),
            (.steps, Double(run.step)),
            (.seconds, rounded(ProgressDisplay.monotonicSeconds() - start)),
            (.millisecondsPerStep, rounded(1000 * median(times))),
            (.dataWaitShare, rounded(waited / max(trainingTime, .leastNormalMagnitude))),
        ]
        let epoch = History.Epoch(
            number: run.epoch,
            values: Dictionary(values.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first }))
        run.history.epochs.append(epoch)
        for callback in callbacks { callback.epochEnd(run, epoch: epoch) }
        return nil
    }

    private enum Step {
        /// The weights have been changed.
        case made(loss: Float)
        /// They have not, since something is not a finite number: what, and which.
        case diverged(String)
    }

    /// Changes the weights by one batch. One that counts nothing, as all its labels are ignored, has a loss of 0 and changes none.
    private func step(
        _ batch: Batch<Source.Input, Source.Target>, _ means: inout RunningMeans<Model.Output, Source.Target>
    ) throws(TrainingError) -> Step {
        let problem = BatchProblem()
        let outputs = problem.collecting { model(batch.inputs) }
        if let message = problem.message {
            throw TrainingError(description: "fit: \(place(of: batch)): \(message)")
        }
        let loss = loss(outputs, batch.targets)
        let counts = self.loss.weight?(batch.targets) != 0
        let value = counts ? loss.scalar : 0
        guard value.isFinite else { return .diverged("the loss was \(withoutSign(value))") }
        withoutGradients { means.add(loss: value, self.loss, outputs, batch.targets, count: batch.count) }
        guard counts else { return .made(loss: value) }
        loss.backward()
        do throws(NonfiniteGradientError) {
            try clipping?(run.optimizer.groups.flatMap(\.parameters))
        } catch {
            return .diverged("the norm of the gradients was \(withoutSign(error.norm))")
        }
        for callback in callbacks { callback.gradientsReady(run) }
        run.optimizer.step()
        return .made(loss: value)
    }

    /// NaN has a sign, which means nothing and differs between machines.
    private func withoutSign(_ value: Float) -> Float { value.isNaN ? .nan : value }

    /// Where the training is with a batch that it has not taken yet.
    private func place(of batch: Batch<Source.Input, Source.Target>) -> String {
        "step \(run.step + 1) of \(run.stepsPerEpoch) in epoch \(run.epoch), \(batch.count) samples"
    }

    /// Loss and metrics of the validation set; nil if cancelled.
    func validate(
        _ dataset: some Dataset<Source.Input, Source.Target>, batchSize: Int, prefetch: Int
    ) throws -> [(key: History.Key, value: Double)]? {
        var means = RunningMeans(metrics)
        var wasCancelled = false
        var batches = dataset.batches(of: batchSize, prefetch: prefetch)
        batches.collectsProblems = true
        let problem = try forEachOutput(of: model, batches) { outputs, batch in
            means.add(loss: loss(outputs, batch.targets).scalar, loss, outputs, batch.targets, count: batch.count)
            wasCancelled = means.count < dataset.count && isCancelled()
            return !wasCancelled
        }
        if let problem {
            throw TrainingError(description: "fit: the validation of epoch \(run.epoch): \(problem)")
        }
        return wasCancelled ? nil : means.values.map { (.validation($0.key), $0.value) }
    }

    private func stopRequest(after moment: String) -> Interruption? {
        run.stopReason.map { Interruption(ending: .stopped, reason: "stopped after \(moment): \($0)") }
    }

    private func cancellation() -> Interruption {
        let place = "step \(run.step) of \(run.stepsPerEpoch) in epoch \(run.epoch)"
        return Interruption(ending: .cancelled, reason: "cancelled after \(place)")
    }

    private func divergence(_ what: String) -> Interruption {
        let place = "step \(run.step + 1) of \(run.stepsPerEpoch) in epoch \(run.epoch)"
        return Interruption(
            ending: .diverged,
            reason: "\(what) at \(place), with a learning rate of \(run.optimizer.learningRate)")
    }

    /// As wide as the number of epochs, so that lines stand below each other.
    private func padded(_ epoch: Int) -> String {
        let text = String(epoch)
        return String(repeating: " ", count: max(0, String(run.epochs).count - text.count)) + text
    }
}

/// "validation top5 accuracy 0.9712"
private func describe(_ key: History.Key, _ value: Double) -> String {
    let words = key.description.reduce(into: "") { $0 += $1.isUppercase ? " " + $1.lowercased() : String($1) }
    let isPlain = value == 0 || (1e-3..<1e5).contains(abs(value))
    return words + " " + String(format: isPlain ? "%.4f" : "%.3e", value)
}

/// 0.1 for the float nearest to it, not its exact value 0.10000000149….
private func decimal(_ value: Float) -> Double { Double("\(value)") ?? Double(value) }

/// To a millionth, which is more than times are exact to.
private func rounded(_ value: Double) -> Double { (value * 1e6).rounded() / 1e6 }

private func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}
