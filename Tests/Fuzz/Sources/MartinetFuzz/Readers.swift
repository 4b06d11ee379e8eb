import Foundation
import Martinet
import MartinetFormats
import MartinetONNX
import MartinetVision

/// What can be fuzzed: a name for the command line, and what is done with each input. An input may be refused by an error;
/// anything else that goes wrong is a finding.
struct Reader: Sendable {
    let name: String
    let read: @Sendable ([UInt8]) throws -> Void

    static let all = [
        // Weights, whose format is recognised by their first bytes: the names only stand for different corpora.
        Reader(name: "safetensors") { try readWeights($0) },
        Reader(name: "pytorch") { try readWeights($0) },
        Reader(name: "numpy") { try readWeights($0) },
        // The pickle alone, in an archive that is right: damage to an archive is mostly found by its checksums.
        Reader(name: "pickle") { try readWeights(Array(legacyStart) + $0) },
        Reader(name: "image") { try readImage($0) },
        Reader(name: "idx") { bytes in try withFile(bytes) { _ = try IDX(path: $0, limit: 1 << 24).floats } },
        Reader(name: "cifar") { try readCIFAR($0) },
        Reader(name: "onnx") { try readONNX($0) },
    ]

    /// The magic number and the version of the format that is not in an archive.
    private static let legacyStart: [UInt8] = [
        0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e, 0x80, 2, 0x4d, 0xe9, 3,
        0x2e,
    ]

    /// Opens weights and reads all of them, as long as they are not too many for a fast fuzzer.
    private static func readWeights(_ bytes: [UInt8]) throws {
        var budget = 1 << 22
        for entry in try openWeights(bytes).entries {
            budget -= entry.byteCount
            guard budget > 0 else { return }
            _ = try entry.statistics()
        }
    }

    private static func readImage(_ bytes: [UInt8]) throws {
        _ = try Image(bytes: bytes, name: "the input", pixelLimit: 1 << 20)
    }

    /// The first byte says which of the data set's files the rest is, and whether zeros make it as long as it ought to be.
    private static func readCIFAR(_ bytes: [UInt8]) throws {
        let choice = Int(bytes.first ?? 0)
        let folder = scratch + "/cifar"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for file in (1...5).map({ "data_batch_\($0).bin" }) + ["test_batch.bin", "batches.meta.txt"] {
            let isFuzzed = file == ["data_batch_1.bin", "batches.meta.txt"][choice % 2]
            let contents = isFuzzed ? Data(bytes.dropFirst()) : Data()
            try contents.write(to: URL(fileURLWithPath: "\(folder)/\(file)"))
        }
        if choice % 8 == 6 { _ = truncate(folder + "/data_batch_1.bin", 10_000 * 3073) }
        _ = try CIFAR10(directory: folder, download: false)
    }

    /// Reads a network, and runs it on zeros where it says what shapes it takes. The limits are such that this does not take long.
    private static func readONNX(_ bytes: [UInt8]) throws {
        var limits = ONNXLimits()
        (limits.elements, limits.computedConstants) = (1 << 11, 1 << 13)
        let model = try ONNXModel(data: Data(bytes), limits: limits)
        let inputs = model.inputs.map { ($0.name, Tensor.zeros($0.shape.map { $0 ?? 1 })) }
        _ = try withoutGradients { try model.outputs(for: Dictionary(uniqueKeysWithValues: inputs)) }
        guard inputs.count == 1, inputs[0].1.shape.count > 1, model.outputNames.count == 1 else { return }
        _ = try model.forInference(inputShape: inputs[0].1.shape)
    }

    /// A folder of this process's own, in memory where there is such a place.
    private static let scratch: String = {
        let base = FileManager.default.fileExists(atPath: "/dev/shm") ? "/dev/shm" : NSTemporaryDirectory()
        let folder = "\(base)/martinet-fuzz-\(ProcessInfo.processInfo.processIdentifier)"
        try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        return folder
    }()

    private static func withFile(_ bytes: [UInt8], _ body: (String) throws -> Void) throws {
        let path = scratch + "/input"
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        try body(path)
    }
}
