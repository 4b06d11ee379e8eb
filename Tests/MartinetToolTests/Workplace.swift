import Foundation
import Martinet
import MartinetFormats
import MartinetTestSupport
import MartinetVision
import MartinetZoo

/// A folder with what the commands work on: images of three classes, and weights of a network for them.
struct Workplace {
    let folder: TemporaryFolder
    /// What `weights.safetensors` is of, in evaluation mode.
    let model: ResNet

    /// - Parameter inputChannels: of the network.
    init(inputChannels: Int = 3) throws {
        folder = try TemporaryFolder()
        let generator = RandomGenerator(seed: 5)
        model = ResNet.cifar(
            depth: 8, shortcut: .zeroPadding, inputChannels: inputChannels, classes: 3, generator: generator
        ).eval()
        try model.save(to: folder.url("weights.safetensors"), convention: .pytorch)
        for (label, name) in ["cat", "dog", "frog"].enumerated() {
            try FileManager.default.createDirectory(
                at: folder.url("animals/\(name)"), withIntermediateDirectories: true)
            for index in 0..<2 {
                let noise = Tensor.uniform([40, 36 + label, 3], generator: generator)
                try Image(noise).write(to: path("animals/\(name)/\(index).png"))
            }
        }
    }

    /// Writes random weights for so many classes.
    static func saveWeights(classes: Int, to url: URL) throws {
        try ResNet.cifar(depth: 8, shortcut: .zeroPadding, classes: classes, generator: RandomGenerator(seed: 6))
            .save(to: url, convention: .pytorch)
    }

    func parameter(_ name: String) -> Parameter { model.namedParameters.first { $0.name == name }!.parameter }

    func path(_ name: String) -> String { folder.url(name).path }

    /// What the network takes, made of one of the images.
    func input(_ image: String) throws -> Tensor {
        let preprocess = ImagePreprocessing(
            imageTransforms: [Resize(32), CenterCrop(32)],
            transform: Standardization(mean: CIFAR10.mean, standardDeviation: CIFAR10.standardDeviation))
        return preprocess(try Image(path: path(image)))
    }

    /// Runs the command in the folder.
    func martinet(
        _ arguments: [String], interrupting: (@Sendable () -> Bool)? = nil
    ) throws -> Program.Outcome {
        try Program("martinet").run(arguments, in: folder.path, interrupting: interrupting)
    }

    /// What the command writes as JSON.
    func json(_ arguments: [String]) throws -> Any {
        let outcome = try martinet(arguments + ["--json", "-"])
        guard outcome.status == 0 else { throw Unexpected(outcome: outcome) }
        return try JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
    }

    struct Unexpected: Error {
        let outcome: Program.Outcome
    }
}
