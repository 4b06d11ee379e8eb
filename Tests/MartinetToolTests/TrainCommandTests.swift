import Foundation
import MartinetFormats
import MartinetTestSupport
import Testing

@Suite struct TrainCommandTests {
    private let workplace: Workplace

    init() throws { workplace = try Workplace() }

    /// The settings of the file count where the command line has none, and a training that is done is not done again.
    @Test func trainsByAFileOfSettingsAndGoesOn() throws {
        let settings = """
            {"model": "cifar-resnet8", "dataset": "animals", "epochs": 9, "batch-size": 4, "learning-rate": 0.05, "seed": 3}
            """
        try workplace.folder.write("settings.json", Array(settings.utf8))
        let command = ["train", "--config", "settings.json", "--epochs", "2", "--checkpoint", "checkpoint.safetensors"]
        let history = try #require(
            try workplace.json(command + ["--output", "trained.safetensors"]) as? [String: Any])
        #expect((history["epochs"] as? [Any])?.count == 2)
        #expect(history["ending"] as? String == "completed")

        let again = try workplace.martinet(command + ["--output", "again.npz"])
        #expect(again.status == 0 && again.errors.isEmpty)
        #expect(again.output.contains("After 2 epochs: accuracy"))
        let (first, second) = try (
            openWeights(at: workplace.folder.url("trained.safetensors")),
            openWeights(at: workplace.folder.url("again.npz"))
        )
        #expect(first.entries.count == second.entries.count)
        let fresh = try openWeights(at: workplace.folder.url("weights.safetensors"))
        for (entry, other) in zip(
            first.entries.sorted { $0.name < $1.name }, second.entries.sorted { $0.name < $1.name })
        {
            #expect(entry.name == other.name)
            #expect(try entry.statistics().mean == other.statistics().mean, "\(entry.name)")
        }
        #expect(fresh.entries.map(\.name).sorted() == first.entries.map(\.name).sorted())

        let result = try #require(
            try workplace.json([
                "evaluate", "--model", "cifar-resnet8", "--weights", "trained.safetensors", "--dataset", "animals",
                "--preprocessing", "dataset",
            ]) as? [String: Any])
        #expect(again.output.contains(String(format: "%.2f %%", 100 * (result["accuracy"] as? Double ?? -1))))
    }

    @Test func controlCKeepsTheCheckpointAndWritesNoWeights() throws {
        let checkpoint = workplace.folder.url("checkpoint.safetensors")
        let outcome = try workplace.martinet(
            [
                "train", "--model", "cifar-resnet8", "--dataset", "animals", "--epochs", "100000", "--checkpoint",
                "checkpoint.safetensors", "--output", "trained.safetensors",
            ],
            interrupting: { FileManager.default.fileExists(atPath: checkpoint.path) })
        #expect(outcome.status == 130 && !outcome.errors.contains("Error"), "\(outcome)")
        #expect(try openWeights(at: checkpoint).entries.count > 20)
        #expect(workplace.folder.contents == ["animals", "checkpoint.safetensors", "weights.safetensors"])
    }
}
