import ArgumentParser
import Foundation
import Martinet
import MartinetCommand
import MartinetONNX

struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write a network with its weights as an ONNX file.",
        discussion: """
            For batches of any size, in evaluation mode.

            Examples:
              martinet export resnet50 resnet50.onnx --weights resnet50.pth
            """)

    @Argument(help: "The network, such as resnet50.")
    var model: String

    @Argument(help: "The file to write.")
    var output: String

    @Option(help: ArgumentHelp("The file with its weights; by default the published ones.", valueName: "file"))
    var weights: String?

    func validate() throws { _ = try findModel(model) }

    func run() throws {
        let network = try ModelOptions(model, weights: weights).load()
        let (height, width) = try (findModel(model).inputShape[0], findModel(model).inputShape[1])
        try network.exportONNX(to: URL(fileURLWithPath: output), inputShape: [1, height, width, network.inputChannels])
    }
}
