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

    /// nil unless all elements lie in a storage of `capacity` elements, of which the array has no more than there are.
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
            // Strides of 0 would make any number of elements of one.
            guard count <= capacity, last < capacity else { return nil }
        }
        self.elementSize = elementSize
        self.offset = offset
        self.shape = shape
        self.strides = strides
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
