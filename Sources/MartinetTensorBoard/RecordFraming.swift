import Foundation

/// TFRecord's framing: the length and its checksum, the bytes and theirs.
enum RecordFraming {
    /// The 8 bytes of the length, 4 of its masked CRC-32C, `payload`, 4 of its own; all little-endian.
    static func frame(_ payload: Data) -> Data {
        var record = Data(capacity: payload.count + 16)
        let length = bytes(of: UInt64(payload.count))
        record.append(length)
        record.append(bytes(of: maskedChecksum(of: length)))
        record.append(payload)
        record.append(bytes(of: maskedChecksum(of: payload)))
        return record
    }

    /// The checksum as TFRecord stores it: rotated and shifted, so that a checksum of bytes that hold checksums is sound.
    static func maskedChecksum(of data: Data) -> UInt32 {
        let crc = checksum(of: data)
        return (crc >> 15 | crc << 17) &+ 0xa282_ead8
    }

    /// CRC-32C (Castagnoli), RFC 3720 appendix B.4.
    static func checksum(of data: Data) -> UInt32 {
        ~data.withUnsafeBytes { bytes in
            table.withUnsafeBufferPointer { table in
                bytes.reduce(~UInt32(0)) { crc, byte in crc >> 8 ^ table[Int(UInt8(truncatingIfNeeded: crc) ^ byte)] }
            }
        }
    }

    private static func bytes<Number: FixedWidthInteger>(of number: Number) -> Data {
        withUnsafeBytes(of: number.littleEndian) { Data($0) }
    }

    /// The remainder of each byte by the reflected polynomial 0x82f63b78.
    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { crc, _ in crc >> 1 ^ (crc & 1 == 0 ? 0 : 0x82f6_3b78) }
    }
}
