import CKernels
import MartinetBase

/// Where an array is positive, as bits: what the gradient of a ReLU needs, in a thirty-second of the array's memory.
package struct PositiveMask: Sendable {
    package let shape: [Int]
    /// 16 bits a word.
    private let storage: Storage

    static let wordBits = 16

    /// Whether a word of bits never spans two rows of `channels`, which kernels along the channels ask for.
    package static func fitsChannels(_ channels: Int) -> Bool { channels > 0 && channels % wordBits == 0 }

    /// A mask for an array of `shape`, to be filled.
    init(uninitialized shape: [Int]) {
        self.shape = shape
        let words = (elementCount(shape) + Self.wordBits - 1) / Self.wordBits
        storage = Storage(uninitialized: (words + 1) / 2)
    }

    /// Bit i % 16 of word i / 16 belongs to element i; valid while this is alive.
    var words: UnsafeMutablePointer<UInt16> {
        UnsafeMutableRawPointer(storage.pointer).assumingMemoryBound(to: UInt16.self)
    }

    /// The places at which `array` is positive.
    package init(of array: NDArray) {
        self.init(uninitialized: array.shape)
        // Whole words, so that no two threads write to one.
        parallelFill(words, count: wordCount, grain: Self.grain) { part, range in
            let elements = Self.elements(of: range, limit: array.count)
            mk_positive_bits(elements.count, array.pointer + elements.lowerBound, part)
        }
    }

    /// Sets `gradient`, an array of the same shape, to 0 at all other places; in place where nobody else holds it.
    package func select(_ gradient: inout NDArray) {
        require(
            gradient.shape == shape, "relu's gradient: the shapes \(gradient.shape) and \(shape) differ")
        let count = gradient.count
        gradient.rewrite { source, out in
            parallelFill(out.pointer, count: wordCount, width: Self.wordBits, grain: Self.grain) { part, range in
                let elements = Self.elements(of: range, limit: count)
                mk_select_bits(
                    elements.count, words + range.lowerBound, source.pointer + elements.lowerBound, part)
            }
        }
    }

    private var wordCount: Int { (elementCount(shape) + Self.wordBits - 1) / Self.wordBits }

    /// The least number of words worth a thread of their own.
    private static let grain = elementwiseGrain / wordBits

    /// The elements that the bits of some words belong to, of which there are `limit` in all.
    private static func elements(of words: Range<Int>, limit: Int) -> Range<Int> {
        words.lowerBound * wordBits..<min(words.upperBound * wordBits, limit)
    }
}
