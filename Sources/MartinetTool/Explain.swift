import ArgumentParser
import Foundation
import Martinet
import MartinetCommand
import MartinetVision
import MartinetZoo

struct Explain: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show what a network sees in a picture, layer by layer.",
        discussion: """
            Writes pictures (PNG) to a folder: the filters of the first layer; the feature maps of
            layers, one small picture a channel; and Grad-CAM, which colours the places of the
            picture that speak for the class.

            Examples:
              martinet explain cat.jpeg --model resnet50 --output cat
              martinet explain cat.jpeg --model resnet18 --weights my.pth --layers relu --layers layer2.0
            """)

    @Argument(help: "A JPEG or PNG file.")
    var image: String

    @OptionGroup var model: ModelOptions

    @Option(help: Preprocessing.help)
    var preprocessing: Preprocessing?

    @Option(help: "The layers whose feature maps to show, by their names; may be given several times.")
    var layers: [String] = ["relu", "layer1", "layer2", "layer3", "layer4"]

    @Option(help: "The layer that Grad-CAM looks at; by default the last one of --layers that has feature maps.")
    var camLayer: String?

    @Option(name: .customLong("class"), help: "The number of the class to explain; by default the most probable one.")
    var classNumber: Int?

    @Option(help: ArgumentHelp("The folder for the pictures.", valueName: "dir"))
    var output = "explained"

    func run() throws {
        let named = try model.namedModel()
        let chosen = preprocessing ?? .usual(for: named)
        let picture = chosen.imageTransforms(for: named, resize: model.published?.resize)
            .reduce(try Image(path: image)) { $1($0) }
        let input = ImagePreprocessing(
            imageTransforms: [], transform: chosen.transform(DatasetKind.cifar10.statistics))(
                picture)
        let network = try model.load()
        try makeFolder(output)
        var written: [String] = []
        func write(_ image: Image, _ name: String) throws {
            try image.write(to: "\(output)/\(name).png")
            written.append("\(name).png")
        }
        try write(picture, "picture")
        if let first = network.namedModules.lazy.compactMap({ $0.module as? Conv2D }).first {
            try write(.contactSheet(Image.filters(first.weight.value), scale: 6), "filters")
        }
        // A network without one of the usual layers is no mistake; one without a layer that was asked for is.
        let (scores, features) = withoutGradients { network.features(of: input, at: layers) }
        let maps = layers.filter { features[$0]?.rank == 4 }
        guard !maps.isEmpty else {
            throw ValidationError("\(model.model) has no feature maps of \(layers.joined(separator: ", "))")
        }
        for layer in maps {
            let images = Image.featureMaps(features[layer]!)
            try write(.contactSheet(images, scale: max(1, 56 / images[0].height)), "features-\(layer)")
        }
        if let classNumber { try checkOption("--class", classNumber, 0...scores.count - 1) }
        let camLayer = camLayer ?? maps[maps.count - 1]
        guard let explanation = GradCAM(network, input, layer: camLayer, explaining: classNumber) else {
            throw ValidationError("\(model.model) has no feature maps of \(camLayer)")
        }
        try write(explanation.overlaid(on: picture), "grad-cam")
        let index = explanation.explainedClass
        let name = scores.count == 1000 ? ImageNet.classes[index].name : "class \(index)"
        print("Class \(index), \(name): \(written.joined(separator: ", ")) in \(output)")
    }
}
