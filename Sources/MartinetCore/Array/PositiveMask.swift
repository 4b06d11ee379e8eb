import CKernels

/// Where an array is positive, as bits: what the gradient of a ReLU needs, in a thirty-second of the array's memory.
public struct PositiveMask: Sendable {
    private let shape: [Int]
    /// 16 bits a word.
    private let storage: Storage

    private static let wordBits = 16

    /// The places at which `array` is positive.
    public init(of array: NDArray) {
        shape = array.shape
        let words = (array.count + Self.wordBits - 1) / Self.wordBits
        storage = Storage(uninitialized: (words + 1) / 2)
        let source = array.pointer
        nonisolated(unsafe) let bits = maskWords(of: storage)
        let count = array.count
        // Whole words, so that no two threads write to one.
        parallelFor(words, grain: elementwiseGrain / Self.wordBits) { range, _ in
            let start = range.lowerBound * Self.wordBits
            mk_positive_bits(
                min(range.upperBound * Self.wordBits, count) - start, source + start, bits + range.lowerBound)
        }
    }

    /// Sets `gradient`, an array of the same shape, to 0 at all other places; in place where nobody else holds it.
    public func select(_ gradient: inout NDArray) {
        precondition(
            gradient.shape == shape, "relu's gradient: the shapes \(gradient.shape) and \(shape) differ")
        nonisolated(unsafe) let bits = maskWords(of: storage)
        let count = gradient.count
        gradient.rewrite { source, out in
            parallelFor((count + Self.wordBits - 1) / Self.wordBits, grain: elementwiseGrain / Self.wordBits) {
                range, _ in
                let start = range.lowerBound * Self.wordBits
                mk_select_bits(
                    min(range.upperBound * Self.wordBits, count) - start, bits + range.lowerBound, source + start,
                    out.address + start)
            }
        }
    }
}

private func maskWords(of storage: Storage) -> UnsafeMutablePointer<UInt16> {
    UnsafeMutableRawPointer(storage.pointer).assumingMemoryBound(to: UInt16.self)
}
