/// A 64-byte aligned buffer of floats from the caching allocator, given back when the last reference goes.
///
/// Whoever creates a storage fills it before showing it to anyone else; from then on it is immutable while it is shared.
/// `NDArray` keeps to this rule with `isKnownUniquelyReferenced`.
public final class Storage: @unchecked Sendable {
    // @unchecked: the pointer is only written through while one reference exists, see above.

    /// The number of floats.
    public let count: Int

    /// The first of `count` floats, 64-byte aligned. Valid while the storage lives.
    public let pointer: UnsafeMutablePointer<Float>

    private let block: Allocator.Block

    /// Takes `count` floats of undefined contents from the allocator.
    public init(uninitialized count: Int) {
        self.count = count
        block = Allocator.shared.allocate(bytes: count * MemoryLayout<Float>.stride)
        pointer = block.address.assumingMemoryBound(to: Float.self)
    }

    deinit { Allocator.shared.release(block) }
}
