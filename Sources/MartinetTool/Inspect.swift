import ArgumentParser
import Foundation
import Martinet
import MartinetCommand
import MartinetFormats
import MartinetVision

struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show what is in a file of weights: names, shapes, types, statistics.",
        discussion: """
            Arrays are read one after the other, so that a file may be larger than the memory.

            Examples:
              martinet inspect resnet50.pth
              martinet inspect model.safetensors --no-statistics
            """)

    @Argument(help: "The file.")
    var file: String

    @Flag(inversion: .prefixedNo, help: "Whether to read the elements, and say what they are like.")
    var statistics = true

    @OptionGroup var json: JSONOption

    /// The result as it is written with `--json`.
    struct Contents: Encodable {
        struct Array: Encodable {
            let name: String
            let shape: [Int]
            let type: String
            let statistics: WeightStatistics?
        }

        let file: String
        let format: String
        let metadata: [String: String]
        let arrays: [Array]
        let unread: [UnreadEntry]
        let notes: [String]
        let elements: Int
        let bytes: Int
    }

    func run() throws {
        Interrupt.listen()
        let weights = try openWeights(at: URL(fileURLWithPath: file))
        var bar = ProgressBar("arrays", total: weights.entries.count, unit: .items("arrays"))
        var arrays: [Contents.Array] = []
        for entry in weights.entries where !Interrupt.isRequested {
            arrays.append(
                Contents.Array(
                    name: entry.name, shape: entry.shape, type: entry.type.rawValue,
                    statistics: statistics ? try entry.statistics() : nil))
            bar.advance(by: 1)
        }
        bar.clear()
        let contents = Contents(
            file: file, format: weights.format.rawValue, metadata: weights.metadata, arrays: arrays,
            unread: weights.unread, notes: weights.notes,
            elements: weights.entries.reduce(0) { $0 + $1.count },
            bytes: weights.entries.reduce(0) { $0 + $1.byteCount })
        json.say(text(contents))
        try json.write(contents)
        if Interrupt.isRequested { throw ExitCode(130) }
    }

    private func text(_ contents: Contents) -> String {
        var table = TextTable(
            ["name", "shape", "type"] + (statistics ? ["least", "most", "mean", "deviation", "not finite"] : []))
        for array in contents.arrays {
            let numbers = array.statistics.map {
                [Double($0.minimum), Double($0.maximum), $0.mean, $0.standardDeviation].map {
                    String(format: "%.4g", $0)
                }
                    + ["\($0.nonFinite)"]
            }
            table.add([array.name, "\(array.shape)", array.type] + (numbers ?? []))
        }
        let rest = contents.metadata.filter { $0.key != ImageModelDescription.metadataKey }
        let metadata =
            facts(of: contents)
            + rest.sorted { $0.key < $1.key }.map { "\n\($0.key): \($0.value)" }.joined()
            + contents.unread.map { "\nnot read: \($0)" }.joined() + contents.notes.map { "\n\($0)" }.joined()
        return """
            \(table)

            \(contents.file): \(contents.format), \(contents.arrays.count) arrays, \(contents.elements) elements, \
            \(String(format: "%.1f", Double(contents.bytes) / 1e6)) MB\(metadata)
            """
    }

    /// The facts that the network is used by, or why they cannot be read; empty where there are none.
    private func facts(of contents: Contents) -> String {
        do {
            let facts = try ImageModelDescription(metadata: contents.metadata, file: contents.file)
            return facts.map { "\n\($0)" } ?? ""
        } catch {
            return "\n\(error)"
        }
    }
}
