import MartinetBase

/// A dense array of `Float`s without gradients: a shape and shared storage, row-major and contiguous.
///
/// A value: assigning copies nothing, and nobody can change an array that someone else holds. Operations make new arrays;
/// `withUnsafeMutablePointer` copies the storage first where it is shared.
package struct NDArray: Sendable {
    /// The size of each axis, outermost first. Empty for a scalar.
    package let shape: [Int]

    /// The elements, which may be shared with other arrays.
    package private(set) var storage: Storage

    /// The number of elements.
    package var count: Int { storage.count }

    /// The number of axes.
    package var rank: Int { shape.count }

    /// An array of undefined contents that `fill` writes before anyone sees it.
    package init(shape: [Int], filledBy fill: (UnsafeMutablePointer<Float>) -> Void) {
        storage = Storage(uninitialized: elementCount(shape))
        self.shape = shape
        fill(storage.pointer)
    }

    /// An array of `shape` over `storage`, which must hold as many elements.
    package init(shape: [Int], storage: Storage) {
        require(
            elementCount(shape) == storage.count,
            "NDArray: a shape of \(shape) needs \(elementCount(shape)) elements, found \(storage.count)")
        self.shape = shape
        self.storage = storage
    }

    package init(_ elements: [Float], shape: [Int]) {
        require(
            elementCount(shape) == elements.count,
            "NDArray: a shape of \(shape) needs \(elementCount(shape)) elements, found \(elements.count)")
        self.init(shape: shape) { out in
            elements.withUnsafeBufferPointer { source in
                if let base = source.baseAddress { out.initialize(from: base, count: source.count) }
            }
        }
    }

    package init(repeating value: Float, shape: [Int]) {
        let count = elementCount(shape)
        self.init(shape: shape) { out in
            parallelFill(out, count: count) { part, items in part.initialize(repeating: value, count: items.count) }
        }
    }

    package init(scalar value: Float) { self.init([value], shape: []) }

    package static func zeros(_ shape: [Int]) -> NDArray { NDArray(repeating: 0, shape: shape) }

    package static func ones(_ shape: [Int]) -> NDArray { NDArray(repeating: 1, shape: shape) }

    /// Uniform in `range`'s half-open interval.
    package static func uniform(
        _ shape: [Int], in range: Range<Float> = 0..<1, generator: RandomGenerator = .default
    ) -> NDArray {
        NDArray(shape: shape) { generator.fillUniform($0, count: elementCount(shape), in: range) }
    }

    /// Normal, independent.
    package static func normal(
        _ shape: [Int], mean: Float = 0, standardDeviation: Float = 1, generator: RandomGenerator = .default
    ) -> NDArray {
        NDArray(shape: shape) {
            generator.fillNormal($0, count: elementCount(shape), mean: mean, standardDeviation: standardDeviation)
        }
    }

    /// The elements in row-major order.
    package var elements: [Float] {
        [Float](UnsafeBufferPointer(start: storage.pointer, count: count))
    }

    /// The one element of an array of any shape that has just one.
    package var scalar: Float {
        require(count == 1, "scalar: an array of shape \(shape) has \(count) elements, expected 1")
        return storage.pointer[0]
    }

    /// Calls `body` with the elements, valid during the call.
    package func withUnsafePointer<Result>(_ body: (UnsafePointer<Float>) throws -> Result) rethrows -> Result {
        try withExtendedLifetime(storage) { try body(UnsafePointer(storage.pointer)) }
    }

    /// Calls `body` with the elements to be changed in place; copies them first if they are shared.
    package mutating func withUnsafeMutablePointer<Result>(
        _ body: (UnsafeMutablePointer<Float>) throws -> Result
    ) rethrows -> Result {
        if !isKnownUniquelyReferenced(&storage) {
            let copy = Storage(uninitialized: count)
            copy.pointer.initialize(from: storage.pointer, count: count)
            storage = copy
        }
        return try withExtendedLifetime(storage) { try body(storage.pointer) }
    }

    /// Whether nobody else holds the elements, so that they may be overwritten.
    mutating func isUnique() -> Bool { isKnownUniquelyReferenced(&storage) }

    /// Gives the elements' memory back if nobody else holds them; the storage stays, and nothing else may be asked of it.
    ///
    /// - Returns: whether that was so.
    package mutating func discardIfUnique() -> Bool {
        guard isUnique() else { return false }
        storage.discard()
        return true
    }

    /// Calls `body` with where the elements are and where their successors go: the same place if nobody else holds the
    /// elements, another one if somebody does. `body` writes every element, each of its own place alone.
    mutating func rewrite(_ body: (_ source: Storage, _ target: Storage) -> Void) {
        let target = isUnique() ? storage : Storage(uninitialized: count)
        body(storage, target)
        storage = target
    }

    /// The elements, for kernels that read them while this array is alive.
    var pointer: UnsafePointer<Float> { UnsafePointer(storage.pointer) }
}

/// Elementwise loops below this length are not worth a second thread.
let elementwiseGrain = 1 << 15

/// The least number of items of `itemSize` elements each that is worth a second thread.
func grainSize(itemSize: Int) -> Int { max(1, elementwiseGrain / max(1, itemSize)) }

/// The number of elements of an array of `shape`.
package func elementCount(_ shape: [Int]) -> Int {
    var count = 1
    for size in shape {
        require(size >= 0, "a shape's sizes must not be negative, found \(shape)")
        let (product, overflow) = count.multipliedReportingOverflow(by: size)
        require(!overflow, "a shape of \(shape) has more elements than can be counted")
        count = product
    }
    return count
}

/// The distance in elements between neighbours along each axis of a contiguous array.
package func contiguousStrides(_ shape: [Int]) -> [Int] {
    var strides = [Int](repeating: 1, count: shape.count)
    for axis in stride(from: shape.count - 2, through: 0, by: -1) {
        strides[axis] = strides[axis + 1] * shape[axis + 1]
    }
    return strides
}

/// `axis` counted from the front; negative ones count from the back.
func normalizedAxis(_ axis: Int, rank: Int, operation: String) -> Int {
    require(
        axis >= -rank && axis < rank, "\(operation): axis \(axis) is out of range for an array of \(rank) axes")
    return axis < 0 ? axis + rank : axis
}

/// Distinct axes in ascending order; nil means all of them.
func normalizedAxes(_ axes: [Int]?, rank: Int, operation: String) -> [Int] {
    guard let axes else { return Array(0..<rank) }
    let normalized = axes.map { normalizedAxis($0, rank: rank, operation: operation) }.sorted()
    require(Set(normalized).count == axes.count, "\(operation): axes \(axes) name one axis twice")
    return normalized
}
