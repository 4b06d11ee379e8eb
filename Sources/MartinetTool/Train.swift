import ArgumentParser
import Foundation
import Martinet
import MartinetCharts
import MartinetCommand
import MartinetFormats
import MartinetVision
import MartinetZoo

struct Train: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Train a network on a data set.",
        discussion: """
            With SGD, momentum and one cycle of the rate, on images that are shifted and flipped at
            random. --config takes the settings from a file of JSON, whose names are those of the
            options, as {"model": "cifar-resnet20", "epochs": 30, "learning-rate": 0.4}; what the
            command line says counts more. --checkpoint keeps the training in a file after each
            epoch, and the same command goes on from there.

            Examples:
              martinet train --model cifar-resnet20 --dataset cifar10 --output resnet20.safetensors
              martinet train --config training.json --epochs 2
            """)

    @OptionGroup var given: TrainingSettings

    @Option(help: ArgumentHelp("A file of settings (JSON).", valueName: "file"))
    var config: String?

    @Option(help: ArgumentHelp("Where the trained weights go; its ending says the format.", valueName: "file"))
    var output: String?

    @Option(help: ArgumentHelp("Keep the training in this file, and go on from it.", valueName: "file"))
    var checkpoint: String?

    @OptionGroup var results: ResultOptions

    func run() throws {
        Interrupt.listen()
        let settings = try given.completed(by: config)
        let (name, dataset) = (try settings.required(\.model, "model"), try settings.required(\.dataset, "dataset"))
        let named = try findModel(name)
        let source = DatasetOptions(dataset, data: settings.data)
        let transforms: [any ImageTransform] = Preprocessing.dataset.imageTransforms(for: named, resize: nil)
        let data = try source.load(transforms)
        manualSeed(settings.seed ?? 1)
        try checkSize(data.imageShape, of: dataset, for: named)
        let network = named.make(inputChannels: data.imageShape[2], classes: data.classNames.count)
        let history = try fit(network, settings, on: data, source.kind)
        if history.ending == .completed, let output { try network.save(to: URL(fileURLWithPath: output)) }
        if let last = history.epochs.last {
            results.say(
                String(
                    format: "After %d epochs: accuracy %.2f %%", history.epochs.count,
                    100 * (last.validationAccuracy ?? .nan)))
        }
        try results.write(history, charts: ["training": history.chart(of: .accuracy, title: "\(dataset): \(name)")])
        if history.ending != .completed { throw ExitCode(Interrupt.isRequested ? 130 : 1) }
    }

    private func fit(
        _ network: any Module<Tensor, Tensor>, _ settings: TrainingSettings, on data: ImageData, _ kind: DatasetKind
    ) throws -> History {
        let (epochs, batchSize) = (settings.epochs ?? 30, settings.batchSize ?? 128)
        let optimizer = SGD(
            network, learningRate: settings.learningRate ?? 0.1, momentum: 0.9,
            weightDecay: settings.weightDecay ?? 5e-4, nesterov: true)
        let kept = checkpoint.map { Checkpoint(URL(fileURLWithPath: $0), settings: settings.description) }
        let past = try kept?.restore(network, optimizer) ?? History()
        let samples = settings.trainLimit.map { min($0, data.train.count) } ?? data.train.count
        guard samples > 1 else { throw ValidationError("there is one image to train with, expected more") }
        // BatchNorm can learn nothing from a batch of one.
        let dropsLast = samples > batchSize && samples % batchSize == 1
        let size = data.imageShape[0]
        let augmentation: [any Transform] =
            (size < 64 ? [RandomCrop(size, padding: 4)] : []) + [RandomHorizontalFlip()]
        let options = FitOptions(
            schedule: .perStep(.oneCycle()), callbacks: kept.map { [$0] } ?? [], seed: settings.seed ?? 1,
            dropLast: dropsLast, continuing: past, shouldStop: { Interrupt.isRequested })
        func run(_ train: some Dataset<Tensor, Int>, _ test: some Dataset<Tensor, Int>) throws -> History {
            try network.fit(
                train.randomSubset(samples, seed: settings.seed ?? 1).transformed(
                    by: augmentation + [kind.statistics]),
                epochs: epochs, batchSize: batchSize, validation: test.transformed(by: kind.statistics),
                optimizer: optimizer, options: options)
        }
        return try run(data.train, data.test)
    }
}

