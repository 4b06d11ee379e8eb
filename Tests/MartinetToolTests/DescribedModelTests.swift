import Foundation
import MartinetFormats
import MartinetONNX
import MartinetTestSupport
import MartinetVision
import MartinetZoo
import Testing

/// Networks whose files say how they are used.
@Suite struct DescribedModelTests {
    private let workplace: Workplace

    /// As many as CIFAR-10 has.
    private static let plants = ["ash", "beech", "elm", "fir", "hazel", "larch", "maple", "oak", "pine", "yew"]

    init() throws {
        workplace = try Workplace()
        for (label, name) in Self.plants.enumerated() {
            let folder = workplace.folder.url("plants/\(name)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            for index in 0..<2 {
                let shade = UInt8(20 * label + index)
                let pixels = (0..<36 * 40).flatMap { _ in [shade, 255 - shade, shade / 2] }
                try Image(pixels: pixels, height: 36, width: 40, channels: 3)
                    .write(to: folder.appending(path: "\(index).png").path)
            }
        }
    }

    private func train(_ output: String) throws -> [String: Any] {
        try #require(
            try workplace.json([
                "train", "--model", "cifar-resnet8", "--dataset", "plants", "--epochs", "2", "--batch-size", "5",
                "--output", output, "--checkpoint", "checkpoint.safetensors",
            ]) as? [String: Any])
    }

    @Test func aTrainedNetworkKnowsItsClassesAndItsPreprocessing() throws {
        let history = try train("trained.safetensors")
        let epochs = try #require(history["epochs"] as? [[String: Any]])
        let accuracy = try #require(epochs.last?["validationAccuracy"] as? Double)
        for weights in ["trained.safetensors", "checkpoint.safetensors"] {
            let answers = try #require(
                try workplace.json(["classify", "plants/oak/0.png", "--weights", weights]) as? [[String: Any]])
            let classes = try #require(answers[0]["classes"] as? [[String: Any]])
            #expect(classes.count == 5)
            for one in classes {
                let index = try #require(one["index"] as? Int)
                #expect(one["name"] as? String == Self.plants[index])
            }
            let result = try #require(
                try workplace.json(["evaluate", "--weights", weights, "--dataset", "plants"]) as? [String: Any])
            #expect(result["preprocessing"] as? String == "described")
            #expect(result["classes"] as? [String] == Self.plants)
            #expect(try abs(#require(result["accuracy"] as? Double) - accuracy) < 1e-9)
        }
        let explained = try #require(
            try workplace.json(["explain", "plants/oak/0.png", "--weights", "trained.safetensors", "--class", "3"])
                as? [String: Any])
        #expect(explained["name"] as? String == "fir")
    }

    @Test func theFactsGoWithTheWeights() throws {
        _ = try train("trained.safetensors")
        let written = try openWeights(at: workplace.folder.url("trained.safetensors"))
        let facts = try #require(try ImageModelDescription(metadata: written.metadata, file: written.path))
        #expect(facts.network == "cifar-resnet8" && facts.shape == [32, 32, 3] && facts.classNames == Self.plants)

        let text = try workplace.martinet(["inspect", "trained.safetensors", "--no-statistics"]).output
        #expect(text.contains("\(facts)") && !text.contains(ImageModelDescription.metadataKey), "\(text)")

        for command in [
            ["convert", "trained.safetensors", "plain.safetensors"],
            ["convert", "trained.safetensors", "torch.safetensors", "--model", "cifar-resnet8"],
        ] {
            #expect(try workplace.martinet(command).status == 0)
            let converted = try openWeights(at: workplace.folder.url(command[2]))
            #expect(try ImageModelDescription(metadata: converted.metadata, file: converted.path) == facts)
        }
        let loss = try workplace.martinet(["convert", "trained.safetensors", "trained.npz"])
        #expect(loss.status == 0 && loss.output.hasPrefix("trained.npz has no place for"), "\(loss)")

        let outcome = try workplace.martinet([
            "export", "cifar-resnet8", "trained.onnx", "--weights", "trained.safetensors",
        ])
        #expect(outcome.status == 0, "\(outcome.errors)")
        let model = try ONNXModel(contentsOf: workplace.folder.url("trained.onnx"), inputShape: [1, 32, 32, 3])
        #expect(try ImageModelDescription(metadata: model.metadata, file: "trained.onnx") == facts)
    }

    /// Ten classes are not CIFAR-10's.
    @Test func withoutFactsClassesHaveNumbers() throws {
        try Workplace.saveWeights(classes: 10, to: workplace.folder.url("ten.safetensors"))
        let command = ["classify", "plants/oak/0.png", "--model", "cifar-resnet8", "--weights", "ten.safetensors"]
        func names(_ options: [String]) throws -> [String] {
            let answers = try #require(try workplace.json(command + options) as? [[String: Any]])
            return try #require(answers[0]["classes"] as? [[String: Any]]).compactMap { $0["name"] as? String }
        }
        #expect(try names([]).allSatisfy { $0.hasPrefix("class ") })
        #expect(try names(["--labels", "cifar10"]).allSatisfy { CIFAR10.classNames.contains($0) })
        let outcome = try workplace.martinet(["classify", "plants/oak/0.png", "--weights", "ten.safetensors"])
        #expect(outcome.status != 0 && outcome.errors.contains("does not say which network"), "\(outcome)")
    }

    /// Other programs would take the guess for a fact.
    @Test func guessesAreNotExported() throws {
        func exported(_ options: [String]) throws -> ImageModelDescription? {
            let outcome = try workplace.martinet(
                ["export", "cifar-resnet8", "model.onnx", "--weights", "weights.safetensors"] + options)
            #expect(outcome.status == 0, "\(outcome)")
            let model = try ONNXModel(contentsOf: workplace.folder.url("model.onnx"), inputShape: [1, 32, 32, 3])
            return try ImageModelDescription(metadata: model.metadata, file: "model.onnx")
        }
        #expect(try exported([]) == nil)
        try workplace.folder.write("names.txt", Array("tabby\ncollie\ntree frog\n".utf8))
        let facts = try exported(["--preprocessing", "imagenet-statistics", "--labels", "names.txt"])
        #expect(facts?.normalization == .imageNet && facts?.classNames == ["tabby", "collie", "tree frog"])
    }

    @Test func factsThatDoNotFitTheWeightsAreRefused() throws {
        var facts = ImageModelDescription(
            network: "cifar-resnet8", height: 32, width: 32, fitting: .crop(shorterSide: 32),
            normalization: .imageNet, classNames: ["one", "two"])
        for (words, change) in [
            ("names of 3 classes", { _ in }),
            ("martinet.image_model): expected one of plain18", { $0.network = "resnet19" }),
            ("3 channels, as the weights have", { $0 = Self.grey }),
        ] as [(String, (inout ImageModelDescription) -> Void)] {
            change(&facts)
            try workplace.model.save(
                to: workplace.folder.url("wrong.safetensors"), convention: .pytorch, metadata: facts.metadata)
            let outcome = try workplace.martinet(["classify", "plants/oak/0.png", "--weights", "wrong.safetensors"])
            #expect(outcome.status != 0 && outcome.errors.contains(words), "\(outcome)")
            #expect(outcome.errors.contains("wrong.safetensors"))
        }
    }

    /// A network of that name at that size has no pixel left inside.
    @Test func imagesThatAreTooSmallAreNotExported() throws {
        let facts = ImageModelDescription(
            network: "densenet121", height: 1, width: 1, fitting: .squeeze, normalization: .imageNet)
        try DenseNet(.denseNet121, classes: 3).save(
            to: workplace.folder.url("small.safetensors"), metadata: facts.metadata)
        let outcome = try workplace.martinet([
            "export", "densenet121", "small.onnx", "--weights", "small.safetensors",
        ])
        #expect(outcome.status > 0 && outcome.errors.contains("takes images of 29x29 and more"), "\(outcome)")
    }

    @Test func inspectSaysWhatIsWrongWithTheFacts() throws {
        try workplace.model.save(
            to: workplace.folder.url("wrong.safetensors"), metadata: [ImageModelDescription.metadataKey: "[]"])
        let outcome = try workplace.martinet(["inspect", "wrong.safetensors", "--no-statistics"])
        #expect(outcome.status == 0 && outcome.output.contains("expected the JSON of an image model"), "\(outcome)")
    }

    private static let grey = ImageModelDescription(
        network: "cifar-resnet8", height: 32, width: 32, channels: 1, fitting: .squeeze,
        normalization: .standardization(mean: [0], standardDeviation: [1]))
}
