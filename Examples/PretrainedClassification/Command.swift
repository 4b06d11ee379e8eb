import ArgumentParser
import Foundation
import Martinet
import MartinetCommand
import MartinetVision

@main
struct PretrainedClassification: CommandLineProgram {
    static let configuration = CommandConfiguration(
        commandName: "pretrained-resnet50",
        abstract: "Name what is in photographs with ResNet-50s that others have trained.",
        usage: "pretrained-resnet50 <images> ... [options]",
        discussion: """
            The exercise: load a trained ResNet-50 and classify an image, once as one does it
            with PyTorch (torchvision's weights and its transforms) and once as with Keras
            (its weights and its preprocessing), side by side.

            The weights, 100 MB each, are downloaded once, or taken from --torch-weights and
            --keras-weights. Keras's need a build with --traits HDF5.

            Examples:
              pretrained-resnet50 sports-car.jpeg
              pretrained-resnet50 *.jpeg --way torch --torch-weights resnet50-0676ba61.pth
            """)

    /// Whose network.
    enum Way: String, CaseIterable, ExpressibleByArgument {
        case torch, keras, both
    }

    @Argument(help: "JPEG or PNG files.")
    var images: [String]

    @Option(help: "Whose network is asked.")
    var way: Way = .both

    @Option(help: ArgumentHelp("torchvision's weights.", valueName: "file"))
    var torchWeights: String?

    @Option(help: ArgumentHelp("Keras's weights.", valueName: "file"))
    var kerasWeights: String?

    @Option(help: "How many classes to name.")
    var top = 5

    @OptionGroup var json: JSONOption

    func validate() throws { try checkOption("--top", top, 1...1000) }

    /// The classes of one image; the result as it is written with `--json` is a list of them.
    struct Answer: Encodable {
        let image: String
        /// Best first; missing where that network was not asked.
        let torch, keras: [ImageNet.Prediction]?
    }

    func run() throws {
        let loaded = try images.map { try Image(path: $0) }
        let torch =
            way == .keras
            ? nil
            : try classifyAsPyTorch(
                loaded, weights: weights(of: "resnet50", torchWeights, "--torch-weights"), top: top)
        let keras =
            way == .torch
            ? nil
            : try classifyAsKeras(
                loaded, weights: weights(of: "keras-resnet50", kerasWeights, "--keras-weights"), top: top)
        let answers = images.indices.map { Answer(image: images[$0], torch: torch?[$0], keras: keras?[$0]) }
        for answer in answers { json.say(text(answer)) }
        try json.write(answers)
    }

    /// The file with the weights of `model`: the one that is given, or the published one.
    private func weights(of model: String, _ file: String?, _ option: String) throws -> URL {
        if let file { return URL(fileURLWithPath: file) }
        return try locatePublishedWeights(of: model, option: option)
    }

    private func text(_ answer: Answer) -> String {
        func cells(_ prediction: ImageNet.Prediction) -> [String] {
            [
                "\(prediction.wordNetID) \(prediction.name)",
                String(format: "%.2f %%", 100 * Double(prediction.probability)),
            ]
        }
        let ways = [("as with PyTorch", answer.torch), ("as with Keras", answer.keras)].compactMap { name, found in
            found.map { (name: name, found: $0) }
        }
        var table = TextTable(["rank"] + ways.flatMap { [$0.name, "probability"] })
        for rank in 0..<top { table.add(["\(rank + 1)"] + ways.flatMap { cells($0.found[rank]) }) }
        let agree = Set(ways.map { $0.found[0].wordNetID }).count == 1
        let conclusion =
            ways.count < 2
            ? "" : agree ? "\n\nBoth name the same." : "\n\nThey disagree: other weights, other preprocessing."
        return "\(answer.image)\n\n\(table)\(conclusion)\n"
    }
}
