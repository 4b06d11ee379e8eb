import ArgumentParser
import Foundation
import Martinet
import MartinetCommand

@main
struct FashionResNet: Exercise {
    static let configuration = CommandConfiguration(
        commandName: "fashion-resnet",
        abstract: "Train a small residual network, put together by hand, on Fashion-MNIST.",
        usage: "fashion-resnet [options]",
        discussion: """
            The exercise: standardise the images pixel by pixel, set a fifth of
            them aside for validation, build the network with the functional API,
            train it with plain SGD, and ask whether the shortcuts helped.

            --variant residual  two residual blocks of 64 filters (the exercise)
            --variant plain     the same network without the shortcuts
            --variant dense     the introduction's dense network
            --variant compare   several trainings of residual and plain, as a
                                table and a chart

            Fashion-MNIST is taken from --data, or found where Debian's package
            dataset-fashion-mnist puts it, or downloaded. Ctrl-C ends the training
            after the current step and shows what there is.

            Examples:
              fashion-resnet
              fashion-resnet --variant compare --runs 3 --chart comparison.svg
              fashion-resnet --epochs 1 --train-limit 5000 --json -
            """)

    enum Defaults: TrainingDefaults {
        static let epochs = 5
        static let batchSize = 256
        static let learningRate: Float = 1e-3
    }

    @OptionGroup var training: TrainingOptions<Defaults>

    @Option(help: "Use only that many of the 60,000 training images, validation included.")
    var trainLimit = 60_000

    @Option(help: "The network: \(Variant.allCases.map(\.rawValue).joined(separator: ", ")) or compare.")
    var variant: Choice = .one(.residual)

    @Option(help: "Trainings of each network; the k-th uses the seed + k - 1.")
    var runs: Int?

    @Option(help: ArgumentHelp("Write the validation accuracies to this file as a chart (SVG).", valueName: "file"))
    var chart: String?

    @OptionGroup var data: FashionMNISTFolder
    @OptionGroup var json: JSONOption

    func validate() throws {
        try checkOption("--train-limit", trainLimit, 10...60_000)
        if let runs { try checkOption("--runs", runs, 1...100) }
    }

    func perform() throws {
        let data = ClothesData(try data.load(validation: 0.2, seed: training.seed), limit: trainLimit)
        json.say(
            "Fashion-MNIST: \(data.train.count) images to train with, \(data.validation.count) to validate, "
                + "\(data.test.count) to test; \(Threads.count) threads.")
        let trainings =
            switch variant {
            case .one(let variant): try Training.run([variant], times: runs ?? 1, on: data, training, say: json.say)
            case .compare:
                try Training.run([.residual, .plain], times: runs ?? 3, on: data, training, say: json.say)
            }
        let comparison = Comparison(trainings)
        json.say("\n" + comparison.table)
        if let chart {
            try writeFile(Data(comparison.chart.svg.utf8), to: chart)
            json.say("\nThe chart is in \(chart).")
        }
        try json.write(
            Result(
                batchSize: training.batchSize, trainImages: data.train.count, validationImages: data.validation.count,
                threads: Threads.count, trainings: trainings))
    }
}

/// The values of `--variant`: one network, or residual and plain side by side.
enum Choice: ExpressibleByArgument {
    case one(Variant)
    case compare

    init?(argument: String) {
        if argument == "compare" {
            self = .compare
        } else if let variant = Variant(rawValue: argument) {
            self = .one(variant)
        } else {
            return nil
        }
    }

    var defaultValueDescription: String {
        switch self {
        case .one(let variant): variant.rawValue
        case .compare: "compare"
        }
    }

    static var allValueStrings: [String] { Variant.allCases.map(\.rawValue) + ["compare"] }
}

/// The result as it is written with `--json`.
struct Result: Encodable {
    let batchSize: Int
    let trainImages: Int
    let validationImages: Int
    let threads: Int
    let trainings: [Training]
}
