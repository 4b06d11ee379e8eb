import ArgumentParser
import Martinet
import MartinetCommand
import MartinetVision

@main
struct VanishingGradients: Exercise {
    static let configuration = CommandConfiguration(
        commandName: "vanishing-gradients",
        abstract: "Measure what depth, shortcuts and BatchNorm do to gradients.",
        usage: "vanishing-gradients [options]",
        discussion: """
            Residual networks are often explained by vanishing gradients: the
            gradient that reaches the first layers is a product of as many factors
            as there are layers. This measures it, on the images of Fashion-MNIST,
            in networks of equal dense layers: sigmoid, tanh and ReLU; plain and
            residual; without and with BatchNorm; at several depths. For each:

            - the norm of the loss's gradient by each layer's weights, before and
              after a short training with SGD;
            - the singular values of the Jacobian of logits by pixels: by how much
              the network stretches a small change of an image in each direction;
            - the loss, and the accuracy on test images.

            Examples:
              vanishing-gradients --charts charts
              vanishing-gradients --depths 10 --depths 30 --steps 50 --json -
            """)

    @Option(help: "Layers between the first and the last; may be given several times.")
    var depths = [10, 20, 50, 100]

    @Option(help: "Training steps.")
    var steps = 200

    enum Defaults: TrainingDefaults {
        static let batchSize = 128
        static let learningRate: Float = 0.01
        static let learningRateHelp = "The rate of SGD, with momentum 0.9."
    }

    @OptionGroup var training: StepOptions<Defaults>
    @OptionGroup var data: FashionMNISTFolder
    @OptionGroup var output: ResultOptions

    func validate() throws {
        for depth in depths { try checkOption("--depths", depth, 2...1000) }
        try checkOption("--batch-size", training.batchSize, 8...1000)
        try checkOption("--steps", steps, 2...60_000 / training.batchSize)
    }

    func perform() throws {
        let data = try data.load()
        let standardize = Standardization(fitting: data.train.prefix(10_000), per: .channel)
        let batches = data.train.transformed(by: standardize).batches(
            of: training.batchSize, shuffle: .seeded(1, seed: training.seed))
        let experiment = Experiment(
            train: Array(batches.prefix(steps)),
            test: data.test.prefix(2000).transformed(by: standardize),
            learningRate: training.learningRate, seed: training.seed)

        let configurations = Configuration.Function.allCases.flatMap { function in
            [false, true].flatMap { isResidual in
                [false, true].flatMap { hasBatchNorm in
                    Set(depths).sorted().map {
                        Configuration(function: function, isResidual: isResidual, hasBatchNorm: hasBatchNorm, depth: $0)
                    }
                }
            }
        }
        output.say(
            "\(configurations.count) networks, each trained for \(steps) steps of \(training.batchSize) images; "
                + "\(Threads.count) threads.")
        let layers = configurations.reduce(0) { $0 + $1.depth }
        var bar = ProgressBar("networks", total: layers, unit: .items("layers"))
        var measurements: [Measurement] = []
        for configuration in configurations {
            guard let measurement = try experiment.measure(configuration, shouldStop: { Interrupt.isRequested }) else {
                break
            }
            measurements.append(measurement)
            bar.advance(by: configuration.depth, details: ["\(configuration.name) \(configuration.depth)"])
        }
        bar.finish()

        let report = Report(measurements: measurements, steps: steps)
        output.say("\n\(report.table)\n\n\(report.conclusion)")
        try output.write(report, charts: report.charts)
    }
}
