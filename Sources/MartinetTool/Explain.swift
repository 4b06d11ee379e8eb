import ArgumentParser
import Foundation
import Martinet
import MartinetCommand
import MartinetVision
import MartinetZoo

struct Explain: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show what a network sees in an image, as PNG files.",
        usage: "martinet explain <image> [options]",
        discussion: """
            Written to a folder: input.png, the image as the network gets it; grad-cam.png,
            where in it the network saw the class that it names, in warm colours (Grad-CAM,
            arXiv 1610.02391); features-LAYER.png, what comes out of layers, a grey image for
            each channel; filters.png, the weights of the first convolution. Early layers answer
            to edges and colours all over the image, late ones to a few places.

            Examples:
              martinet explain cat.jpeg --model resnet50 --output cat
              martinet explain cat.jpeg --model resnet18 --layers conv1 layer1.0 --class 281
              martinet explain cat.jpeg --model cifar-resnet20 --weights resnet20.th --grad-cam layer2
            """)

    @Argument(help: "A JPEG or PNG file.")
    var image: String

    @OptionGroup var model: ModelOptions

    @OptionGroup var classNames: ClassNames

    @Option(help: Preprocessing.help)
    var preprocessing: Preprocessing?

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "Whose outputs are shown; by default the network's stages. A wrong name gets the list.", valueName: "layer")
    )
    var layers: [String] = []

    @Option(help: ArgumentHelp("Whose output Grad-CAM weighs; by default the last stage's.", valueName: "layer"))
    var gradCAM: String?

    @Option(
        name: .customLong("class"),
        help: ArgumentHelp("The class that is explained; by default the most probable one.", valueName: "index"))
    var explainedClass: Int?

    @Option(help: "How many channels and filters are shown.")
    var channels = 64

    @Option(name: .shortAndLong, help: ArgumentHelp("The folder to write to.", valueName: "dir"))
    var output = "explanation"

    @OptionGroup var json: JSONOption

    func validate() throws { try checkOption("--channels", channels, 1...4096) }

    /// The result as it is written with `--json`.
    struct Explanation: Encodable {
        let image: String
        let index: Int
        let name: String
        let probability: Float
        let gradCAM: String
        let files: [String]
    }

    func run() throws {
        let loaded = try Image(path: image)
        let usable = try model.load(preprocessing: preprocessing, labels: classNames)
        try usable.check(usable.facts.shape, of: "images")
        let (network, preprocess) = (usable.network, usable.facts.preprocessing)
        let input = preprocess(loaded)

        let shapes = network.featureShapes(inputShape: input.shape).filter { $0.shape.count == 4 }
        let stages = stages(of: shapes.map(\.name))
        let shown = layers.isEmpty ? stages : layers
        let weighed = gradCAM ?? stages.last ?? ""
        for name in shown + [weighed] where !shapes.contains(where: { $0.name == name }) {
            throw ValidationError(
                "the network has no layer \"\(name)\" that gives an image; it has "
                    + shapes.map(\.name).joined(separator: ", "))
        }
        let features = withoutGradients { network.features(of: input, at: shown) }
        let scores = features.output
        try checkFinite(scores, of: model)
        let names = usable.classNames(count: scores.count)
        if let explainedClass { try checkOption("--class", explainedClass, 0...scores.count - 1) }
        guard let explanation = GradCAM(network, input, layer: weighed, explaining: explainedClass) else {
            throw ValidationError("Grad-CAM needs a network that gives a score for each class")
        }

        try makeFolder(output)
        var files: [String] = []
        func write(_ image: Image, _ name: String) throws {
            let path = output + "/" + name
            try image.write(to: path)
            files.append(path)
        }
        let taken = preprocess.imageTransforms(loaded)
        // Pixels of small images would be hard to see.
        let scale = max(1, 224 / taken.height)
        let seen = taken.resized(height: scale * taken.height, width: scale * taken.width, interpolation: .nearest)
        try write(seen, "input.png")
        try write(explanation.overlaid(on: seen), "grad-cam.png")
        for name in shown {
            guard let feature = features.features[name] else { continue }
            // Small maps are shown as large as the large ones.
            let scale = max(1, 112 / feature.shape[1])
            try write(
                .contactSheet(Image.featureMaps(feature, limit: channels), scale: scale), "features-\(name).png")
        }
        if let first = network.namedModules.lazy.compactMap({ $0.module as? Conv2D }).first {
            try write(.contactSheet(Image.filters(first.weight.value, limit: channels), scale: 8), "filters.png")
        }

        let index = explanation.explainedClass
        let result = Explanation(
            image: image, index: index, name: names[index],
            probability: softmax(scores).elements[index], gradCAM: weighed, files: files)
        json.say(
            "\(image): \(result.name), \(String(format: "%.2f %%", 100 * result.probability))\n"
                + files.joined(separator: "\n"))
        try json.write(result)
    }

    /// The outermost modules that consist of others; where that is one alone, those within it.
    private func stages(of names: [String]) -> [String] {
        let blocks = names.filter { name in names.contains { $0.hasPrefix(name + ".") } }
        func outermost(_ names: [String]) -> [String] {
            names.filter { name in !names.contains { name.hasPrefix($0 + ".") } }
        }
        let outer = outermost(blocks)
        guard outer.count == 1 else { return outer }
        let inner = outermost(blocks.filter { !outer.contains($0) })
        return inner.isEmpty ? outer : inner
    }
}
