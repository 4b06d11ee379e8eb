import ArgumentParser
import Foundation
import Martinet
import MartinetBase
import MartinetCommand
import MartinetFiles
import MartinetFormats
import MartinetVision
import MartinetZoo

/// A network with its weights, in evaluation mode, and the facts that it is used by.
struct UsableModel {
    let network: any Module<Tensor, Tensor>
    let named: NamedModel
    let facts: ImageModelDescription
    /// Whether the facts came with the weights.
    let isDescribed: Bool
    /// Whether they are only those of most networks of that name: neither the file nor an option says them, and the weights are
    /// not of the thousand classes of the published ones.
    let isGuessed: Bool

    /// The classes' names, or their numbers where nobody says.
    ///
    /// - Parameter count: of the network's outputs.
    func classNames(count: Int) -> [String] {
        facts.classNames.isEmpty ? (0..<count).map { "class \($0)" } : facts.classNames
    }

    /// Stops with a message unless the network takes images of this shape.
    ///
    /// - Parameters:
    ///   - shape: `[height, width, channels]`.
    ///   - source: where the images come from.
    func check(_ shape: [Int], of source: String) throws {
        func count(_ channels: Int) -> String { "\(channels) channel\(channels == 1 ? "" : "s")" }
        guard shape[2] == facts.channels else {
            throw ValidationError(
                "the preprocessing is for images of \(count(facts.channels)), but those of \(source) have \(shape[2])")
        }
        guard shape[2] == network.inputChannels else {
            throw ValidationError(
                "\(named.name) with these weights takes images of \(count(network.inputChannels)), but those of \(source) "
                    + "have \(shape[2])")
        }
        try checkSize(shape, of: source, for: named)
    }
}

/// A network by name, and where its weights come from.
struct ModelOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The network: \(NamedModel.names.joined(separator: ", ")). Files that martinet train has written say it.",
            valueName: "name"))
    var model: String?

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

    func validate() throws {
        if let model { _ = try findModel(model) }
        guard model != nil || weights != nil else {
            throw ValidationError(
                "say which network, with --model, or name a file of weights that says it, with --weights")
        }
    }

    /// The network with its weights. The file says how many classes and channels there are.
    ///
    /// - Parameters:
    ///   - preprocessing: counts more than what the file says.
    ///   - labels: likewise.
    ///   - fallback: counts where neither the option nor the file says anything; nil for what the network is known to want.
    ///   - dataset: whose statistics they may mean; nil where there is none.
    func load(
        preprocessing: Preprocessing? = nil, labels: ClassNames? = nil, fallback: Preprocessing? = nil,
        dataset: DatasetKind? = nil
    ) throws -> UsableModel {
        guard preprocessing != .dataset || dataset != nil else {
            throw ValidationError("--preprocessing dataset is for martinet evaluate: there is no data set here")
        }
        let file = try openWeights(at: locateWeights())
        let described = try ImageModelDescription(metadata: file.metadata, file: file.path)
        let (named, ends) = (try namedModel(of: file, described), NetworkEnds(file))
        let network = named.make(inputChannels: ends.inputChannels, classes: ends.classes)
        // What was taken for granted is for whoever reads the answer, not for the program that gets it.
        for note in try network.load(file).notes { writeToStandardError("martinet: \(note)") }
        let classes = ends.classes ?? named.classes
        if let described { try check(described, of: file.path, network, classes: classes) }

        let published = PretrainedWeights.all.first {
            $0.model == named.name && $0.fileName == URL(fileURLWithPath: file.path).lastPathComponent
        }
        var facts =
            described
            ?? .usual(for: named, inputChannels: network.inputChannels, classes: classes, resize: published?.resize)
        if let chosen = preprocessing ?? (described == nil ? fallback : nil) {
            facts = chosen.applied(to: facts, dataset: dataset, resize: published?.resize)
        }
        if let names = try labels?.names(count: classes) { facts.classNames = names }
        facts.network = named.name
        return UsableModel(
            network: network.eval(), named: named, facts: facts, isDescribed: described != nil,
            isGuessed: described == nil && preprocessing == nil && facts.classNames.isEmpty)
    }

    /// The network that the option names, or else the file.
    private func namedModel(of file: WeightFile, _ described: ImageModelDescription?) throws -> NamedModel {
        if let model { return try findModel(model) }
        guard let name = described?.network else {
            throw ValidationError("\(file.path) does not say which network its weights are of; --model does")
        }
        guard let named = NamedModel(name) else {
            throw wrong(
                file.path, "one of \(NamedModel.names.joined(separator: ", "))", "\(name.prefix(60).debugDescription)")
        }
        return named
    }

    /// Stops with an error unless `network`, from the same file, is what the file describes.
    private func check(
        _ described: ImageModelDescription, of file: String, _ network: any Module<Tensor, Tensor>, classes: Int
    ) throws {
        guard described.classNames.isEmpty || described.classNames.count == classes else {
            throw wrong(file, "names of \(classes) classes, as the weights have", "\(described.classNames.count)")
        }
        guard described.channels == network.inputChannels else {
            throw wrong(file, "\(network.inputChannels) channels, as the weights have", "\(described.channels)")
        }
    }

    /// The error of a file whose description cannot be used.
    private func wrong(_ file: String, _ expected: String, _ found: String) -> FileError {
        FileError(
            .corrupt, file: file, place: "metadata \(ImageModelDescription.metadataKey)", expected: expected,
            found: found)
    }

    private func locateWeights() throws -> URL {
        if let weights { return URL(fileURLWithPath: weights) }
        return try locatePublishedWeights(of: model ?? "", version: weightsVersion, option: "--weights")
    }
}

/// Stops with a message unless images of this shape, `[height, width, channels]`, are large enough for a network.
func checkSize(_ shape: [Int], of source: String, for model: NamedModel) throws {
    guard min(shape[0], shape[1]) >= model.smallestSize else {
        throw ValidationError(
            "\(model.name) takes images of \(model.smallestSize)x\(model.smallestSize) and more, but those of \(source) are "
                + "\(shape[0])x\(shape[1])")
    }
}

extension Module {
    /// The channels of the images that the first convolution takes.
    var inputChannels: Int {
        namedModules.lazy.compactMap { $0.module as? Conv2D }.first.map { $0.weight.shape[2] } ?? 3
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

/// The sizes of a network's first and last layer, as its file of weights tells.
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
                "\(model.weights ?? model.model ?? ""): with these weights the network's outputs are no finite numbers; "
                + "martinet inspect tells which arrays are not")
    }
}

/// A notice that a file of weights cannot hold the facts that its network is used by; nil if its format can.
func lossNotice(for path: String) -> String? {
    guard !path.lowercased().hasSuffix(".safetensors") else { return nil }
    return "\(path) has no place for the classes' names and what is done to images; a .safetensors file has."
}
