import Martinet
import MartinetFiles

/// Elements that lie in a larger storage at regular distances along each axis.
struct StridedElements: ElementSource {
    let storage: any ElementSource
    let layout: StridedLayout

    func withBytes(_ body: (UnsafeRawBufferPointer) -> Void) throws(FileError) {
        try storage.withBytes { bytes in
            let size = layout.elementSize
            guard !layout.isContiguous else {
                let start = layout.offset * size
                return body(UnsafeRawBufferPointer(rebasing: bytes[start..<start + layout.count * size]))
            }
            var gathered = [UInt8](repeating: 0, count: layout.count * size)
            gathered.withUnsafeMutableBytes { layout.gather(bytes, into: $0) }
            gathered.withUnsafeBytes(body)
        }
    }
}

/// Where an array's elements are in a storage, counted in elements.
struct StridedLayout: Sendable {
    let elementSize: Int
    let offset: Int
    let shape, strides: [Int]

    /// The number of elements.
    var count: Int { elementCount(shape) }

    /// The most elements of an array that has more than its storage, as one whose strides are 0 has: 2^24.
    static let expansionLimit = 1 << 24

    /// nil unless all elements lie in a storage of `capacity` elements, and are no more than there are or `expansionLimit`.
    init?(elementSize: Int, offset: Int, shape: [Int], strides: [Int], capacity: Int) {
        guard shape.count == strides.count, offset >= 0, offset <= capacity, shape.allSatisfy({ $0 >= 0 }),
            strides.allSatisfy({ $0 >= 0 })
        else { return nil }
        if !shape.contains(0) {
            var (count, last) = (1, offset)
            for (size, stride) in zip(shape, strides) {
                let (product, overflow) = count.multipliedReportingOverflow(by: size)
                let (distance, overflow2) = (size - 1).multipliedReportingOverflow(by: stride)
                let (sum, overflow3) = last.addingReportingOverflow(distance)
                guard !overflow, !overflow2, !overflow3 else { return nil }
                (count, last) = (product, sum)
            }
            // Strides of 0 can make any number of elements of one.
            guard count <= max(capacity, Self.expansionLimit), last < capacity else { return nil }
        }
        self.elementSize = elementSize
        self.offset = offset
        self.shape = shape
        self.strides = strides
    }

    /// Elements one after the other, of which the last axis turns fastest, or the first; nil where they are too many to count.
    init?(elementSize: Int, shape: [Int], isFortranOrder: Bool) {
        var strides = [Int](repeating: 1, count: shape.count)
        let axes = isFortranOrder ? Array(shape.indices) : shape.indices.reversed()
        var count = 1
        for axis in axes {
            strides[axis] = count
            let (product, overflow) = count.multipliedReportingOverflow(by: max(1, shape[axis]))
            guard !overflow else { return nil }
            count = product
        }
        self.init(elementSize: elementSize, offset: 0, shape: shape, strides: strides, capacity: count)
    }

    /// Whether the elements lie one after the other.
    var isContiguous: Bool {
        if shape.contains(0) { return true }
        var expected = 1
        for (size, stride) in zip(shape, strides).reversed() where size != 1 {
            guard stride == expected else { return false }
            expected *= size
        }
        return true
    }

    fileprivate func gather(_ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer) {
        var index = [Int](repeating: 0, count: shape.count)
        var position = offset
        for element in 0..<count {
            for byte in 0..<elementSize {
                target[element * elementSize + byte] = source[position * elementSize + byte]
            }
            // As an odometer: the last axis turns fastest.
            for axis in shape.indices.reversed() {
                index[axis] += 1
                position += strides[axis]
                if index[axis] < shape[axis] { break }
                position -= strides[axis] * shape[axis]
                index[axis] = 0
            }
        }
    }
}
