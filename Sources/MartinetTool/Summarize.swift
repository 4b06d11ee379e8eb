import ArgumentParser
import Martinet
import MartinetCommand

struct Summarize: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "summary",
        abstract: "Show a network's layers, with shapes, parameters and multiply-adds.",
        usage: "martinet summary <model> [options]",
        discussion: """
            As Keras prints it, or with --nested as PyTorch does.

            Examples:
              martinet summary resnet50
              martinet summary cifar-resnet20 --nested
            """)

    @Argument(help: "The network, such as resnet50.")
    var model: String

    @Option(help: "The number of classes.")
    var classes: Int?

    @Option(help: "Height and width of the image.")
    var size: Int?

    @Flag(help: "As PyTorch prints it: the modules and what is in them.")
    var nested = false

    @OptionGroup var json: JSONOption

    func validate() throws {
        _ = try findModel(model)
        if let classes { try checkOption("--classes", classes, 1...100_000) }
        if let size { try checkOption("--size", size, 32...2048) }
    }

    func run() throws {
        let named = try findModel(model)
        let network = named.make(classes: classes)
        let (height, width) = (size ?? named.inputShape[0], size ?? named.inputShape[1])
        if nested {
            json.say("\(network)")
            try json.write(network.outline)
        } else {
            let summary = network.summary(inputShape: [1, height, width, named.inputShape[2]])
            json.say("\(summary)")
            try json.write(summary)
        }
    }
}
