import Foundation

/// A safetensors file with this header and as many bytes of elements.
func safetensors(_ header: String, elements: [UInt8] = []) -> [UInt8] {
    let json = Array(header.utf8)
    return withUnsafeBytes(of: UInt64(json.count).littleEndian) { Array($0) } + json + elements
}

/// Floats as a file has them.
func littleEndian(_ values: [Float]) -> [UInt8] {
    values.flatMap { value in withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) } }
}
