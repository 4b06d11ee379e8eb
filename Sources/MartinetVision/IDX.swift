/// An array in the IDX format of the MNIST family, gzipped or not.
///
/// Two zero bytes, a byte for the type of the elements, a byte for the number of axes, the size of each axis and then the
/// elements in row-major order, all numbers big-endian (LeCun, Cortes, Burges, "The MNIST database of handwritten digits").
public struct IDX: Sendable {
    /// The types of elements, by their code in the file.
    public enum ElementType: UInt8, Sendable {
        case uint8 = 0x08
        case int8 = 0x09
        case int16 = 0x0B
        case int32 = 0x0C
        case float32 = 0x0D
        case float64 = 0x0E

        /// In bytes.
        public var size: Int {
            switch self {
            case .uint8, .int8: 1
            case .int16: 2
            case .int32, .float32: 4
            case .float64: 8
            }
        }
    }

    public let type: ElementType

    /// The size of each axis, outermost first.
    public let shape: [Int]

    /// The elements as in the file, big-endian.
    public let bytes: [UInt8]

    /// The number of elements.
    public var count: Int { bytes.count / type.size }

    /// Files that claim more bytes of elements than this are refused unless the caller allows more: 2 GiB.
    public static let defaultLimit = 1 << 31

    /// Reads a whole file.
    ///
    /// A header's claim is believed only as far as the file can hold it: memory is taken for data that is there.
    ///
    /// - Parameters:
    ///   - path: the file, recognised as gzip by its first bytes whatever its name.
    ///   - limit: the most bytes of elements, decompressed, that are accepted.
    /// - Throws: `FileError`.
    public init(path: String, limit: Int = IDX.defaultLimit) throws(FileError) {
        let reader = try ByteReader(path: path)
        let magic = try Self.read(4, of: "the magic number", from: reader)
        guard magic[0] == 0, magic[1] == 0, let type = ElementType(rawValue: magic[2]), magic[3] > 0 else {
            throw FileError(
                .wrongMagic, file: path, place: "at byte 0",
                expected: "two zero bytes, an element type 0x08 to 0x0e and a number of axes",
                found: hexadecimal(Self.bigEndian(magic[...])))
        }
        let header = try Self.read(4 * Int(magic[3]), of: "the shape", from: reader)
        let shape = stride(from: 0, to: header.count, by: 4).map { Int(Self.bigEndian(header[$0..<$0 + 4])) }
        let size = try Self.byteCount(shape, type, limit: limit, reader: reader)
        let bytes = try reader.read(size)
        guard bytes.count == size else {
            throw FileError(
                .truncated, file: path, expected: "\(size) bytes of elements for the shape \(shape)",
                found: "\(bytes.count)")
        }
        try reader.expectEnd()
        self.type = type
        self.shape = shape
        self.bytes = bytes
    }

    /// The elements as floats, whatever their type.
    public var floats: [Float] {
        switch type {
        case .uint8: bytes.map { Float($0) }
        case .int8: bytes.map { Float(Int8(bitPattern: $0)) }
        case .int16: words { (bits: UInt16) in Float(Int16(bitPattern: bits)) }
        case .int32: words { (bits: UInt32) in Float(Int32(bitPattern: bits)) }
        case .float32: words { (bits: UInt32) in Float(bitPattern: bits) }
        case .float64: words { (bits: UInt64) in Float(Double(bitPattern: bits)) }
        }
    }

    private func words<Bits: FixedWidthInteger & UnsignedInteger>(_ convert: (Bits) -> Float) -> [Float] {
        (0..<count).map { index in
            let start = index * type.size
            return convert(Self.bigEndian(bytes[start..<start + type.size]))
        }
    }

    /// The number of bytes that the header claims, if the file can hold and the caller accepts as many.
    private static func byteCount(
        _ shape: [Int], _ type: ElementType, limit: Int, reader: ByteReader
    ) throws(FileError) -> Int {
        var size = type.size
        for axis in shape {
            let (product, overflow) = size.multipliedReportingOverflow(by: axis)
            guard !overflow, product <= limit else {
                throw FileError(
                    .tooLarge, file: reader.path, place: "in the header",
                    expected: "at most \(limit) bytes of elements",
                    found: "a shape of \(shape)")
            }
            size = product
        }
        guard size <= reader.remainingAtMost else {
            let most = reader.isCompressed ? "\(reader.fileSize) compressed bytes" : "\(reader.remainingAtMost) bytes"
            throw FileError(
                .truncated, file: reader.path, expected: "\(size) bytes of elements for the shape \(shape)",
                found: "a file with \(most)")
        }
        return size
    }

    private static func read(_ count: Int, of part: String, from reader: ByteReader) throws(FileError) -> [UInt8] {
        let bytes = try reader.read(count)
        guard bytes.count == count else {
            throw FileError(
                .truncated, file: reader.path, place: "in the header", expected: "\(count) bytes of \(part)",
                found: "\(bytes.count)")
        }
        return bytes
    }

    private static func bigEndian<Bits: FixedWidthInteger & UnsignedInteger>(_ bytes: ArraySlice<UInt8>) -> Bits {
        bytes.reduce(0) { $0 << 8 | Bits($1) }
    }

    private static func bigEndian(_ bytes: ArraySlice<UInt8>) -> UInt32 { bytes.reduce(0) { $0 << 8 | UInt32($1) } }
}
