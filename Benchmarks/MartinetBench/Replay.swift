import ArgumentParser
import Foundation
import Martinet
import MartinetCommand
import MartinetFormats
import MartinetVision

/// Keras's first epoch again, with its weights and its order of the images, to see whether the losses are the same.
struct Replay: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Repeat an epoch that Keras trained, and compare the losses step by step.",
        discussion: """
            Benchmarks/Peers/keras_replay.py trains the Fashion-MNIST network for an
            epoch in Keras and records the first weights, the split, the order of the
            images and every loss. This trains the same network from the same weights
            on the same images: what is left of a difference is arithmetic.

            Examples:
              python Benchmarks/Peers/keras_replay.py --seed 1 --output replay.safetensors
              martinet-bench replay replay.safetensors
            """)

    @Argument(help: ArgumentHelp("What keras_replay.py recorded.", valueName: "file"))
    var recording: String

    @OptionGroup var folder: FashionMNISTFolder
    @OptionGroup var output: JSONOption

    func run() throws {
        let images = try folder.load().train
        let recording = try KerasEpoch(path: recording, images: images.count)
        let network = BenchmarkModel.fashionNetwork { BatchNorm.keras() }
        try recording.setWeights(of: network)

        let chosen = images.subset(recording.order)
        let standardize = Standardization(fitting: chosen, per: .pixel)
        let train = chosen.transformed(by: standardize)
        let optimizer = SGD(network, learningRate: 1e-3)
        var progress = ProgressBar("training", total: recording.losses.count, unit: .items("steps"))
        var losses: [Float] = []
        for batch in train.batches(of: recording.batchSize, prefetch: 2) {
            let loss = crossEntropy(network(batch.images), batch.labels)
            loss.backward()
            optimizer.step()
            losses.append(loss.scalar)
            progress.advance(by: 1)
        }
        progress.finish()
        let validation = evaluate(network, on: images.subset(recording.validation).transformed(by: standardize))

        let result = Comparison(
            losses: losses, kerasLosses: recording.losses, accuracy: validation.accuracy,
            kerasAccuracy: recording.accuracy)
        output.say(result.text)
        try output.write(result)
    }
}

/// The recording of keras_replay.py.
private struct KerasEpoch {
    private let file: WeightFile

    /// The images trained on, in the order of their steps, and those to validate with.
    let order, validation: [Int]

    let batchSize: Int

    /// Of each step.
    let losses: [Float]

    /// On the images to validate with, after the epoch.
    let accuracy: Double

    /// - Parameters:
    ///   - path: the file.
    ///   - images: how many images there are to choose from.
    init(path: String, images: Int) throws {
        let file = try openWeights(at: URL(fileURLWithPath: path))
        func numbers(_ name: String) throws -> [Float] {
            guard let entry = file[name] else {
                throw FileError(
                    .corrupt, file: path, expected: "an entry \"\(name)\", as keras_replay.py writes it",
                    found: "\(file.entries.count) others")
            }
            return try entry.array().elements
        }
        func indices(_ name: String) throws -> [Int] {
            try numbers(name).map { number in
                guard let index = Int(exactly: number), 0..<images ~= index else {
                    throw FileError(
                        .corrupt, file: path, place: "in \(name)", expected: "numbers of images below \(images)",
                        found: "\(number)")
                }
                return index
            }
        }
        self.file = file
        order = try indices("order")
        validation = try indices("validation")
        losses = try numbers("losses")
        let (sizes, accuracies) = (try numbers("batch_size"), try numbers("accuracy"))
        guard sizes.count == 1, let size = Int(exactly: sizes[0]), 1...order.count ~= size, accuracies.count == 1,
            losses.count == (order.count + size - 1) / size, !validation.isEmpty
        else {
            throw FileError(
                .corrupt, file: path, expected: "a batch size, an accuracy and a loss for every step",
                found: "\(sizes.count), \(accuracies.count) and \(losses.count) for \(order.count) images")
        }
        batchSize = size
        accuracy = Double(accuracies[0])
    }

    /// Gives `network` Keras's weights: its trainable ones are in the order in which both make their layers.
    func setWeights(of network: Model) throws {
        for (index, parameter) in network.parameters.enumerated() {
            let found = try file["weights.\(index)"]?.array()
            guard let found, found.shape == parameter.shape else {
                throw FileError(
                    .wrongShape, file: file.path, place: "weights.\(index)", expected: "\(parameter.shape)",
                    found: found.map { "\($0.shape)" } ?? "nothing")
            }
            parameter.value = Tensor(array: found)
        }
    }
}

/// Martinet's epoch beside Keras's.
private struct Comparison: Encodable {
    let losses, kerasLosses: [Float]
    let accuracy, kerasAccuracy: Double

    var text: String {
        func mean(_ losses: [Float]) -> Double { losses.reduce(0) { $0 + Double($1) } / Double(losses.count) }
        let differences = zip(losses, kerasLosses).map { abs($0 - $1) }
        let worst = differences.indices.max { differences[$0] < differences[$1] } ?? 0
        let last = losses.count - 1
        var table = TextTable(["", "Martinet", "Keras"])
        func add(_ what: String, _ own: some BinaryFloatingPoint, _ other: some BinaryFloatingPoint) {
            table.add([what, String(format: "%.5f", Double(own)), String(format: "%.5f", Double(other))])
        }
        add("loss of step 1", losses[0], kerasLosses[0])
        add("loss of step \(losses.count)", losses[last], kerasLosses[last])
        add("loss of step \(worst + 1), the least alike", losses[worst], kerasLosses[worst])
        add("mean loss of the steps", mean(losses), mean(kerasLosses))
        add("validation accuracy", accuracy, kerasAccuracy)
        return table.description
    }
}
