import MartinetFiles

/// How the elements of an array are stored in a file; all little-endian.
public enum ElementType: String, Sendable, CaseIterable {
    case float16, bfloat16, float32, float64
    case int8, int16, int32, int64
    case uint8, uint16, uint32, uint64
    case bool

    /// In bytes.
    public var size: Int {
        switch self {
        case .int8, .uint8, .bool: 1
        case .float16, .bfloat16, .int16, .uint16: 2
        case .float32, .int32, .uint32: 4
        case .float64, .int64, .uint64: 8
        }
    }

    /// Whether it is a kind of floating-point number.
    public var isFloatingPoint: Bool {
        switch self {
        case .float16, .bfloat16, .float32, .float64: true
        default: false
        }
    }
}

extension ElementType {
    /// Converts `count` elements of `source`, which need not be aligned, to floats. Rounds to nearest where `Float` has not
    /// as many digits; a bool is 0 or 1.
    func convert(_ source: UnsafeRawPointer, count: Int, to target: UnsafeMutablePointer<Float>) {
        func each<Stored: BitwiseCopyable>(_ type: Stored.Type, _ float: (Stored) -> Float) {
            let stride = MemoryLayout<Stored>.stride
            for index in 0..<count {
                target[index] = float(source.loadUnaligned(fromByteOffset: index * stride, as: type))
            }
        }
        switch self {
        case .float16: each(UInt16.self) { Float(halfBits: UInt16(littleEndian: $0)) }
        case .bfloat16: each(UInt16.self) { Float(brainBits: UInt16(littleEndian: $0)) }
        case .float32: each(UInt32.self) { Float(bitPattern: UInt32(littleEndian: $0)) }
        case .float64: each(UInt64.self) { Float(Double(bitPattern: UInt64(littleEndian: $0))) }
        case .int8: each(Int8.self) { Float($0) }
        case .int16: each(Int16.self) { Float(Int16(littleEndian: $0)) }
        case .int32: each(Int32.self) { Float(Int32(littleEndian: $0)) }
        case .int64: each(Int64.self) { Float(Int64(littleEndian: $0)) }
        case .uint8: each(UInt8.self) { Float($0) }
        case .uint16: each(UInt16.self) { Float(UInt16(littleEndian: $0)) }
        case .uint32: each(UInt32.self) { Float(UInt32(littleEndian: $0)) }
        case .uint64: each(UInt64.self) { Float(UInt64(littleEndian: $0)) }
        case .bool: each(UInt8.self) { $0 == 0 ? 0 : 1 }
        }
    }
}

/// The number of bytes of an array of `shape`; nil where an axis is negative or the number is too large for an `Int`.
func byteCount(_ shape: [Int], _ type: ElementType) -> Int? {
    var size = type.size
    var isEmpty = false
    for axis in shape {
        guard axis >= 0 else { return nil }
        if axis == 0 {
            isEmpty = true
            continue
        }
        let (product, overflow) = size.multipliedReportingOverflow(by: axis)
        guard !overflow else { return nil }
        size = product
    }
    return isEmpty ? 0 : size
}
