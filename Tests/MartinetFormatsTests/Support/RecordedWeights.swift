import Foundation
import MartinetFormats
import Testing

/// What `Tests/References/weights.py` recorded.
struct RecordedWeights: Decodable {
    /// A float, which JSON cannot have where it is infinite.
    struct Number: Decodable {
        let value: Double

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let text = try? container.decode(String.self) {
                value = text == "inf" ? .infinity : -.infinity
            } else {
                value = try container.decode(Double.self)
            }
        }
    }

    let types, views, network: [String: [Number]]
    let images, logits: [Float]

    static func load() throws -> RecordedWeights {
        try JSONDecoder().decode(RecordedWeights.self, from: Data(contentsOf: url("expected.json")))
    }

    static func url(_ name: String) throws -> URL {
        let parts = name.split(separator: ".", maxSplits: 1)
        return try #require(
            Bundle.module.url(
                forResource: String(parts[0]), withExtension: String(parts[1]), subdirectory: "References"))
    }

    static func bytes(_ name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: url(name))) }

    /// All files of weights, also those that are to be refused.
    static let files = [
        "network.pth", "network_legacy.pth", "network.safetensors", "types.pth", "types_legacy.pth",
        "types.safetensors", "views.pth", "views_legacy.pth", "checkpoint.pth", "checkpoint_legacy.pth",
        "protocol4.pth", "deflated.pth", "big_endian.pth", "tensor.pth", "module.pth", "types.npz", "compressed.npz",
        "plain.npy", "fortran.npy", "big_endian.npy", "objects.npy", "fields.npy",
        "no_checksums.pth", "objects.pth", "objects_legacy.pth", "objects4.pth", "tied.pth", "averaged.pth",
        "lightning.pth", "expanded.pth", "arrays.pth", "arrays5.pth", "foreign_types.pth", "foreign_types_legacy.pth",
        "names.npz", "float8.safetensors",
    ]
}
