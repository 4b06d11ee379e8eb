import Foundation

/// The header of a safetensors file: its length in 8 bytes, then JSON that says which arrays follow and where. Understood and
/// checked here for all who read such files.
package struct SafetensorsHeader {
    /// An array.
    package struct Entry: Codable, Sendable {
        /// As "F32".
        package let dtype: String
        package let shape: [Int]
        /// Where its first byte is and where its last one is over, from the end of the header.
        package let offsets: [Int]

        package init(dtype: String, shape: [Int], offsets: [Int]) {
            self.dtype = dtype
            self.shape = shape
            self.offsets = offsets
        }

        private enum CodingKeys: String, CodingKey {
            case dtype, shape
            case offsets = "data_offsets"
        }
    }

    /// In the order of their elements.
    package let entries: [(name: String, entry: Entry)]
    package let metadata: [String: String]

    /// Where the elements start in the file.
    package let start: Int

    /// The value of a header's key: an array, or, under `__metadata__`, text.
    private enum Value: Codable {
        case tensor(Entry)
        case metadata([String: String])

        init(from decoder: any Decoder) throws {
            if decoder.codingPath.first?.stringValue == "__metadata__" {
                self = .metadata(try [String: String](from: decoder))
            } else {
                self = .tensor(try Entry(from: decoder))
            }
        }

        func encode(to encoder: any Encoder) throws {
            switch self {
            case .tensor(let entry): try entry.encode(to: encoder)
            case .metadata(let text): try text.encode(to: encoder)
            }
        }
    }

    /// Longer headers are refused, as by the format's own library: 100 MB.
    private static let longest: UInt64 = 100_000_000

    /// The size of an element in bytes, for each type of whole bytes that the format has.
    package static let elementSizes = [
        "BOOL": 1, "U8": 1, "I8": 1, "F8_E5M2": 1, "F8_E4M3": 1, "I16": 2, "U16": 2, "F16": 2, "BF16": 2, "I32": 4,
        "U32": 4, "F32": 4, "I64": 8, "U64": 8, "F64": 8, "F8_E8M0": 1,
        "C64": 8,
    ]

    /// The bytes in front of the elements, which are aligned to 8 bytes if the offsets are.
    package static func encode(_ entries: [String: Entry], metadata: [String: String]) throws -> Data {
        var header = entries.mapValues(Value.tensor)
        if !metadata.isEmpty { header["__metadata__"] = .metadata(metadata) }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var json = try encoder.encode(header)
        json.append(Data(repeating: UInt8(ascii: " "), count: (8 - json.count % 8) % 8))
        return withUnsafeBytes(of: UInt64(json.count).littleEndian) { Data($0) } + json
    }

    /// Whether these are the first bytes of such a file: a length that the file can hold, and a brace.
    package static func recognises(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count > 8, let length = try? length(bytes) else { return false }
        return length >= 2 && bytes[8] == UInt8(ascii: "{")
    }

    private static func length(_ bytes: UnsafeRawBufferPointer) throws(Problem) -> Int {
        guard bytes.count >= 8 else {
            throw Problem(place: "at byte 0", expected: "at least 8 bytes", found: "\(bytes.count)")
        }
        let length = bytes.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let most = min(UInt64(bytes.count - 8), longest)
        guard length <= most else {
            throw Problem(place: "at byte 0", expected: "a header of at most \(most) bytes", found: "\(length)")
        }
        return Int(length)
    }

    /// Understands and checks the header of a file with these bytes.
    ///
    /// The arrays must lie one after the other, with nothing before, between or behind them, as the format demands.
    package init(_ bytes: UnsafeRawBufferPointer) throws(Problem) {
        let length = try Self.length(bytes)
        start = 8 + length
        let header: [String: Value]
        do {
            let json = Data(UnsafeRawBufferPointer(rebasing: bytes[8..<8 + length]))
            header = try JSONDecoder().decode([String: Value].self, from: json)
        } catch {
            throw Problem(
                place: "in the header", expected: "JSON with a type, a shape and offsets for each array",
                found: Self.describe(error))
        }
        var entries: [(name: String, entry: Entry)] = []
        var metadata: [String: String] = [:]
        for (name, value) in header {
            switch value {
            case .metadata(let text): metadata = text
            case .tensor(let entry):
                try Self.check(name, entry)
                entries.append((name, entry))
            }
        }
        entries.sort {
            ($0.entry.offsets[0], $0.entry.offsets[1], $0.name) < ($1.entry.offsets[0], $1.entry.offsets[1], $1.name)
        }
        self.entries = entries
        self.metadata = metadata
        var position = 0
        for (name, entry) in entries {
            guard entry.offsets[0] == position else {
                throw Problem(
                    place: "in the header, \(name)", expected: "elements from byte \(position) on",
                    found: "from byte \(entry.offsets[0]) on")
            }
            position = entry.offsets[1]
        }
        guard position == bytes.count - start else {
            throw Problem(
                place: "at byte \(start)", expected: "\(position) bytes of elements", found: "\(bytes.count - start)")
        }
    }

    /// Holds an array's offsets against its shape. Of a type that is not known, they only have to be in order.
    private static func check(_ name: String, _ entry: Entry) throws(Problem) {
        let place = "in the header, \(name)"
        let offsets = entry.offsets
        guard var size = elementSizes[entry.dtype] else {
            guard offsets.count == 2, offsets[0] >= 0, offsets[0] <= offsets[1] else {
                throw Problem(place: place, expected: "the two ends of its bytes", found: "\(offsets)")
            }
            return
        }
        for axis in entry.shape {
            let (product, overflow) = size.multipliedReportingOverflow(by: axis)
            guard axis >= 0, !overflow else {
                throw Problem(place: place, expected: "a shape that a file can hold", found: "\(entry.shape)")
            }
            size = product
        }
        guard offsets.count == 2, offsets[0] >= 0, offsets[0] <= offsets[1], offsets[1] - offsets[0] == size else {
            throw Problem(
                place: place, expected: "the two ends of \(size) bytes for the shape \(entry.shape)",
                found: "\(offsets)")
        }
    }

    private static func describe(_ error: any Error) -> String {
        switch error {
        case DecodingError.dataCorrupted(let context), DecodingError.typeMismatch(_, let context),
            DecodingError.keyNotFound(_, let context), DecodingError.valueNotFound(_, let context):
            let place = context.codingPath.map(\.stringValue).joined(separator: "/")
            return (place.isEmpty ? "" : "\(place): ") + context.debugDescription
        default: return "\(error)"
        }
    }

    /// An error in a file.
    package struct Problem: Error {
        package let place, expected, found: String

        /// In a sentence about the file.
        package var description: String { "\(place): expected \(expected), found \(found)" }
    }
}
