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

    @Option(help: "Threads to compute with; all cores by default.")
    var threads: Int?

    func validate() throws {
        if let threads { try checkOption("--threads", threads, 1...1024) }
    }

    func run() {
        if let threads { Threads.count = threads }
        let image = Tensor.normal([1, model.imageSize, model.imageSize, model.channels])
        let network = model.make().eval()
        let scores = withoutGradients { network(image) }.elements
        print(scores.indices.max { scores[$0] < scores[$1] } ?? 0)
    }
}
