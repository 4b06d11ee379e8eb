import Martinet
import MartinetBase
import MartinetFiles

/// A named array in a file. Its elements are read when they are asked for.
public struct WeightEntry: Sendable {
    /// The name in the file; what lies in nested dictionaries has their keys in front, joined by dots.
    public let name: String

    /// The size of each axis, outermost first, as in the file.
    public let shape: [Int]

    /// How the elements are stored.
    public let type: ElementType

    /// Where in the file the elements are, if they lie there one after the other and uncompressed.
    public let byteRange: Range<Int>?

    let source: any ElementSource

    /// Whether the file does not have it, but means it, such as the ones that a normalization without a gamma multiplies by.
    let isImplied: Bool

    /// - Parameters:
    ///   - name: what it is called.
    ///   - shape: the size of each axis. Whoever makes an entry has checked that the file can hold as many elements.
    ///   - type: how `source` gives the elements.
    ///   - byteRange: where in the file they are, if that can be said.
    ///   - source: gives as many elements as `shape` has.
    init(
        name: String, shape: [Int], type: ElementType, byteRange: Range<Int>? = nil, source: any ElementSource
    ) {
        self.name = name
        self.shape = shape
        self.type = type
        self.byteRange = byteRange
        self.source = source
        isImplied = false
    }

    /// What a file means without having it: an array of a single value.
    init(name: String, implied value: Float, shape: [Int]) {
        self.name = name
        self.shape = shape
        type = .float32
        byteRange = nil
        source = ArrayElements(array: NDArray(repeating: value, shape: shape))
        isImplied = true
    }

    /// An entry to be written, of `tensor`'s elements as they are now.
    public init(name: String, tensor: Tensor) {
        self.init(name: name, shape: tensor.shape, type: .float32, source: ArrayElements(array: tensor.array))
    }

    /// The number of elements.
    public var count: Int { elementCount(shape) }

    /// The size of the elements.
    public var byteCount: Int { count * type.size }

    /// The same elements under another name.
    func named(_ name: String) -> WeightEntry {
        WeightEntry(name: name, shape: shape, type: type, byteRange: byteRange, source: source)
    }

    /// Hands the elements to `body`: row-major, little-endian, as they are stored. `body` must not keep the pointer.
    package func withBytes(_ body: (UnsafeRawBufferPointer) -> Void) throws(FileError) { try source.withBytes(body) }

    /// The elements as floats, in the file's shape. Reads this entry and no other.
    ///
    /// - Throws: `FileError` if they cannot be read.
    public func tensor() throws(FileError) -> Tensor { Tensor(array: try array()) }

    /// As `tensor()`, without a graph.
    package func array() throws(FileError) -> NDArray {
        var result: NDArray?
        try source.withBytes { bytes in
            result = NDArray(shape: shape) { target in
                guard let base = bytes.baseAddress, count > 0 else { return }
                // In pieces, so that a large array is fetched from the file by several threads.
                let source = ParallelInput(base.assumingMemoryBound(to: UInt8.self))
                parallelFill(target, count: count, grain: 1 << 16) { part, items in
                    type.convert(source.start + items.lowerBound * type.size, count: items.count, to: part)
                }
            }
        }
        guard let result else { fail("WeightEntry: \(name) has a source without elements") }
        return result
    }

    /// Statistics of the elements. Reads this array and no other.
    public func statistics() throws(FileError) -> WeightStatistics { WeightStatistics(try array()) }
}

/// Statistics of an array's elements.
public struct WeightStatistics: Sendable, Equatable, Codable {
    /// The smallest and the largest finite element; 0 where there is none.
    public let minimum, maximum: Float

    /// Of the finite elements.
    public let mean, standardDeviation: Double

    /// The number of elements that are 0.
    public let zeros: Int

    /// The number of elements that are infinite or not a number.
    public let nonFinite: Int

    init(_ array: NDArray) {
        var (low, high) = (Float.infinity, -Float.infinity)
        var (zeros, nonFinite) = (0, 0)
        // Welford's recurrence.
        var (count, mean, squares) = (0.0, 0.0, 0.0)
        array.withUnsafePointer { elements in
            for index in 0..<array.count {
                let element = elements[index]
                guard element.isFinite else {
                    nonFinite += 1
                    continue
                }
                if element == 0 { zeros += 1 }
                low = min(low, element)
                high = max(high, element)
                count += 1
                let distance = Double(element) - mean
                mean += distance / count
                squares += distance * (Double(element) - mean)
            }
        }
        minimum = count > 0 ? low : 0
        maximum = count > 0 ? high : 0
        self.mean = mean
        standardDeviation = count > 0 ? (squares / count).squareRoot() : 0
        self.zeros = zeros
        self.nonFinite = nonFinite
    }
}
