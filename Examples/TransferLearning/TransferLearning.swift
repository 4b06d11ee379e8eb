import ArgumentParser
import Foundation
import Martinet
import MartinetCommand
import MartinetFormats
import MartinetVision
import MartinetZoo

@main
struct TransferLearning: CommandLineProgram {
    static let configuration = CommandConfiguration(
        commandName: "transfer-learning",
        abstract: "Teach a trained network classes that it has never seen, from a few images of each.",
        discussion: """
            The exercise: train a ResNet-20 to tell seven of CIFAR-10's classes apart, and then
            the other three (dog, horse, truck) with fifty images of each: load all but the head,
            freeze it, train a new head; then fine-tune everything at a low rate. Beside it the
            same network, trained on the same images from random weights.

            The first training takes minutes. --keep keeps its weights in a file, and --weights
            takes them from it, or from any other file for cifar-resnet20: PyTorch's, or what
            `martinet train` has written. (Who was trained on all ten classes knows the three.)

            Examples:
              transfer-learning --keep seven.safetensors
              transfer-learning --weights seven.safetensors --images 10 --epochs 40
            """)

    enum Defaults: TrainingDefaults {
        static let epochs = 20
        static let batchSize = 32
        static let learningRate: Float = 0.05
        static let learningRateHelp =
            "The rate of SGD with momentum 0.9 for the head, and for training from random weights."
    }

    @Option(help: "How many images of each new class to learn from.")
    var images = 50

    @Option(help: "How often to go through the images of the seven classes first.")
    var pretrainingEpochs = 4

    @Option(help: ArgumentHelp("Take these weights instead of training on the seven classes.", valueName: "file"))
    var weights: String?

    @Option(help: ArgumentHelp("Keep the weights of the seven classes in this file.", valueName: "file"))
    var keep: String?

    @OptionGroup var training: TrainingOptions<Defaults>
    @OptionGroup var data: CIFARFolder
    @OptionGroup var output: JSONOption

    func validate() throws {
        try checkOption("--images", images, 1...5000)
        try checkOption("--pretraining-epochs", pretrainingEpochs, 1...1000)
        guard weights == nil || keep == nil else {
            throw ValidationError("--keep is for weights that are trained here, --weights for others")
        }
    }

    /// What the network sees first, and what it has never seen then.
    private static let newClasses = [5, 7, 9]
    private static let oldClasses = (0..<10).filter { !newClasses.contains($0) }

    /// The accuracies on the test images, as they are written with `--json`.
    struct Result: Encodable {
        let classes = newClasses.map { CIFAR10.classNames[$0] }
        let images, loaded: Int
        /// On the test images of the seven classes, if they were trained on.
        let pretrained: Double?
        var head = Double.nan
        var fineTuned = Double.nan
        var fromScratch = Double.nan
    }

    func run() throws {
        Interrupt.listen()
        let data = try data.load()
        let file = weights ?? keep ?? FileManager.default.temporaryDirectory.path + "/seven-\(UUID()).safetensors"
        defer { if weights == nil, keep == nil { try? FileManager.default.removeItem(atPath: file) } }
        let pretrained = weights == nil ? try pretrain(on: data, file) : nil
        try checkInterrupt()

        let train = ClassSubset(data.train, classes: Self.newClasses, limit: images)
        let test = ClassSubset(data.test, classes: Self.newClasses)
        let model = network(classes: train.classes.count)
        // The head has another shape, so it stays as it is: new.
        let report = try model.load(from: URL(fileURLWithPath: file), strict: false)
        guard report.missing.isEmpty else {
            throw ValidationError("\(file) has no \(report.missing.joined(separator: ", "))")
        }
        var result = Result(images: train.count, loaded: report.loaded.count, pretrained: pretrained)
        output.say(
            "\(report.loaded.count) tensors loaded; new: \(report.wrongShape.map(\.name).joined(separator: ", "))")

        let parts = model.namedModules
        model.freeze()
        for (name, part) in parts where name == "fc" { part.unfreeze() }
        // Frozen statistics, too: a BatchNorm in evaluation mode goes by those that it has.
        for (_, part) in parts where part is BatchNorm { part.eval() }
        output.say("\nThe head alone, \(model.trainableParameterCount) of \(model.parameterCount) parameters:")
        result.head = try fit(model, on: train, test, rate: training.learningRate)

        model.unfreeze()
        output.say("\nEverything, at a tenth of the rate:")
        result.fineTuned = try fit(model, on: train, test, rate: training.learningRate / 10)

        output.say("\nFrom random weights, twice as many epochs:")
        result.fromScratch = try fit(
            network(classes: train.classes.count), on: train, test, rate: training.learningRate,
            epochs: 2 * training.epochs)

        var table = TextTable(["\(train.count) images of \(result.classes.joined(separator: ", "))", "test accuracy"])
        for (name, value) in [
            ("head alone", result.head), ("then everything", result.fineTuned),
            ("from random weights", result.fromScratch),
        ] { table.add([name, String(format: "%.1f %%", 100 * value)]) }
        output.say("\n\(table)")
        try output.write(result)
    }

