import Martinet
import MartinetFiles

/// Where the elements of one array come from. A new file format brings its own.
protocol ElementSource: Sendable {
    /// Hands all elements to `body`: row-major, little-endian, as they are stored. `body` must not keep the pointer.
    ///
    /// - Throws: `FileError` if they cannot be read.
    func withBytes(_ body: (UnsafeRawBufferPointer) -> Void) throws(FileError)
}

/// Elements one after the other in a file that is mapped into memory.
struct MappedElements: ElementSource {
    let file: MappedFile
    /// Lies within the file.
    let range: Range<Int>

    func withBytes(_ body: (UnsafeRawBufferPointer) -> Void) {
        file.withBytes { body(UnsafeRawBufferPointer(rebasing: $0[range])) }
    }
}

/// Elements that are in memory as they are stored.
struct ByteElements: ElementSource {
    let bytes: [UInt8]

    func withBytes(_ body: (UnsafeRawBufferPointer) -> Void) { bytes.withUnsafeBytes { body($0) } }
}

/// The elements of an array in memory.
struct ArrayElements: ElementSource {
    let array: NDArray

    func withBytes(_ body: (UnsafeRawBufferPointer) -> Void) {
        array.withUnsafePointer {
            body(UnsafeRawBufferPointer(UnsafeBufferPointer(start: $0, count: array.count)))
        }
    }
}

/// A whole number, such as a count of batches, stored as 64 bits.
struct WholeNumberElement: ElementSource {
    let value: Int64

    func withBytes(_ body: (UnsafeRawBufferPointer) -> Void) {
        withUnsafeBytes(of: value.littleEndian) { body($0) }
    }
}
