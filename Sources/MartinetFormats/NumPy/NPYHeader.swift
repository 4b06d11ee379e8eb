import MartinetFiles

/// The header of a NumPy array file (NumPy Enhancement Proposal 1): magic bytes, a version, and a Python dictionary with the
/// type, the order of the elements and the shape.
struct NPYHeader {
    let type: ElementType
    let shape: [Int]
    /// Whether the first axis turns fastest.
    let isFortranOrder: Bool
    /// The header's length, behind which the elements are.
    let length: Int

    static let magic: [UInt8] = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]

    /// Headers that are longer than this are refused: 64 KiB.
    static let limit = 1 << 16

    /// - Parameters:
    ///   - bytes: the start of the array file, up to `limit` bytes and the 12 before the dictionary.
    ///   - path: the file's path, for messages.
    ///   - name: the array's name there.
    init(_ bytes: [UInt8], path: String, name: String) throws(FileError) {
        func error(_ kind: FileError.Kind, expected: String, found: String) -> FileError {
            FileError(kind, file: path, place: "the header of \(name)", expected: expected, found: found)
        }
        guard bytes.starts(with: Self.magic), bytes.count >= 10 else {
            throw error(.wrongMagic, expected: "the start of a NumPy array", found: "something else")
        }
        let version = bytes[6]
        guard (1...3).contains(version), version == 1 || bytes.count >= 12 else {
            throw error(.unsupported, expected: "version 1 to 3", found: "\(version)")
        }
        let start = version == 1 ? 10 : 12
        let size = bytes[8..<start].reversed().reduce(0) { $0 << 8 | Int($1) }
        guard size <= Self.limit, start + size <= bytes.count else {
            throw error(
                .truncated, expected: "a header of at most \(min(Self.limit, bytes.count - start)) bytes",
                found: "\(size)")
        }
        var parser = LiteralParser(bytes[start..<start + size])
        guard case .dictionary(let fields)? = parser.value(), parser.isAtEnd else {
            throw error(.corrupt, expected: "a Python dictionary", found: "something else")
        }
        guard case .bool(let fortran)? = fields["fortran_order"], case .tuple(let axes)? = fields["shape"],
            let descriptor = fields["descr"]
        else {
            throw error(
                .corrupt, expected: "descr, fortran_order and shape", found: "\(fields.keys.sorted().prefix(8))")
        }
        guard case .string(let code) = descriptor, let type = ElementType(numpy: code) else {
            let found = if case .string(let code) = descriptor { String(code.prefix(40)) } else { "fields" }
            throw error(
                .unsupported,
                expected: "little-endian numbers: "
                    + ElementType.allCases.compactMap(\.numpyName).joined(separator: ", "),
                found: found.hasPrefix(">") ? "\(found), which is big-endian" : found)
        }
        shape = axes.compactMap { if case .int(let size) = $0 { size } else { nil } }
        guard shape.count == axes.count, shape.count <= 64, byteCount(shape, type) != nil else {
            throw error(.corrupt, expected: "a shape that a file can hold", found: "\(shape.prefix(64))")
        }
        self.type = type
        isFortranOrder = fortran
        length = start + size
    }

    /// The header of an array in row-major order, whose length is a multiple of 64.
    static func encode(_ type: ElementType, _ shape: [Int]) -> [UInt8]? {
        guard let code = type.numpyName else { return nil }
        let axes = shape.map { "\($0)," }.joined(separator: " ")
        let text = "{'descr': '\(code)', 'fortran_order': False, 'shape': (\(axes)), }"
        let padding = 63 - (10 + text.utf8.count) % 64
        let size = text.utf8.count + padding + 1
        guard size < 1 << 16 else { return nil }
        return magic + [1, 0, UInt8(size & 0xff), UInt8(size >> 8)] + text.utf8
            + [UInt8](repeating: UInt8(ascii: " "), count: padding) + [UInt8(ascii: "\n")]
    }
}

extension ElementType {
    /// NumPy's name of the type, as "<f4"; nil for bfloat16, which it does not have.
    var numpyName: String? {
        switch self {
        case .float16: "<f2"
        case .bfloat16: nil
        case .float32: "<f4"
        case .float64: "<f8"
        case .int8: "|i1"
        case .int16: "<i2"
        case .int32: "<i4"
        case .int64: "<i8"
        case .uint8: "|u1"
        case .uint16: "<u2"
        case .uint32: "<u4"
        case .uint64: "<u8"
        case .bool: "|b1"
        }
    }

    init?(numpy name: String) {
        guard let type = Self.allCases.first(where: { $0.numpyName == name }) else { return nil }
        self = type
    }
}

/// Understands the Python literals that array headers consist of.
private struct LiteralParser {
    enum Literal {
        case string(String)
        case bool(Bool)
        case int(Int)
        case tuple([Literal])
        case dictionary([String: Literal])
    }

    private var rest: ArraySlice<UInt8>
    /// Nesting that no header needs ends the parse.
    private var depth = 0

    init(_ text: ArraySlice<UInt8>) { rest = text }

    /// Whether nothing but blanks is left.
    var isAtEnd: Bool { rest.allSatisfy { [0x20, 0x0a, 0].contains($0) } }

    mutating func value() -> Literal? {
        depth += 1
        defer { depth -= 1 }
        guard depth < 8 else { return nil }
        skipBlanks()
        switch rest.first {
        case UInt8(ascii: "'"), UInt8(ascii: "\""): return string().map(Literal.string)
        case UInt8(ascii: "{"): return dictionary()
        case UInt8(ascii: "("): return sequence(end: UInt8(ascii: ")"))
        case UInt8(ascii: "["): return sequence(end: UInt8(ascii: "]"))
        default: return word()
        }
    }

    private mutating func skipBlanks() { rest = rest.drop { $0 == 0x20 || $0 == 0x0a } }

    private mutating func take(_ byte: UInt8) -> Bool {
        skipBlanks()
        guard rest.first == byte else { return false }
        rest = rest.dropFirst()
        return true
    }

    private mutating func string() -> String? {
        guard let quote = rest.popFirst(), let end = rest.firstIndex(of: quote) else { return nil }
        defer { rest = rest[(end + 1)...] }
        return String(decoding: rest[..<end], as: UTF8.self)
    }

    private mutating func word() -> Literal? {
        let text = rest.prefix { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
        }
        rest = rest.dropFirst(text.count)
        switch String(decoding: text, as: UTF8.self) {
        case "True": return .bool(true)
        case "False": return .bool(false)
        // Python 2 wrote long integers with an L.
        case let number: return Int(number.hasSuffix("L") ? String(number.dropLast()) : number).map(Literal.int)
        }
    }

    private mutating func sequence(end: UInt8) -> Literal? {
        rest = rest.dropFirst()
        var values: [Literal] = []
        while !take(end) {
            guard let next = value() else { return nil }
            values.append(next)
            guard take(UInt8(ascii: ",")) else { return take(end) ? .tuple(values) : nil }
        }
        return .tuple(values)
    }

    private mutating func dictionary() -> Literal? {
        rest = rest.dropFirst()
        var fields: [String: Literal] = [:]
        let end = UInt8(ascii: "}")
        while !take(end) {
            guard case .string(let key)? = value(), take(UInt8(ascii: ":")), let field = value() else { return nil }
            fields[key] = field
            guard take(UInt8(ascii: ",")) else { return take(end) ? .dictionary(fields) : nil }
        }
        return .dictionary(fields)
    }
}
