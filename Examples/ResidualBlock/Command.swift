import ArgumentParser
import Foundation
import Martinet
import MartinetCharts
import MartinetCommand

@main
struct ResidualBlock: Exercise {
    static let configuration = CommandConfiguration(
        commandName: "residual-block",
        abstract: "Build ResNet-18 from a residual block of one's own, and see it learn.",
        usage: "residual-block [options]",
        discussion: """
            The exercise: write the residual block, with a 1x1 convolution in the
            shortcut where the shape changes; test the shapes of what comes out; put
            ResNet-18 together for images of one channel; follow a 224x224 image
            through it, stage by stage; print it; train it on Fashion-MNIST, enlarged
            to 96x96, for an epoch on some of the images.

            Examples:
              residual-block
              residual-block --train-limit 60000 --epochs 10     # the whole exercise: hours
              residual-block --train-limit 0                     # the shapes only
            """)

    @Option(help: "How many of the 60,000 training images to use; 0 not to train.")
    var trainLimit = 6000

    @Option(help: "How many of the 10,000 test images to use.")
    var testLimit = 1000

    enum Defaults: TrainingDefaults {
        static let batchSize = 64
        static let learningRate: Float = 0.05
    }

    @OptionGroup var training: TrainingOptions<Defaults>
    @OptionGroup var data: FashionMNISTFolder
    @OptionGroup var output: ResultOptions

    func validate() throws {
        try checkOption("--train-limit", trainLimit, 0...60_000)
        try checkOption("--test-limit", testLimit, 1...10_000)
    }

    /// The result as it is written with `--json`.
    struct Result: Encodable {
        let stages: [[Int]]
        let parameters: Int
        let history: History?
    }

    func perform() throws {
        manualSeed(training.seed)
        // Channels come last here: what is 4x3x6x6 in PyTorch is 4x6x6x3.
        let x = Tensor.uniform([4, 6, 6, 3])
        output.say("Residual(3, 3) of \(x.shape): \(Residual(3, 3)(x).shape)")
        output.say(
            "Residual(3, 6, use1x1Conv: true, stride: 2): \(Residual(3, 6, use1x1Conv: true, stride: 2)(x).shape)")

        let model = resNet18()
        let stages = shapes(of: model, for: [1, 224, 224, 1])
        output.say("\nResNet-18, an image of 224x224:")
        for (layer, shape) in zip(model.layers, stages) {
            output.say("\(type(of: layer)) output shape: \(shape)")
        }
        output.say("\n\(model)\n\(model.parameterCount) parameters")

        let history = try trainLimit > 0 ? report(model) : nil
        try output.write(
            Result(stages: stages, parameters: model.parameterCount, history: history),
            charts: history.map { ["residual-block": $0.chart(of: .accuracy, title: "Fashion-MNIST: ResNet-18")] }
                ?? [:])
    }

    private func report(_ model: Sequential) throws -> History {
        let data = try data.load()
        let (images, test) = (data.train.prefix(trainLimit), data.test.prefix(testLimit))
        output.say("\n\(images.count) images to train with, \(test.count) to test; \(Threads.count) threads")
        let history = try train(
            model, on: images, test: test, epochs: training.epochs, batchSize: training.batchSize,
            learningRate: training.learningRate, options: training.fit)
        for epoch in history.epochs {
            output.say(
                String(
                    format: "Epoch %d: loss %.3f, training accuracy %.3f, test accuracy %.3f, %.0f images/s",
                    epoch.number, epoch.loss, epoch.accuracy ?? .nan, epoch.validationAccuracy ?? .nan,
                    Double(images.count + test.count) / epoch.seconds))
        }
        return history
    }
}
