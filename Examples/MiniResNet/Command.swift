import ArgumentParser
import Foundation
import Martinet
import MartinetCharts
import MartinetCommand
import MartinetVision

@main
struct MiniResNetCommand: Exercise {
    static let configuration = CommandConfiguration(
        commandName: "mini-resnet",
        abstract: "Train a ResNet of three convolutions on CIFAR-10.",
        usage: "mini-resnet [options]",
        discussion: """
            The exercise: three 3x3 convolutions with BatchNorm and ReLU, the second
            and the third with a shortcut, a max-pooling and a dense layer. Trained
            with SGD, momentum 0.9 and the one-cycle schedule on images that are
            flipped at random; then the accuracy on each class of the test images.

            CIFAR-10 is taken from --data, or found, or downloaded (170 MB). Ctrl-C
            ends the training after the current step and shows what there is.

            Examples:
              mini-resnet
              mini-resnet --epochs 2 --train-limit 10000 --json -
            """)

    enum Defaults: TrainingDefaults {
        static let epochs = 10
        static let batchSize = 128
        static let learningRate: Float = 0.1
        static let learningRateHelp = "The highest rate of the schedule."
    }

    @OptionGroup var training: TrainingOptions<Defaults>
    @OptionGroup var data: CIFAROptions
    @OptionGroup var output: ResultOptions

    /// The result as it is written with `--json`.
    struct Result: Encodable {
        let history: History
        let testAccuracy: Double
        let classAccuracies: [String: Double]
    }

    func perform() throws {
        let data = try data.load()
        manualSeed(training.seed)
        let model = MiniResNet()
        output.say(
            "\(model)\n\(model.parameterCount) parameters, \(data.train.count) images, \(Threads.count) threads\n")
        let (history, confusion) = try train(
            model, on: data.train, test: data.test, epochs: training.epochs, batchSize: training.batchSize,
            learningRate: training.learningRate, options: training.fit)

        var table = TextTable(["class", "accuracy"])
        for (name, accuracy) in zip(CIFAR10.classNames, confusion.classAccuracies) {
            table.add([name, String(format: "%.1f %%", 100 * accuracy)])
        }
        table.add(["all", String(format: "%.2f %%", 100 * confusion.accuracy)])
        output.say("\nOf the \(data.test.count) test images, recognised:\n\n\(table)")
        let classAccuracies = Dictionary(
            uniqueKeysWithValues: zip(CIFAR10.classNames, confusion.classAccuracies))
        try output.write(
            Result(history: history, testAccuracy: confusion.accuracy, classAccuracies: classAccuracies),
            charts: ["mini-resnet": history.chart(of: .accuracy, title: "CIFAR-10: MiniResNet")])
    }
}