/// What a training depends on; each may be on the command line or in a file.
struct TrainingSettings: ParsableArguments {
    @Option(help: ArgumentHelp("The network, such as cifar-resnet20.", valueName: "name"))
    var model: String?

    @Option(help: ArgumentHelp("cifar10, cifar100, fashion-mnist, or a folder of images.", valueName: "name"))
    var dataset: String?

    @Option(help: ArgumentHelp("The folder with the data set's files; found or downloaded.", valueName: "dir"))
    var data: String?

    @Option(help: "How often to go through the training images; 30 by default.")
    var epochs: Int?

    @Option(help: "Images in a step; 128 by default.")
    var batchSize: Int?

    @Option(help: "The highest rate of the schedule; 0.1 by default.")
    var learningRate: Float?

    @Option(help: "How much the weights decay; 0.0005 by default.")
    var weightDecay: Float?

    @Option(help: "Use only that many of the training images, picked at random.")
    var trainLimit: Int?

    @Option(help: "Of the first weights, the order of the images, and all else that is random; 1 by default.")
    var seed: UInt64?

    func validate() throws {
        if let model { _ = try findModel(model) }
        if let epochs { try checkOption("--epochs", epochs, 1...100_000) }
        if let batchSize { try checkOption("--batch-size", batchSize, 2...10_000) }
        if let learningRate { try checkOption("--learning-rate", learningRate, 0...10) }
        if let weightDecay { try checkOption("--weight-decay", weightDecay, 0...1) }
        if let trainLimit { try checkOption("--train-limit", trainLimit, 10...10_000_000) }
    }

    /// The settings with what the file at `path` says of those that are not given.
    func completed(by path: String?) throws -> TrainingSettings {
        guard let path else { return self }
        let file: SettingsFile
        do {
            file = try SettingsFile(contentsOf: path)
        } catch {
            throw ValidationError("\(path) has no settings that can be read: \(error)")
        }
        var settings = self
        settings.model = model ?? file.model
        settings.dataset = dataset ?? file.dataset
        settings.data = data ?? file.data
        settings.epochs = epochs ?? file.epochs
        settings.batchSize = batchSize ?? file.batchSize
        settings.learningRate = learningRate ?? file.learningRate
        settings.weightDecay = weightDecay ?? file.weightDecay
        settings.trainLimit = trainLimit ?? file.trainLimit
        settings.seed = seed ?? file.seed
        try settings.validate()
        return settings
    }

    func required(_ value: KeyPath<TrainingSettings, String?>, _ name: String) throws -> String {
        guard let value = self[keyPath: value] else {
            throw ValidationError("say --\(name), or \"\(name)\" in the file of settings")
        }
        return value
    }

    /// What must not change while a training goes on.
    var description: [String: String] {
        [
            "model": "\(model ?? "")", "dataset": "\(dataset ?? "")", "epochs": "\(epochs ?? 30)",
            "batch size": "\(batchSize ?? 128)", "learning rate": "\(learningRate ?? 0.1)",
            "weight decay": "\(weightDecay ?? 5e-4)", "images": "\(trainLimit ?? 0)", "seed": "\(seed ?? 1)",
        ]
    }
}

/// A file of settings.
private struct SettingsFile: Decodable {
    let model, dataset, data: String?
    let epochs, batchSize, trainLimit: Int?
    let learningRate, weightDecay: Float?
    let seed: UInt64?

    enum CodingKeys: String, CodingKey, CaseIterable {
        case model, dataset, data, epochs, batchSize = "batch-size", trainLimit = "train-limit"
        case learningRate = "learning-rate", weightDecay = "weight-decay", seed
    }

    init(contentsOf path: String) throws {
        let data = try readSmallFile(path)
        let names = (try JSONSerialization.jsonObject(with: data) as? [String: Any])?.keys.sorted() ?? []
        if let unknown = names.first(where: { CodingKeys(rawValue: $0) == nil }) {
            let known = CodingKeys.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("\"\(unknown)\" is no setting; expected \(known)")
        }
        self = try JSONDecoder().decode(SettingsFile.self, from: data)
    }
}
