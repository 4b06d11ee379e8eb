import ArgumentParser
import Foundation
import Martinet
import MartinetCommand
import MartinetVision

@main
struct FashionResNet: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fashion-resnet",
        abstract: "Train a small residual network, put together by hand, on Fashion-MNIST.",
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

    @Option(help: "How often to go through the training images.")
    var epochs = 5

    @Option(help: "Images in a step.")
    var batchSize = 256

    @Option(help: "Of the split, the first weights and the order of the images; run k of several uses seed + k - 1.")
    var seed: UInt64 = 1

    @Option(help: "Use only that many of the 60,000 training images, validation included.")
    var trainLimit = 60_000

    @Option(help: "The network: \(Variant.allCases.map(\.rawValue).joined(separator: ", ")) or compare.")
    var variant: Choice = .one(.residual)

    @Option(help: "Trainings of each network.")
    var runs: Int?

    @Option(help: ArgumentHelp("The folder with the four files of Fashion-MNIST.", valueName: "dir"))
    var data: String?

    @Option(help: ArgumentHelp("Write the result to this file as JSON; - for standard output.", valueName: "file"))
    var json: String?

    @Option(help: ArgumentHelp("Write the validation accuracies to this file as a chart (SVG).", valueName: "file"))
    var chart: String?

    func validate() throws {
        try checkOption("--epochs", epochs, 1...1000)
        try checkOption("--batch-size", batchSize, 2...10_000)
        try checkOption("--train-limit", trainLimit, 10...60_000)
        if let runs { try checkOption("--runs", runs, 1...100) }
    }

    func run() throws {
        Interrupt.listen()
        let exercise = try Exercise(
            epochs: epochs, batchSize: batchSize, seed: seed, trainLimit: trainLimit, directory: data,
            isQuiet: json == "-")
        let trainings: [Training]
        switch variant {
        case .one(let variant): trainings = try exercise.train([variant], runs: runs ?? 1)
        case .compare: trainings = try exercise.train([.residual, .plain], runs: runs ?? 3)
        }
        let comparison = Comparison(trainings)
        exercise.say("\n" + comparison.table)
        if let chart {
            try writeFile(Data(comparison.chart.svg.utf8), to: chart)
            exercise.say("\nThe chart is in \(chart).")
        }
        if let json { try writeJSON(Result(exercise, trainings), to: json) }
        if Interrupt.isRequested { throw ExitCode(130) }
    }
}

/// What `--variant` says: one network, or residual and plain side by side.
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

    init(_ exercise: Exercise, _ trainings: [Training]) {
        batchSize = exercise.batchSize
        trainImages = exercise.train.count
        validationImages = exercise.validation.count
        threads = Threads.count
        self.trainings = trainings
    }
}
