import ArgumentParser
import Foundation
import Martinet
import MartinetCharts
import MartinetCommand

@main
struct CNNDepth: Exercise {
    static let configuration = CommandConfiguration(
        commandName: "cnn-depth",
        abstract: "Train plain CNNs of growing depth on CIFAR-10.",
        usage: "cnn-depth [options]",
        discussion: """
            The exercise: what does a convolutional network without shortcuts gain from
            more layers? For each depth a network of 3x3 convolutions with ReLUs and
            three max-poolings is trained with SGD; the running loss is printed, then
            the accuracy on the test images, and at the end accuracy against depth.

            CIFAR-10 is taken from --data, or found, or downloaded (170 MB). Ctrl-C
            ends the training after the current step and shows what there is.

            Examples:
              cnn-depth --charts charts
              cnn-depth --depths 2 --depths 6 --epochs 1 --train-limit 10000 --json -
            """)

    @Option(help: "The number of convolutions; may be given several times.")
    var depths = [1, 2, 4, 6, 8, 12, 16]

    enum Defaults: TrainingDefaults {
        static let epochs = 2
        static let batchSize = 64
        static let learningRate: Float = 0.02
        static let learningRateHelp = "The rate of SGD, with momentum 0.9."
    }

    @Option(help: "Print the mean loss of this many steps.")
    var printEvery = 200

    @OptionGroup var training: TrainingOptions<Defaults>
    @OptionGroup var data: CIFAROptions
    @OptionGroup var output: ResultOptions

    func validate() throws {
        for depth in depths { try checkOption("--depths", depth, 1...200) }
        try checkOption("--print-every", printEvery, 1...1_000_000)
    }

    /// The outcome of one depth; the result as it is written with `--json` is a list of them.
    struct Outcome: Encodable {
        let depth: Int
        let parameters: Int
        var losses: [Double] = []
        var accuracy = Double.nan
        var seconds = 0.0
    }

    func perform() throws {
        let (train, test) = try data.load()
        let lesson = Lesson(
            epochs: training.epochs, batchSize: training.batchSize, printEvery: printEvery,
            learningRate: training.learningRate, seed: training.seed)
        var outcomes: [Outcome] = []
        for depth in Set(depths).sorted() where !Interrupt.isRequested {
            let model = lesson.makeModel(depth: depth)
            var outcome = Outcome(depth: depth, parameters: model.parameterCount)
            output.say("\n\(depth) convolutions, \(outcome.parameters) parameters")
            let time = ContinuousClock().measure {
                lesson.train(model, on: train, shouldStop: { Interrupt.isRequested }) { epoch, step, loss in
                    outcome.losses.append(loss)
                    output.say(String(format: "[%d, %5d] loss: %.3f", epoch, step, loss))
                }
            }
            guard !Interrupt.isRequested else { break }
            outcome.seconds = time / .seconds(1)
            outcome.accuracy = lesson.accuracy(of: model, on: test)
            output.say(
                String(format: "Accuracy on the %d test images: %.2f %%", test.count, 100 * outcome.accuracy))
            outcomes.append(outcome)
        }
        output.say("\n\(table(outcomes))")
        try output.write(outcomes, charts: ["cnn-depth": chart(outcomes)])
    }

    private func table(_ outcomes: [Outcome]) -> TextTable {
        var table = TextTable(["convolutions", "parameters", "last loss", "test accuracy", "time"])
        for outcome in outcomes {
            table.add([
                "\(outcome.depth)", "\(outcome.parameters)",
                outcome.losses.last.map { String(format: "%.3f", $0) } ?? "-",
                String(format: "%.2f %%", 100 * outcome.accuracy), String(format: "%.0f s", outcome.seconds),
            ])
        }
        return table
    }

    private func chart(_ outcomes: [Outcome]) -> LineChart {
        let points = outcomes.map { LineChart.Point(x: Double($0.depth), y: 100 * $0.accuracy) }
        return LineChart(
            title: "CIFAR-10: plain networks by depth", xTitle: "convolutions", yTitle: "test accuracy in %",
            series: [.init("after \(training.epochs) epochs", points: points)])
    }
}
