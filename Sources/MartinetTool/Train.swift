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
            epoch, and the same command goes on from there. Files of weights (.safetensors) say what
            the classes are called and what is done to images, so that classify and the other
            commands need not be told.

            Examples:
              martinet train --model cifar-resnet20 --dataset cifar10 --output resnet20.safetensors
              martinet train --model resnet18 --dataset animals --output animals.safetensors
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
        let settings = try CompleteSettings(given, config)
        let (name, dataset) = (settings.model, settings.dataset)
        let named = try findModel(name)
        let source = DatasetOptions(dataset, data: settings.data)
        let (height, width) = (named.inputShape[0], named.inputShape[1])
        let data = try source.load([Resize(min(height, width)), CenterCrop(height: height, width: width)])
        manualSeed(settings.seed)
        try checkSize(data.imageShape, of: dataset, for: named)
        let network = named.make(inputChannels: data.imageShape[2], classes: data.classNames.count)
        let facts = ImageModelDescription(
            network: name, height: data.imageShape[0], width: data.imageShape[1], channels: data.imageShape[2],
            fitting: .crop(shorterSide: min(data.imageShape[0], data.imageShape[1])),
            normalization: source.kind.normalization, classNames: data.classNames)
        let history = try fit(network, settings, on: data, facts)
        if history.ending == .completed, let output {
            try network.save(to: URL(fileURLWithPath: output), metadata: facts.metadata)
            if let notice = lossNotice(for: output) { results.say(notice) }
        }
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
        _ network: any Module<Tensor, Tensor>, _ settings: CompleteSettings, on data: ImageData,
        _ facts: ImageModelDescription
    ) throws -> History {
        let batchSize = settings.batchSize
        let optimizer = SGD(
            network, learningRate: settings.learningRate, momentum: 0.9, weightDecay: settings.weightDecay,
            nesterov: true)
        let kept = checkpoint.map {
            Checkpoint(URL(fileURLWithPath: $0), settings: settings.description, metadata: facts.metadata)
        }
        let past = try kept?.restore(network, optimizer) ?? History()
        let samples = settings.trainLimit.map { min($0, data.train.count) } ?? data.train.count
        guard samples > 1 else { throw ValidationError("there is one image to train with, expected more") }
        // BatchNorm can learn nothing from a batch of one.
        let dropsLast = samples > batchSize && samples % batchSize == 1
        let size = data.imageShape[0]
        let augmentation: [any Transform] =
            (size < 64 ? [RandomCrop(size, padding: 4)] : []) + [RandomHorizontalFlip()]
        let normalize = facts.preprocessing.transform.map { [$0] } ?? []
        let options = FitOptions(
            schedule: .perStep(.oneCycle()), callbacks: kept.map { [$0] } ?? [], seed: settings.seed,
            dropLast: dropsLast, continuing: past, shouldStop: { Interrupt.isRequested })
        func run(_ train: some Dataset<Tensor, Int>, _ test: some Dataset<Tensor, Int>) throws -> History {
            try network.fit(
                train.randomSubset(samples, seed: settings.seed).transformed(by: augmentation + normalize),
                epochs: settings.epochs, batchSize: batchSize, validation: test.transformed(by: normalize),
                optimizer: optimizer, options: options)
        }
        return try run(data.train, data.test)
    }
}

/// The settings of a training; each may be on the command line or in a file.
struct TrainingSettings: ParsableArguments {
    static let defaultEpochs = 30, defaultBatchSize = 128
    static let defaultLearningRate: Float = 0.1, defaultWeightDecay: Float = 5e-4
    static let defaultSeed: UInt64 = 1

    @Option(help: ArgumentHelp("The network, such as cifar-resnet20.", valueName: "name"))
    var model: String?

    @Option(help: ArgumentHelp("cifar10, cifar100, fashion-mnist, or a folder of images.", valueName: "name"))
    var dataset: String?

    @Option(help: ArgumentHelp("The folder with the data set's files; found or downloaded.", valueName: "dir"))
    var data: String?

