import ArgumentParser
import Foundation
import Martinet
import MartinetCommand

/// A whole program from its start to a network's first answer, for a clock outside.
struct FirstAnswer: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "first-answer",
        abstract: "Make a network with random weights, let it see one random image, and print the class it names.",
        discussion: """
            What a program of one answer costs: time it from outside, from its start to its line.

            Examples:
              time martinet-bench first-answer --model resnet50
            """)

    @Option(help: "The network.")
    var model: BenchmarkModel = .resNet50

    @OptionGroup var threads: ThreadOption

    func run() {
        threads.apply()
        let image = Tensor.normal([1, model.imageSize, model.imageSize, model.channels])
        let network = model.make().eval()
        let scores = withoutGradients { network(image) }.elements
        print(scores.indices.max { scores[$0] < scores[$1] } ?? 0)
    }
}
