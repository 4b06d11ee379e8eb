import MartinetBase

/// A 64-byte aligned buffer of floats from the caching allocator, given back when the last reference goes.
///
/// Whoever creates a storage fills it before showing it to anyone else; from then on it is immutable while it is shared.
/// `NDArray` keeps to this rule with `isKnownUniquelyReferenced`.
package final class Storage: @unchecked Sendable {
    // @unchecked: the pointer is only written through while one reference exists, see above.

    /// The number of floats.
    package let count: Int

    /// The first of `count` floats, 64-byte aligned. Valid while the storage lives and has not been discarded.
    package let pointer: UnsafeMutablePointer<Float>

    /// Given back at the end; nil for a part of another storage, which is kept alive instead.
    private var block: Allocator.Block?
    private var whole: Storage?

    /// Takes `count` floats of undefined contents from the allocator.
    package init(uninitialized count: Int) {
        self.count = count
        let block = Allocator.shared.allocate(bytes: count * MemoryLayout<Float>.stride)
        self.block = block
        whole = nil
        pointer = block.address.assumingMemoryBound(to: Float.self)
    }

    /// `count` floats of `whole`, which its owner does not write to while they are read.
    ///
    /// - Parameter offset: where they start, a multiple of 16.
    init(part whole: Storage, offset: Int, count: Int) {
        require(
            offset >= 0 && offset % 16 == 0 && offset + count <= whole.count,
            "Storage: no part of \(count) floats at \(offset) in \(whole.count)")
        self.count = count
        self.whole = whole
        block = nil
        pointer = whole.pointer + offset
    }

    deinit { discard() }

    /// Gives the memory back early, of a storage that nobody reads any more while its identity still stands for something.
    func discard() {
        if let block { Allocator.shared.release(block) }
        (block, whole) = (nil, nil)
    }
}
