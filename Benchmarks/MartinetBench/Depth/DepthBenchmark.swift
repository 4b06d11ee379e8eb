import ArgumentParser
import Foundation
import Martinet
import MartinetCommand

/// Plain against residual networks of growing depth.
struct DepthBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "depth",
        abstract: "Train plain and residual networks of growing depth on CIFAR-10, and compare their errors.",
        discussion: """
            Section 4.2 of He et al., "Deep residual learning": networks of 20, 32,
            44 and 56 layers, with shortcuts (without parameters) and without, trained
            alike: the same images in the same order, shifted by up to 4 pixels and
            flipped, SGD with momentum 0.9 and weight decay 1e-4, and a rate that is
            divided by 10 at a half and at three quarters of the steps.

            By default it is quick, eight to fifteen minutes on two cores:
            \(DepthSettings.quick.summary).
            That shows who learns sooner, not what the networks reach in the end.
            --full is the paper's, days on two cores:
            \(DepthSettings.full.summary).

            --state keeps each training in a file of that folder after every epoch.
            The same command with the same folder goes on from there, with the same
            bits as if it had not been stopped. Ctrl-C ends the training after the
            current step.

            Examples:
              martinet-bench depth --charts charts --json depth.json
              martinet-bench depth --images 50000 --epochs 10 --state depth-state
              martinet-bench depth --full --state depth-state
            """)

    @Flag(help: "The paper's 64,000 iterations on all images.")
    var full = false

    @Option(help: "Layers: 6n + 2; may be given several times.")
    var depths = [20, 32, 44, 56]

    @Option(help: "plain or residual; both by default.")
    var kinds: [DepthNetwork.Kind] = DepthNetwork.Kind.allCases

    @Option(help: "How often each network is trained, with the seeds 1, 2, 3 …")
    var seeds: Int?

    @Option(help: "Training images, of 50,000.")
    var images: Int?

    @Option(help: "How often to go through them.")
    var epochs: Int?

    @Option(help: "Images in a step.")
    var batchSize: Int?

    @Option(help: "The first rate.")
    var learningRate: Float?

    @Flag(inversion: .prefixedNo, help: "Whether residual blocks start as the identity.")
    var zeroGamma: Bool?

    @Option(help: "Test images, of 10,000, that the networks are judged by after each epoch.")
    var testImages: Int?

    @Option(help: ArgumentHelp("Keep the trainings in this folder, and go on from it.", valueName: "dir"))
    var state: String?

    @OptionGroup var data: CIFARFolder
    @OptionGroup var output: ResultOptions

    func validate() throws {
        for depth in depths { try checkCIFARDepth("--depths", depth) }
        if let seeds { try checkOption("--seeds", seeds, 1...1000) }
        if let images { try checkOption("--images", images, 100...50_000) }
        if let epochs { try checkOption("--epochs", epochs, 1...1000) }
        if let batchSize { try checkOption("--batch-size", batchSize, 2...10_000) }
        if let learningRate { try checkOption("--learning-rate", learningRate, 0...10) }
        if let testImages { try checkOption("--test-images", testImages, 100...10_000) }
    }

    /// The settings that are asked for.
    private var settings: DepthSettings {
        var settings = full ? DepthSettings.full : .quick
        settings.depths = Set(depths).sorted()
        settings.kinds = DepthNetwork.Kind.allCases.filter(kinds.contains)
        if let zeroGamma { settings.zeroGamma = zeroGamma }
        if let seeds { settings.seeds = seeds }
        if let images { settings.images = images }
        if let epochs { settings.epochs = epochs }
        if let batchSize { settings.batchSize = batchSize }
        if let learningRate { settings.learningRate = learningRate }
        if let testImages { settings.testImages = testImages }
        return settings
    }

    func run() throws {
        Interrupt.listen()
        let settings = settings
        output.say("Networks of \(list(settings.depths)) layers on CIFAR-10: \(settings.summary).")
        output.say("\(Threads.count) threads.")
        if let state { try makeFolder(state) }
        let experiment = try DepthExperiment(settings, dataset: data.load(), state: state)
        var results: [DepthResult] = []
        for (number, network) in settings.networks.enumerated() where !Interrupt.isRequested {
            output.say("\n\(number + 1) of \(settings.networks.count): \(network.name), seed \(network.seed)")
            let result = try experiment.train(network, shouldStop: { Interrupt.isRequested })
            guard let result else { break }
            results.append(result)
            output.say(
                String(format: "training error %.2f %%, test error %.2f %%", result.trainingError, result.testError))
        }
        let report = DepthReport(settings: settings, threads: Threads.count, results: results)
        output.say("\n\(report.table)\n\n\(report.conclusion)")
        try output.write(report, charts: report.charts)
        if Interrupt.isRequested { throw ExitCode(130) }
    }
}

extension DepthNetwork.Kind: ExpressibleByArgument {}

/// "20, 32 and 44"
func list(_ numbers: [Int]) -> String {
    guard let last = numbers.last, numbers.count > 1 else { return numbers.map(String.init).joined() }
    return numbers.dropLast().map(String.init).joined(separator: ", ") + " and \(last)"
}
