import ArgumentParser
import Foundation
import Martinet
import MartinetCommand
import MartinetONNX
import MartinetVision

struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write a network with its weights as an ONNX file.",
        discussion: """
            For batches of any size, in evaluation mode. What is done to images, and the names of
            the classes, go with it as metadata (\(ImageModelDescription.metadataKey)).

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
        let usable = try ModelOptions(model, weights: weights).load()
        var options = ONNXExportOptions()
        options.metadata = usable.facts.metadata
        let (height, width) = (usable.facts.height, usable.facts.width)
        try usable.network.exportONNX(
            to: URL(fileURLWithPath: output), inputShape: [1, height, width, usable.network.inputChannels],
            options: options)
    }
}
