import ArgumentParser

/// The defaults of a program's training options.
public protocol TrainingDefaults {
    static var epochs: Int { get }
    static var batchSize: Int { get }
    static var learningRate: Float { get }
    /// The help text of the learning rate.
    static var learningRateHelp: String { get }
}

extension TrainingDefaults {
    public static var epochs: Int { 1 }
    public static var learningRateHelp: String { "The rate of SGD." }
}

/// Steps of SGD, and the seed of all that is random in them.
public struct StepOptions<Defaults: TrainingDefaults>: ParsableArguments {
    @Option(help: "Images in a step.")
    public var batchSize = Defaults.batchSize

    @Option(help: ArgumentHelp(stringLiteral: Defaults.learningRateHelp))
    public var learningRate = Defaults.learningRate

    @Option(help: "Of the first weights, the order of the images, and all else that is random.")
    public var seed: UInt64 = 1

    public init() {}

    public func validate() throws {
        try checkOption("--batch-size", batchSize, 2...10_000)
        try checkOption("--learning-rate", learningRate, 0...10)
    }
}

/// A training of several epochs.
public struct TrainingOptions<Defaults: TrainingDefaults>: ParsableArguments {
    @Option(help: "How often to go through the training images.")
    public var epochs = Defaults.epochs

    @OptionGroup public var steps: StepOptions<Defaults>

    public init() {}

    public func validate() throws { try checkOption("--epochs", epochs, 1...1000) }

    public var batchSize: Int { steps.batchSize }
    public var learningRate: Float { steps.learningRate }
    public var seed: UInt64 { steps.seed }
}
