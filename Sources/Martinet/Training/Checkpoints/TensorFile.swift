import Foundation

/// Named arrays and some text in one file, in the layout of safetensors, which other frameworks read too: the header's length
/// in 8 bytes, the header as JSON, the elements.
struct TensorFile {
    var tensors: [String: NDArray] = [:]
    var metadata: [String: String] = [:]

    private struct Entry: Codable {
        let dtype: String
        let shape: [Int]
        let offsets: [Int]

        private enum CodingKeys: String, CodingKey {
            case dtype, shape
            case offsets = "data_offsets"
        }
    }

    /// What a header's key stands for: a tensor, or, under `__metadata__`, text.
    private enum Value: Codable {
        case tensor(Entry)
        case metadata([String: String])

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let text = try? container.decode([String: String].self) {
                self = .metadata(text)
            } else {
                self = .tensor(try container.decode(Entry.self))
            }
        }

        func encode(to encoder: any Encoder) throws {
            switch self {
            case .tensor(let entry): try entry.encode(to: encoder)
            case .metadata(let text): try text.encode(to: encoder)
            }
        }
    }

    /// The file's bytes.
    var data: Data {
        get throws {
            var header: [String: Value] = ["__metadata__": .metadata(metadata)]
            var offset = 0
            let sorted = tensors.sorted { $0.key < $1.key }
            for (name, array) in sorted {
                let end = offset + array.count * MemoryLayout<Float>.stride
                header[name] = .tensor(Entry(dtype: "F32", shape: array.shape, offsets: [offset, end]))
                offset = end
            }
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            var json = try encoder.encode(header)
            // So that the elements are aligned.
            json.append(Data(repeating: UInt8(ascii: " "), count: (8 - json.count % 8) % 8))
            var data = withUnsafeBytes(of: UInt64(json.count).littleEndian) { Data($0) }
            data.append(json)
            data.reserveCapacity(data.count + offset)
            for (_, array) in sorted {
                array.withUnsafePointer {
                    data.append(Data(bytes: $0, count: array.count * MemoryLayout<Float>.stride))
                }
            }
            return data
        }
    }

    init() {}

    /// - Throws: a `Problem` that says what is wrong with the bytes.
    init(_ data: Data) throws(Problem) {
        let data = Data(data)
        guard data.count >= 8 else { throw Problem("it has \(data.count) bytes, expected at least 8") }
        let length = data.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard length <= UInt64(data.count - 8) else {
            throw Problem("its header claims \(length) bytes, but only \(data.count - 8) follow")
        }
        let header: [String: Value]
        do {
            header = try JSONDecoder().decode([String: Value].self, from: data[8..<8 + Int(length)])
        } catch {
            throw Problem("its header is not that of a safetensors file")
        }
        let elements = data[(8 + Int(length))...]
        for (name, value) in header {
            switch value {
            case .metadata(let text): metadata = text
            case .tensor(let entry): tensors[name] = try Self.array(name, entry, in: elements)
            }
        }
    }

    private static func array(_ name: String, _ entry: Entry, in elements: Data) throws(Problem) -> NDArray {
        guard entry.dtype == "F32" else { throw Problem("\(name) has elements of type \(entry.dtype), expected F32") }
        var size = MemoryLayout<Float>.stride
        for axis in entry.shape {
            let (product, overflow) = size.multipliedReportingOverflow(by: axis)
            guard axis >= 0, !overflow else { throw Problem("\(name) has the shape \(entry.shape)") }
            size = product
        }
        let offsets = entry.offsets
        guard offsets.count == 2, offsets[0] >= 0, offsets[0] <= offsets[1], offsets[1] <= elements.count,
            offsets[1] - offsets[0] == size
        else {
            throw Problem(
                "\(name) of shape \(entry.shape) is said to be at the bytes \(offsets) of \(elements.count), "
                    + "expected \(size) of them")
        }
        return NDArray(shape: entry.shape) { out in
            let bytes = UnsafeMutableRawBufferPointer(start: out, count: size)
            elements[(elements.startIndex + offsets[0])..<(elements.startIndex + offsets[1])].copyBytes(to: bytes)
        }
    }

    /// What is wrong with a file.
    struct Problem: Error {
        let description: String

        init(_ description: String) { self.description = description }
    }
}
