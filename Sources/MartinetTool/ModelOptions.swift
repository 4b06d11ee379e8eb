import ArgumentParser
import Foundation
import Martinet
import MartinetCommand
import MartinetFormats
import MartinetVision
import MartinetZoo

/// A network by name, and where its weights come from.
struct ModelOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The network: \(NamedModel.names.joined(separator: ", ")).", valueName: "name"))
    var model: String

    @Option(
        help: ArgumentHelp(
            "The file with its weights; by default the published ones, downloaded once to the cache.", valueName: "file"
        ))
    var weights: String?

    @Option(help: ArgumentHelp("Which of several published weights, such as IMAGENET1K_V2.", valueName: "name"))
    var weightsVersion: String?

    init() {}

    /// As if these options had been given.
    init(_ model: String, weights: String?) {
        self.model = model
        self.weights = weights
        weightsVersion = nil
    }

    func validate() throws { _ = try namedModel() }

    func namedModel() throws -> NamedModel { try findModel(model) }

    /// The published weights that are meant; nil where a file is given, or none are known.
    var published: PretrainedWeights? { weights == nil ? PretrainedWeights(model, version: weightsVersion) : nil }

    /// The network with its weights, in evaluation mode. The file says how many classes and channels there are.
    func load() throws -> any Module<Tensor, Tensor> {
        let file = try openWeights(at: locateWeights())
        let (named, ends) = (try namedModel(), NetworkEnds(file))
        let network = named.make(inputChannels: ends.inputChannels, classes: ends.classes)
        try network.load(file)
        return network.eval()
    }

    /// How images get to `network`, which these options gave.
    ///
    /// - Parameter chosen: what is asked for; what the network is known to want if nil.
    func preprocessing(_ chosen: Preprocessing?, for network: any Module<Tensor, Tensor>) throws -> ImagePreprocessing {
        let named = try namedModel()
        let chosen = chosen ?? .usual(for: named, inputChannels: network.inputChannels)
        let preprocessing = ImagePreprocessing(
            imageTransforms: chosen.imageTransforms(for: named, resize: published?.resize),
            transform: chosen.transform(DatasetKind.cifar10.statistics))
        let seen = preprocessing.imageTransforms(Image(pixels: [0, 0, 0], height: 1, width: 1, channels: 3))
        try chosen.check([seen.height, seen.width, seen.channels], of: "images", for: network, named)
        return preprocessing
    }

    private func locateWeights() throws -> URL {
        if let weights { return URL(fileURLWithPath: weights) }
        guard let published else {
            throw ValidationError("no published weights of \(model) are known; name a file with --weights")
        }
        do {
            return try published.locate(progress: downloadBar())
        } catch {
            throw OutputError(
                description: """
                    \(error)
                    The weights of \(model) could not be had. Download \(published.address) elsewhere, and name the file \
                    with --weights, or put it into the folder weights of the cache (MARTINET_CACHE).
                    """)
        }
    }
}

/// The network of that name.
func findModel(_ name: String) throws -> NamedModel {
    guard let model = NamedModel(name) else {
        throw ValidationError(
            "there is no network \(name); expected one of \(NamedModel.names.joined(separator: ", "))")
    }
    return model
}

/// What the first and the last layer of a network have, as its file of weights tells.
struct NetworkEnds {
    let inputChannels, classes: Int?

    init(_ file: WeightFile) {
        func entry(_ names: [String]) -> WeightEntry? {
            file.entries.first { entry in
                let name = file.convention.rename(entry.name)
                return names.contains { name == $0 || name.hasSuffix(".\($0)") }
            }
        }
        classes = entry(["fc.bias", "classifier.bias"])?.shape.first
        let kernel = entry(["conv1.weight", "features.conv0.weight"]).flatMap { $0.shape.count == 4 ? $0.shape : nil }
        // PyTorch has the inputs second, Martinet and Keras third.
        inputChannels = kernel.map { file.convention.name == WeightConvention.pytorch.name ? $0[1] : $0[2] }
    }
}

/// Stops with a message if what a network computes is not numbers, which weights of infinities and the like lead to.
func checkFinite(_ scores: Tensor, of model: ModelOptions) throws {
    guard scores.elements.allSatisfy(\.isFinite) else {
        throw OutputError(
            description:
                "\(model.weights ?? model.model): with these weights the outputs of \(model.model) are no finite "
                + "numbers; martinet inspect tells which arrays are not")
    }
}
