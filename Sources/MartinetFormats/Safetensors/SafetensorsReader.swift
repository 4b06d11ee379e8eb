import Martinet
import MartinetFiles

/// Reads [safetensors](https://github.com/huggingface/safetensors) files.
enum SafetensorsReader: WeightReader {
    static func recognises(_ file: MappedFile) -> Bool { file.withBytes(SafetensorsHeader.recognises) }

    static func read(_ file: MappedFile) throws(FileError) -> WeightFile {
        let header: SafetensorsHeader
        do {
            header = try file.withBytes { bytes in
                Result { () throws(SafetensorsHeader.Problem) in try SafetensorsHeader(bytes) }
            }.get()
        } catch {
            throw FileError(
                .corrupt, file: file.path, place: error.place, expected: error.expected, found: error.found)
        }
        var (entries, unread) = ([WeightEntry](), [UnreadEntry]())
        for (name, entry) in header.entries {
            guard let type = ElementType(safetensors: entry.dtype) else {
                unread.append(UnreadEntry(name: name, found: "elements of the type \(entry.dtype)"))
                continue
            }
            let range = header.start + entry.offsets[0]..<header.start + entry.offsets[1]
            entries.append(
                WeightEntry(
                    name: name, shape: entry.shape, type: type, byteRange: range,
                    source: MappedElements(file: file, range: range)))
        }
        if entries.isEmpty, let first = unread.first {
            throw FileError(
                .unsupported, file: file.path, place: "in the header, \(first.name)",
                expected: "a type of " + ElementType.allCases.map(\.safetensorsName).joined(separator: ", "),
                found: first.found)
        }
        let convention = header.metadata[WeightConvention.metadataKey].flatMap(WeightConvention.init(named:))
        return WeightFile(
            path: file.path, format: .safetensors, entries: entries, metadata: header.metadata, unread: unread,
            convention: convention ?? .pytorch)
    }
}

extension ElementType {
    /// The format's name of the type, as "BF16".
    var safetensorsName: String {
        switch self {
        case .float16: "F16"
        case .bfloat16: "BF16"
        case .float32: "F32"
        case .float64: "F64"
        case .int8: "I8"
        case .int16: "I16"
        case .int32: "I32"
        case .int64: "I64"
        case .uint8: "U8"
        case .uint16: "U16"
        case .uint32: "U32"
        case .uint64: "U64"
        case .bool: "BOOL"
        }
    }

    init?(safetensors name: String) {
        guard let type = Self.allCases.first(where: { $0.safetensorsName == name }) else { return nil }
        self = type
    }
}
