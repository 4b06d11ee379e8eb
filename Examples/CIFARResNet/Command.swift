import ArgumentParser
import Foundation
import Martinet
import MartinetCharts
import MartinetCommand

@main
struct CIFARResNet: Exercise {
    static let configuration = CommandConfiguration(
        commandName: "cifar-resnet",
        abstract: "Train the paper's ResNet-20 on CIFAR-10 to more than 90 %.",
        usage: "cifar-resnet [options]",
        discussion: """
            The network and the augmentation of He et al., section 4.2: shortcuts
            without parameters, images shifted by up to 4 pixels and flipped at random.
            The schedule is not theirs: one cycle of the rate reaches in 30 epochs
            nearly what theirs reaches in 164.

            --checkpoint keeps the training in a file after each epoch. The same
            command with the same file goes on from there, with the same bits as if it
            had not been stopped. Ctrl-C ends the training after the current step;
            what is lost is the epoch that was not finished.

            Examples:
              cifar-resnet --checkpoint resnet20.safetensors
              cifar-resnet --depth 56 --epochs 60 --checkpoint resnet56.safetensors
              cifar-resnet --epochs 2 --train-limit 5000
            """)

    @Option(help: "Layers: 6n + 2, such as 20, 32, 44, 56.")
    var depth = 20

    enum Defaults: TrainingDefaults {
        static let epochs = 30
        static let batchSize = 128
        static let learningRate: Float = 0.4
        static let learningRateHelp = "The highest rate of the schedule."
    }

    @OptionGroup var training: TrainingOptions<Defaults>

    @Option(help: "How much the weights decay.")
    var weightDecay: Float = 5e-4

    @Option(help: "The part of each label that is spread over all classes.")
    var labelSmoothing: Float = 0

    @Option(help: ArgumentHelp("Keep the training in this file, and go on from it.", valueName: "file"))
    var checkpoint: String?

    @OptionGroup var data: CIFAROptions
    @OptionGroup var output: ResultOptions

    func validate() throws {
        try checkCIFARDepth("--depth", depth)
        try checkOption("--weight-decay", weightDecay, 0...1)
        try checkOption("--label-smoothing", labelSmoothing, 0...0.99)
    }

    func perform() throws {
        let (train, test) = try data.load()
        manualSeed(training.seed)
        let lesson = Lesson(depth: depth, learningRate: training.learningRate, weightDecay: weightDecay)
        let checkpoint = checkpoint.map { Checkpoint(URL(fileURLWithPath: $0), settings: settings) }
        var options = training.fit
        options.callbacks = checkpoint.map { [$0] } ?? []
        options.continuing = try checkpoint?.restore(lesson.model, lesson.optimizer) ?? History()
        let past = options.continuing.epochs.count
        output.say(
            "ResNet-\(depth), \(lesson.model.parameterCount) parameters, \(train.count) images, "
                + "\(Threads.count) threads" + (past == 0 ? "" : ", going on after epoch \(past)"))
        let history = try lesson.train(
            train, test: test, epochs: training.epochs, batchSize: training.batchSize,
            labelSmoothing: labelSmoothing, options: options)

        if let last = history.epochs.last {
            output.say(
                String(
                    format: "\nTest accuracy after %d epochs and %.0f minutes: %.2f %%", history.epochs.count,
                    history.values(of: .seconds).reduce(0, +) / 60, 100 * (last.validationAccuracy ?? .nan)))
        }
        if history.ending != .completed { output.say("The training ended early: \(history.endingReason).") }
        try output.write(
            history, charts: ["cifar-resnet": history.chart(of: .accuracy, title: "CIFAR-10: ResNet-\(depth)")])
        if history.ending != .completed, !Interrupt.isRequested { throw ExitCode.failure }
    }

    /// The settings that must not change while a training goes on.
    private var settings: [String: String] {
        [
            "depth": "\(depth)", "epochs": "\(training.epochs)", "batch size": "\(training.batchSize)",
            "learning rate": "\(training.learningRate)",
            "weight decay": "\(weightDecay)", "label smoothing": "\(labelSmoothing)", "seed": "\(training.seed)",
            "images": "\(data.trainLimit)",
        ]
    }
}
