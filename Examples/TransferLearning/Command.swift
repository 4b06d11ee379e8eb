import ArgumentParser
import Foundation
import Martinet
import MartinetCommand
import MartinetFormats
import MartinetVision
import MartinetZoo

@main
struct TransferLearning: Exercise {
    static let configuration = CommandConfiguration(
        commandName: "transfer-learning",
        abstract: "Teach a trained network classes that it has never seen, from a few images of each.",
        usage: "transfer-learning [options]",
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

    func perform() throws {
        let data = try data.load()
        let file = weights ?? keep ?? FileManager.default.temporaryDirectory.path + "/seven-\(UUID()).safetensors"
        defer { if weights == nil, keep == nil { try? FileManager.default.removeItem(atPath: file) } }
        let pretrained = weights == nil ? try pretrain(on: data, file) : nil

        let images = ClassSubset(data.train, classes: newClasses, limit: images)
        let test = ClassSubset(data.test, classes: newClasses)
        let model = makeModel(classes: newClasses.count, seed: training.seed)
        // The head has another shape, so it stays as it is: new.
        let report = try model.load(from: URL(fileURLWithPath: file), strict: false)
        guard report.missing.isEmpty else {
            throw ValidationError("\(file) has no \(report.missing.joined(separator: ", "))")
        }
        output.say(
            "\(report.loaded.count) tensors loaded; new: \(report.wrongShape.map(\.name).joined(separator: ", "))")
        var result = Result(images: images.count, loaded: report.loaded.count, pretrained: pretrained)

        freezeBody(of: model)
        output.say("\nThe head alone, \(model.trainableParameterCount) of \(model.parameterCount) parameters:")
        result.head = try fit(model, on: images, test, rate: training.learningRate)

        model.unfreeze()
        output.say("\nEverything, at a tenth of the rate:")
        result.fineTuned = try fit(model, on: images, test, rate: training.learningRate / 10)

        output.say("\nFrom random weights, twice as many epochs:")
        result.fromScratch = try fit(
            makeModel(classes: newClasses.count, seed: training.seed), on: images, test, rate: training.learningRate,
            epochs: 2 * training.epochs)
        output.say("\n\(table(result))")
        try output.write(result)
    }

    /// Trains a network on the seven classes and writes its weights to `file`.
    ///
    /// - Returns: its accuracy on their test images.
    private func pretrain(on data: CIFAR10, _ file: String) throws -> Double {
        let images = ClassSubset(data.train, classes: oldClasses)
        let model = makeModel(classes: oldClasses.count, seed: training.seed)
        output.say("First \(images.count) images of \(oldClasses.count) classes:")
        let accuracy = try fit(
            model, on: images, ClassSubset(data.test, classes: oldClasses), rate: 0.2, epochs: pretrainingEpochs,
            batchSize: 128)
        output.say(String(format: "Accuracy on their test images: %.1f %%\n", 100 * accuracy))
        try model.save(to: URL(fileURLWithPath: file))
        return accuracy
    }

    /// Trains as the options say, and ends the program after Ctrl-C: what follows needs the whole training.
    private func fit(
        _ model: ResNet, on images: ClassSubset, _ test: ClassSubset, rate: Float, epochs: Int? = nil,
        batchSize: Int? = nil
    ) throws -> Double {
        let accuracy = try train(
            model, on: images, test: test, epochs: epochs ?? training.epochs,
            batchSize: batchSize ?? training.batchSize, learningRate: rate, options: training.fit)
        try checkInterrupt()
        return accuracy
    }

    private func table(_ result: Result) -> TextTable {
        var table = TextTable(["\(result.images) images of \(result.classes.joined(separator: ", "))", "test accuracy"])
        for (name, value) in [
            ("head alone", result.head), ("then everything", result.fineTuned),
            ("from random weights", result.fromScratch),
        ] { table.add([name, String(format: "%.1f %%", 100 * value)]) }
        return table
    }
}