    private func network(classes: Int) -> ResNet {
        manualSeed(training.seed)
        return ResNet.cifar(depth: 20, shortcut: .zeroPadding, classes: classes)
    }

    /// Trains a network on the seven classes and writes its weights to `file`.
    ///
    /// - Returns: its accuracy on their test images.
    private func pretrain(on data: CIFAR10, _ file: String) throws -> Double {
        let train = ClassSubset(data.train, classes: Self.oldClasses)
        let model = network(classes: train.classes.count)
        output.say("First \(train.count) images of \(train.classes.count) classes:")
        let accuracy = try fit(
            model, on: train, ClassSubset(data.test, classes: Self.oldClasses), rate: 0.2,
            epochs: pretrainingEpochs, batchSize: 128)
        output.say(String(format: "Accuracy on their test images: %.1f %%\n", 100 * accuracy))
        try model.save(to: URL(fileURLWithPath: file))
        return accuracy
    }

    /// Trains the parameters that are not frozen.
    ///
    /// - Returns: the accuracy on the test images.
    private func fit(
        _ model: ResNet, on train: ClassSubset, _ test: ClassSubset, rate: Float, epochs: Int? = nil,
        batchSize: Int? = nil
    ) throws -> Double {
        let (epochs, batchSize) = (epochs ?? training.epochs, batchSize ?? training.batchSize)
        let normalize = Standardization(mean: CIFAR10.mean, standardDeviation: CIFAR10.standardDeviation)
        try model.fit(
            train.transformed(by: RandomCrop(32, padding: 4), RandomHorizontalFlip(), normalize), epochs: epochs,
            batchSize: batchSize, optimizer: SGD(model, learningRate: rate, momentum: 0.9, weightDecay: 5e-4),
            options: FitOptions(
                schedule: .perStep(.cosine()), seed: training.seed, shouldStop: { Interrupt.isRequested }))
        try checkInterrupt()
        return evaluate(model, on: test.transformed(by: normalize)).accuracy
    }

    private func checkInterrupt() throws { if Interrupt.isRequested { throw ExitCode(130) } }
}

/// The images of some classes, whose labels are their places among these.
struct ClassSubset: Dataset {
    let classes: [Int]
    private let images: Subset<ImageDataset>

    /// - Parameters:
    ///   - images: of these and other classes.
    ///   - classes: their labels in `images`.
    ///   - limit: takes only the first that many of each class.
    init(_ images: ImageDataset, classes: [Int], limit: Int = .max) {
        self.classes = classes
        self.images = images.subset(
            classes.flatMap { label in images.labels.indices.filter { images.labels[$0] == label }.prefix(limit) })
    }

    var count: Int { images.count }

    func sample(_ index: Int, using generator: RandomGenerator) throws(Never) -> (input: Tensor, target: Int) {
        let (image, label) = images.sample(index, using: generator)
        return (image, classes.firstIndex(of: label)!)
    }
}
