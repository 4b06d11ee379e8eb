import Foundation
import Martinet
import Testing

private func network(_ seed: UInt64 = 3, width: Int = 8) -> Sequential {
    let generator = RandomGenerator(seed: seed)
    return Sequential {
        Dense(4, width, activation: .relu, generator: generator)
        BatchNorm(width)
        Dense(width, 3, generator: generator)
    }
}

private func sgd(_ model: Sequential) -> SGD { SGD(model, learningRate: 0.1, momentum: 0.9, weightDecay: 1e-4) }

private let samples = ArrayDataset(
    images: Tensor.normal([50, 4], generator: RandomGenerator(seed: 1)), labels: (0..<50).map { $0 * 7 % 3 })

private func weights(_ model: Sequential) -> [[Float]] {
    model.namedParameters.map(\.parameter.value.elements) + model.namedBuffers.map(\.buffer.value.elements)
}

/// The losses of a training of six epochs that goes on from `checkpoint`, or makes `stopAfter` of them.
private func train(
    _ model: Sequential, _ optimizer: Optimizer, checkpoint: Checkpoint?, stopAfter: Int = 6
) throws -> [Double] {
    let stop = LambdaCallback(epochEnd: { run, _ in if run.epoch == stopAfter { run.stop("enough") } })
    let history = try model.fit(
        samples, epochs: 6, batchSize: 8, optimizer: optimizer,
        options: FitOptions(
            schedule: .perStep(.oneCycle()), callbacks: (checkpoint.map { [$0] } ?? []) + [stop], seed: 5,
            continuing: try checkpoint?.restore(model, optimizer) ?? History(), progress: .silent))
    #expect(history.epochs.map(\.number) == Array(1...stopAfter))
    return history.values(of: .loss)
}

@Suite struct CheckpointTests {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("checkpoint-\(UUID()).safetensors")

    @Test(arguments: [1, 3, 5]) func stoppedTrainingGoesOnWithTheSameBits(epochs: Int) throws {
        defer { try? FileManager.default.removeItem(at: url) }
        let whole = network()
        let losses = try train(whole, sgd(whole), checkpoint: nil)

        let first = network()
        _ = try train(first, sgd(first), checkpoint: Checkpoint(url), stopAfter: epochs)
        let second = network(99)
        #expect(try train(second, sgd(second), checkpoint: Checkpoint(url)) == losses)
        #expect(weights(second) == weights(whole))
        // What is finished stays as it is.
        let third = network(98)
        #expect(try train(third, sgd(third), checkpoint: Checkpoint(url)) == losses)
        #expect(weights(third) == weights(whole))
    }

    @Test func adamGoesOnWithTheSameBits() throws {
        defer { try? FileManager.default.removeItem(at: url) }
        let whole = network()
        let losses = try train(whole, Adam(whole), checkpoint: nil)
        let first = network()
        _ = try train(first, Adam(first), checkpoint: Checkpoint(url), stopAfter: 2)
        let second = network(99)
        #expect(try train(second, Adam(second), checkpoint: Checkpoint(url)) == losses)
    }

    /// Files that an earlier Martinet wrote, two epochs into a training, are read, and written again with the same bytes.
    @Test(arguments: ["sgd", "adamw", "rmsprop"]) func earlierFilesAreUnderstood(kind: String) throws {
        defer { try? FileManager.default.removeItem(at: url) }
        let old = try #require(
            Bundle.module.url(forResource: kind, withExtension: "safetensors", subdirectory: "Checkpoints"))
        let model = network(99)
        let optimizer: Optimizer =
            switch kind {
            case "sgd": sgd(model)
            case "adamw": AdamW(model, learningRate: 0.01, amsgrad: true)
            default: RMSprop(model, learningRate: 0.01, momentum: 0.9, centered: true)
            }
        let history = try Checkpoint(old, settings: ["batch": "8"]).restore(model, optimizer)
        #expect(history.epochs.map(\.number) == [1])
        #expect(optimizer.state.entries.allSatisfy { $0?.steps == 14 })
        try Checkpoint(url, settings: ["batch": "8"]).save(model, optimizer, history)
        #expect(try Data(contentsOf: url) == Data(contentsOf: old))
    }

    @Test func noFileMeansNothingDone() throws {
        let model = network()
        #expect(try Checkpoint(url).restore(model, sgd(model)).epochs.isEmpty)
    }

    @Test func otherTrainingsAreRefusedAndChangeNothing() throws {
        defer { try? FileManager.default.removeItem(at: url) }
        let model = network()
        let optimizer = sgd(model)
        try Checkpoint(url, settings: ["batch": "8"]).save(model, optimizer, History())

        let other = network(4, width: 9)
        let before = weights(other)
        let error = #expect(throws: CheckpointError.self) {
            try Checkpoint(url, settings: ["batch": "8"]).restore(other, sgd(other))
        }
        #expect(error?.description.contains("0.weight has shape [4, 8], expected [4, 9]") == true)
        #expect(weights(other) == before)
        let settings = #expect(throws: CheckpointError.self) {
            try Checkpoint(url, settings: ["batch": "16"]).restore(model, optimizer)
        }
        #expect(settings?.description.contains("batch 8, now 16") == true)
        _ = try train(model, optimizer, checkpoint: nil)
        try Checkpoint(url).save(model, optimizer, History())
        let kind = #expect(throws: CheckpointError.self) { try Checkpoint(url).restore(model, Adam(model)) }
        #expect(kind?.description.contains("momentum_buffer") == true)
    }

    @Test func brokenFilesAreErrors() throws {
        defer { try? FileManager.default.removeItem(at: url) }
        let model = network()
        let optimizer = sgd(model)
        try Checkpoint(url).save(model, optimizer, History())
        let whole = try Data(contentsOf: url)
        var broken = (0..<whole.count).map { Data(whole.prefix($0)) }
        var generator = RandomGenerator(seed: 1)
        for _ in 0..<300 {
            var data = whole
            data[Int.random(in: 0..<min(900, data.count), using: &generator)] = UInt8.random(
                in: 0...255, using: &generator)
            broken.append(data)
        }
        let before = weights(model)
        for data in broken {
            try data.write(to: url)
            // Changed elements, or names of what is left out, may go unnoticed; nothing may crash.
            if data.count < whole.count {
                #expect(throws: CheckpointError.self) { try Checkpoint(url).restore(model, optimizer) }
            } else {
                _ = try? Checkpoint(url).restore(model, optimizer)
            }
        }
        #expect(weights(model).map(\.count) == before.map(\.count))
    }

    @Test func whatCannotBeWrittenEndsTheTraining() throws {
        let model = network()
        let history = try model.fit(
            samples, epochs: 3, batchSize: 8, optimizer: sgd(model),
            options: FitOptions(
                callbacks: [Checkpoint(URL(fileURLWithPath: "/nonexistent/file"))], progress: .silent))
        #expect(history.epochs.count == 1 && history.endingReason.contains("/nonexistent/file: it cannot be written"))
    }
}
