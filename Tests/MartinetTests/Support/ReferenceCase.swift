import Foundation
import Martinet
import Testing

/// What PyTorch (or Keras) gave for one call, recorded by `Tests/References/record.py`, whose README tells more.
struct ReferenceCase: Sendable, CustomTestStringConvertible {
    let family: String
    let name: String
    let operation: String
    private let attributes: [String: Attribute]

    /// By role and name: `input.x`, `output.y`, `outputGradient.y`, `gradient.x`.
    let tensors: [String: RecordedTensor]

    var testDescription: String { name }

    /// The names of the tensors of a role.
    func names(_ role: String) -> [String] {
        tensors.keys.filter { $0.hasPrefix(role + ".") }.map { String($0.dropFirst(role.count + 1)) }.sorted()
    }

    func tensor(_ name: String) throws -> Tensor {
        guard case .floats(let elements, let shape) = try recorded(name) else {
            throw ReferenceError("\(family)/\(self.name): \(name) holds whole numbers")
        }
        return Tensor(elements, shape: shape)
    }

    func indices(_ name: String) throws -> IndexArray {
        guard case .integers(let elements, let shape) = try recorded(name) else {
            throw ReferenceError("\(family)/\(self.name): \(name) does not hold whole numbers")
        }
        return IndexArray(elements, shape: shape)
    }

    private func recorded(_ name: String) throws -> RecordedTensor {
        guard let found = tensors[name] else { throw ReferenceError("\(family)/\(self.name): no tensor \(name)") }
        return found
    }

    func has(attribute name: String) -> Bool { attributes[name] != nil }

    func double(_ name: String) throws -> Double {
        guard case .number(let value) = attributes[name] else { throw missing(name, "number") }
        return value
    }

    func float(_ name: String) throws -> Float { Float(try double(name)) }

    func int(_ name: String) throws -> Int {
        guard case .number(let value) = attributes[name], let whole = Int(exactly: value) else {
            throw missing(name, "whole number")
        }
        return whole
    }

    func ints(_ name: String) throws -> [Int] {
        guard case .numbers(let values) = attributes[name] else { throw missing(name, "list of numbers") }
        return values.map { Int($0) }
    }

    func floats(_ name: String) throws -> [Float] {
        guard case .numbers(let values) = attributes[name] else { throw missing(name, "list of numbers") }
        return values.map { Float($0) }
    }

    func bool(_ name: String) throws -> Bool {
        guard case .flag(let value) = attributes[name] else { throw missing(name, "flag") }
        return value
    }

    func string(_ name: String) throws -> String {
        guard case .text(let value) = attributes[name] else { throw missing(name, "text") }
        return value
    }

    private func missing(_ attribute: String, _ kind: String) -> ReferenceError {
        ReferenceError("\(family)/\(name): no \(kind) called \(attribute) among the attributes")
    }
}

/// A recorded file that is not what the tests need.
struct ReferenceError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

enum RecordedTensor: Sendable {
    case floats([Float], shape: [Int])
    case integers([Int], shape: [Int])

    var shape: [Int] {
        switch self {
        case .floats(_, let shape), .integers(_, let shape): shape
        }
    }
}

private enum Attribute: Decodable {
    case flag(Bool)
    case number(Double)
    case numbers([Double])
    case text(String)

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let value = try? container.decode(Bool.self) {
            self = .flag(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let values = try? container.decode([Double].self) {
            self = .numbers(values)
        } else {
            self = .text(try container.decode(String.self))
        }
    }
}

extension ReferenceCase {
    private struct Description: Decodable {
        let name: String
        let operation: String
        let attributes: [String: Attribute]
    }

    /// The cases of a family, which is one file; throws where it is missing, damaged or empty.
    static func load(_ family: String) throws -> [ReferenceCase] {
        guard
            let url = Bundle.module.url(
                forResource: family, withExtension: "safetensors", subdirectory: "References")
        else { throw ReferenceError("no recorded file \(family).safetensors") }
        let file = try SafeTensorsFile(Data(contentsOf: url), name: family)
        guard let text = file.metadata["cases"] else { throw ReferenceError("\(family): no list of cases") }
        let descriptions = try JSONDecoder().decode([Description].self, from: Data(text.utf8))
        guard !descriptions.isEmpty else { throw ReferenceError("\(family): no cases") }
        var tensors: [String: [String: RecordedTensor]] = [:]
        for (name, tensor) in file.tensors {
            let parts = name.split(separator: "/", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { throw ReferenceError("\(family): a tensor called \(name)") }
            tensors[parts[0], default: [:]][parts[1]] = tensor
        }
        return try descriptions.map { description in
            guard let own = tensors[description.name] else {
                throw ReferenceError("\(family)/\(description.name): no tensors")
            }
            return ReferenceCase(
                family: family, name: description.name, operation: description.operation,
                attributes: description.attributes, tensors: own)
        }
    }

    /// The one case of that name.
    static func load(_ family: String, case name: String) throws -> ReferenceCase {
        guard let found = try load(family).first(where: { $0.name == name }) else {
            throw ReferenceError("\(family): no case \(name)")
        }
        return found
    }
}

/// As much of the safetensors format as the recorder writes: the header's length, the header as JSON, the tensors.
private struct SafeTensorsFile {
    private struct Entry: Decodable {
        let dtype: String
        let shape: [Int]
        let offsets: [Int]

        enum CodingKeys: String, CodingKey {
            case dtype, shape
            case offsets = "data_offsets"
        }
    }

    private enum HeaderItem: Decodable {
        case entry(Entry)
        case metadata([String: String])

        init(from decoder: any Decoder) throws {
            if let entry = try? Entry(from: decoder) {
                self = .entry(entry)
            } else {
                self = .metadata(try [String: String](from: decoder))
            }
        }
    }

    private(set) var metadata: [String: String] = [:]
    private(set) var tensors: [String: RecordedTensor] = [:]

    init(_ data: Data, name: String) throws {
        guard data.count >= 8 else { throw ReferenceError("\(name): \(data.count) bytes are no safetensors file") }
        let length = data.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)) }
        guard length <= UInt64(data.count - 8) else { throw ReferenceError("\(name): the header is cut off") }
        let start = 8 + Int(length)
        let header = try JSONDecoder().decode([String: HeaderItem].self, from: data[8..<start])
        for (key, item) in header {
            switch item {
            case .metadata(let values): metadata = values
            case .entry(let entry):
                let count = entry.shape.reduce(1, *)
                guard
                    entry.offsets.count == 2, entry.offsets[0] >= 0,
                    entry.offsets[1] - entry.offsets[0] == count * 4,
                    start + entry.offsets[1] <= data.count
                else { throw ReferenceError("\(name)/\(key): the offsets do not fit") }
                let offset = start + entry.offsets[0]
                tensors[key] = try data.withUnsafeBytes { bytes in
                    switch entry.dtype {
                    case "F32":
                        .floats(
                            (0..<count).map { bytes.loadUnaligned(fromByteOffset: offset + 4 * $0, as: Float.self) },
                            shape: entry.shape)
                    case "I32":
                        .integers(
                            (0..<count).map {
                                Int(bytes.loadUnaligned(fromByteOffset: offset + 4 * $0, as: Int32.self))
                            }, shape: entry.shape)
                    default: throw ReferenceError("\(name)/\(key): unexpected type \(entry.dtype)")
                    }
                }
            }
        }
    }
}
