import ArgumentParser
import Foundation
import Martinet
import MartinetCommand
import MartinetONNX
import MartinetVision

struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write a network with its weights as an ONNX file.",
        usage: "martinet export <model> <output> [options]",
        discussion: """
            For batches of any size, in evaluation mode. What is done to images, and the names of
            the classes, go with it as metadata (\(ImageModelDescription.metadataKey)), where the
            file of weights or an option says them, or the weights are published ones.

            Examples:
              martinet export resnet50 resnet50.onnx --weights resnet50.pth
              martinet export cifar-resnet20 resnet20.onnx --weights resnet20.th --labels cifar10 \\
                  --preprocessing imagenet-statistics
            """)

    @Argument(help: "The network, such as resnet50.")
    var model: String

    @Argument(help: "The file to write.")
    var output: String

    @Option(help: ArgumentHelp("The file with its weights; by default the published ones.", valueName: "file"))
    var weights: String?

    @OptionGroup var classNames: ClassNames

    @Option(help: Preprocessing.help)
    var preprocessing: Preprocessing?

    func validate() throws { _ = try findModel(model) }

    func run() throws {
        let usable = try ModelOptions(model, weights: weights).load(preprocessing: preprocessing, labels: classNames)
        try usable.check(usable.facts.shape, of: "images")
        var options = ONNXExportOptions()
        if !usable.isGuessed { options.metadata = usable.facts.metadata }
        let (height, width) = (usable.facts.height, usable.facts.width)
        try usable.network.exportONNX(
            to: URL(fileURLWithPath: output), inputShape: [1, height, width, usable.network.inputChannels],
            options: options)
    }
}