    @Option(help: "How often to go through the training images; \(defaultEpochs) by default.")
    var epochs: Int?

    @Option(help: "Images in a step; \(defaultBatchSize) by default.")
    var batchSize: Int?

    @Option(help: "The highest rate of the schedule; \(defaultLearningRate) by default.")
    var learningRate: Float?

    @Option(help: "How much the weights decay; \(defaultWeightDecay) by default.")
    var weightDecay: Float?

    @Option(help: "Use only that many of the training images, picked at random.")
    var trainLimit: Int?

    @Option(
        help: "Of the first weights, the order of the images, and all else that is random; \(defaultSeed) by default.")
    var seed: UInt64?

    init() {}

    init(_ settings: CompleteSettings) {
        (model, dataset, data) = (settings.model, settings.dataset, settings.data)
        (epochs, batchSize, trainLimit) = (settings.epochs, settings.batchSize, settings.trainLimit)
        (learningRate, weightDecay, seed) = (settings.learningRate, settings.weightDecay, settings.seed)
    }

    func validate() throws {
        if let model { _ = try findModel(model) }
        if let epochs { try checkOption("--epochs", epochs, 1...100_000) }
        if let batchSize { try checkOption("--batch-size", batchSize, 2...10_000) }
        if let learningRate { try checkOption("--learning-rate", learningRate, 0...10) }
        if let weightDecay { try checkOption("--weight-decay", weightDecay, 0...1) }
        if let trainLimit { try checkOption("--train-limit", trainLimit, 10...10_000_000) }
    }
}

/// The settings with their defaults.
struct CompleteSettings {
    let model, dataset: String
    let data: String?
    let epochs, batchSize: Int
    let learningRate, weightDecay: Float
    let trainLimit: Int?
    let seed: UInt64

    /// - Parameters:
    ///   - given: what the command line says.
    ///   - path: a file with settings that the command line leaves out; nil for none.
    init(_ given: TrainingSettings, _ path: String?) throws {
        let file = try path.map(SettingsFile.init(reading:))
        func required(_ value: String?, _ name: String) throws -> String {
            guard let value else { throw ValidationError("say --\(name), or \"\(name)\" in the file of settings") }
            return value
        }
        model = try required(given.model ?? file?.model, "model")
        dataset = try required(given.dataset ?? file?.dataset, "dataset")
        data = given.data ?? file?.data
        epochs = given.epochs ?? file?.epochs ?? TrainingSettings.defaultEpochs
        batchSize = given.batchSize ?? file?.batchSize ?? TrainingSettings.defaultBatchSize
        learningRate = given.learningRate ?? file?.learningRate ?? TrainingSettings.defaultLearningRate
        weightDecay = given.weightDecay ?? file?.weightDecay ?? TrainingSettings.defaultWeightDecay
        trainLimit = given.trainLimit ?? file?.trainLimit
        seed = given.seed ?? file?.seed ?? TrainingSettings.defaultSeed
        try TrainingSettings(self).validate()
    }

    /// The settings that must not change while a training goes on.
    var description: [String: String] {
        [
            "model": model, "dataset": dataset, "epochs": "\(epochs)", "batch size": "\(batchSize)",
            "learning rate": "\(learningRate)", "weight decay": "\(weightDecay)", "images": "\(trainLimit ?? 0)",
            "seed": "\(seed)",
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

    init(reading path: String) throws {
        do {
            try self.init(contentsOf: path)
        } catch {
            throw ValidationError("\(path) has no settings that can be read: \(error)")
        }
    }

    private init(contentsOf path: String) throws {
        let data = try readSmallFile(path)
        let names = (try JSONSerialization.jsonObject(with: data) as? [String: Any])?.keys.sorted() ?? []
        if let unknown = names.first(where: { CodingKeys(rawValue: $0) == nil }) {
            let known = CodingKeys.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("\"\(unknown)\" is no setting; expected \(known)")
        }
        self = try JSONDecoder().decode(SettingsFile.self, from: data)
    }
}
