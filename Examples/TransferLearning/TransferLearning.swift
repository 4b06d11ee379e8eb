import ArgumentParser
import Foundation
import Martinet
import MartinetCommand
import MartinetFormats
import MartinetVision
import MartinetZoo

@main
struct TransferLearning: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "transfer-learning",
        abstract: "Teach a network that was trained on other images a new task with few of its own.",
        discussion: """
            The exercise: take a ResNet-20 that tells CIFAR-10's ten classes apart, replace its
            head by one for five kinds of clothes, and train it on a hundred images of
            Fashion-MNIST: first the head alone, all else frozen, then everything at a low rate.
            Beside it the same network, trained on the same images from random weights.

            --weights is any file of weights for cifar-resnet20: PyTorch's, or one that
            `martinet train --model cifar-resnet20 --dataset cifar10 --output FILE` has written.

            Examples:
              transfer-learning --weights resnet20-12fca82f.th
              transfer-learning --weights resnet20.safetensors --images 2000 --epochs 5
            """)

    enum Defaults: TrainingDefaults {
        static let epochs = 10
        static let batchSize = 32
        static let learningRate: Float = 0.05
        static let learningRateHelp =
            "The rate of SGD with momentum 0.9 for the head, and for training from random weights."
    }

    @Option(help: ArgumentHelp("Weights of a ResNet-20 trained on CIFAR-10.", valueName: "file"))
    var weights: String

    @Option(help: "How many images to learn from.")
    var images = 100

    @Option(help: "How many of the 10,000 test images to use.")
    var testLimit = 2000

    @OptionGroup var training: TrainingOptions<Defaults>
    @OptionGroup var data: FashionMNISTFolder
    @OptionGroup var output: JSONOption

    func validate() throws {
        try checkOption("--images", images, 50...60_000)
        try checkOption("--test-limit", testLimit, 100...10_000)
    }

    /// The new task: what Fashion-MNIST's ten classes are taken for.
    static let kinds = ["upper body", "trousers", "dress", "shoe", "bag"]
    private static let kindOfClass = [0, 1, 0, 2, 0, 3, 0, 3, 4, 3]

    /// The accuracies on the test images, as they are written with `--json`.
    struct Result: Encodable {
        let loaded, replaced: Int
        var head = Double.nan
        var fineTuned = Double.nan
        var fromScratch = Double.nan
    }

    func run() throws {
        Interrupt.listen()
        let data = try data.load()
        let (train, test) = (task(data.train.prefix(images)), task(data.test.prefix(testLimit)))

        manualSeed(training.seed)
        let model = ResNet.cifar(depth: 20, shortcut: .zeroPadding, classes: Self.kinds.count)
        // The head has another shape, so it stays as it is: new.
        let report = try model.load(from: URL(fileURLWithPath: weights), strict: false)
        var result = Result(loaded: report.loaded.count, replaced: report.wrongShape.count)
        output.say(
            "\(report.loaded.count) tensors loaded; new: \(report.wrongShape.map(\.name).joined(separator: ", "))")
        guard report.missing.isEmpty else {
            throw ValidationError("\(weights) has no \(report.missing.joined(separator: ", "))")
        }

        let parts = model.namedModules
        model.freeze()
        for (name, part) in parts where name == "fc" { part.unfreeze() }
        // Frozen statistics, too: a BatchNorm in evaluation mode goes by those that it has.
        for (_, part) in parts where part is BatchNorm { part.eval() }
        output.say("\nThe head alone, \(model.trainableParameterCount) of \(model.parameterCount) parameters:")
        result.head = try fit(model, on: train, test, rate: training.learningRate)

        // Also the statistics: clothes are no animals.
        model.unfreeze().train()
        output.say("\nEverything, at a tenth of the rate:")
        result.fineTuned = try fit(model, on: train, test, rate: training.learningRate / 10)

        manualSeed(training.seed)
        let fresh = ResNet.cifar(depth: 20, shortcut: .zeroPadding, classes: Self.kinds.count)
        output.say("\nFrom random weights, twice as many epochs:")
        result.fromScratch = try fit(fresh, on: train, test, rate: training.learningRate, epochs: 2 * training.epochs)

        var table = TextTable(["\(images) images", "test accuracy"])
        for (name, value) in [
            ("head alone", result.head), ("then everything", result.fineTuned),
            ("from random weights", result.fromScratch),
        ] { table.add([name, String(format: "%.1f %%", 100 * value)]) }
        output.say("\n\(table)")
        try output.write(result)
        if Interrupt.isRequested { throw ExitCode(130) }
    }

    /// Trains the parameters that are not frozen.
    ///
    /// - Returns: the accuracy on the test images.
    private func fit(
        _ model: ResNet, on train: ArrayDataset, _ test: ArrayDataset, rate: Float, epochs: Int? = nil
    ) throws -> Double {
        guard !Interrupt.isRequested else { return .nan }
        let (epochs, transform) = (epochs ?? training.epochs, Standardization.imageNet)
        try model.fit(
            train, epochs: epochs, batchSize: training.batchSize,
            optimizer: SGD(model, learningRate: rate, momentum: 0.9, weightDecay: 1e-4),
            schedule: .perStep(.cosine(steps: epochs * ((train.count + training.batchSize - 1) / training.batchSize))),
            seed: training.seed, augmentation: RandomHorizontalFlip(), transform: transform,
            shouldStop: { Interrupt.isRequested })
        return evaluate(model, on: test, transform: transform).accuracy
    }

    /// The images as the network knows images, 32x32 in colour, and the kinds for labels.
    private func task(_ samples: Subset<ArrayDataset>) -> ArrayDataset {
        let (images, labels) = samples.load()
        let resize = Resize(32)
        let larger = (0..<labels.count).map { index -> Tensor in
            var image = images.sliced([index..<index + 1, 0..<28, 0..<28, 0..<1]).reshaped([28, 28, 1])
            resize.apply(to: &image, using: .default)
            let grey = Tensor(array: image).reshaped([1, 32, 32, 1])
            return Tensor.concatenate([grey, grey, grey], axis: 3)
        }
        return ArrayDataset(images: Tensor.concatenate(larger), labels: labels.map { Self.kindOfClass[$0] })
    }
}

extension Standardization {
    /// What the weights were trained with.
    fileprivate static let imageNet = Standardization(
        mean: ImageNet.mean, standardDeviation: ImageNet.standardDeviation)
}
