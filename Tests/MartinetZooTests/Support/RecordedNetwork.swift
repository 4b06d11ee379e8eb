import Foundation
import Martinet
import Testing

/// What torchvision (or Keras) gave for a network, recorded by `Tests/References/zoo.py`, which says more.
struct RecordedNetwork: Decodable {
    /// The name and shape of a parameter or buffer: `["conv1.weight", 7, 7, 3, 64]`.
    struct Listed: Decodable, Equatable {
        let name: String
        let shape: [Int]

        init(name: String, shape: [Int]) {
            self.name = name
            self.shape = shape
        }

        init(from decoder: any Decoder) throws {
            var container = try decoder.unkeyedContainer()
            name = try container.decode(String.self)
            shape = try container.decodeAll()
        }
    }

    /// The gradient by a parameter: its norm and a few of its elements.
    struct Gradient: Decodable {
        let name: String
        let norm: Double
        let samples: [Double]

        init(from decoder: any Decoder) throws {
            var container = try decoder.unkeyedContainer()
            name = try container.decode(String.self)
            norm = try container.decode(Double.self)
            samples = try container.decodeAll()
        }
    }

    /// A pass with two images, and the gradients by a weighted sum of the logits.
    struct Pass: Decodable {
        let logits: [Double]
        let gradients: [Gradient]
        /// In training mode, how far the recorded framework's own gradients in single precision are off, relatively: the
        /// largest over the parameters, in norm.
        let singlePrecisionError: Double?
    }

    /// The number of classes for which names and shapes are listed.
    let classes: Int
    let image: [Int]
    let parameters, buffers: [Listed]
    let parameterCount: Int
    let evaluation, training: Pass

    /// What is recorded of a network that is not computed with.
    struct Listing: Decodable {
        let parameters, buffers: [Listed]
        let parameterCount: Int

        static func load(_ name: String) throws -> Listing { try decode(name) }
    }

    static func load(_ name: String) throws -> RecordedNetwork { try decode(name) }

    private static func decode<Record: Decodable>(_ name: String) throws -> Record {
        let url = try #require(
            Bundle.module.url(forResource: name, withExtension: "json", subdirectory: "References"))
        return try JSONDecoder().decode(Record.self, from: Data(contentsOf: url))
    }
}

extension UnkeyedDecodingContainer {
    /// All elements that are left.
    fileprivate mutating func decodeAll<Element: Decodable>() throws -> [Element] {
        var elements: [Element] = []
        while !isAtEnd { elements.append(try decode(Element.self)) }
        return elements
    }
}
