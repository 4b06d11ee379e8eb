import Foundation

/// The caching allocator: large blocks are kept when they are released and handed out again, because a fresh mapping for
/// every activation costs as much as the arithmetic.
///
/// Sizes are rounded up to eight classes an octave, so at most an eighth is wasted. A request takes the smallest cached
/// block that is at most a quarter larger than it needs. Small blocks come from `malloc`, which is quick at them.
final class Allocator: Sendable {
    static let shared = Allocator()

    /// A piece of memory and the size of its class.
    struct Block: @unchecked Sendable {
        // @unchecked: a block is an address and a size; who may touch the memory is the owner's affair.
        let address: UnsafeMutableRawPointer
        let bytes: Int
    }

    private struct State {
        /// Cached blocks by ascending size.
        var cached: [Block] = []
        var cachedBytes = 0
        var usedBytes = 0
        var peakBytes = 0
    }

    private let state = Locked(State())

    /// Blocks below this size are left to `malloc`.
    private static let smallestCached = 1 << 16

    /// Blocks from this size on start at a multiple of it and are advised to be huge pages.
    private static let hugePage = 1 << 21

    func allocate(bytes requested: Int) -> Block {
        precondition(requested >= 0, "cannot allocate \(requested) bytes")
        let bytes = Self.sizeClass(requested)
        let reused = state.withLock { state -> Block? in
            let block = Self.takeCached(from: &state, bytes: bytes)
            state.usedBytes += block?.bytes ?? bytes
            state.peakBytes = max(state.peakBytes, state.usedBytes)
            return block
        }
        if let reused { return reused }
        if let address = Self.systemAllocate(bytes) { return Block(address: address, bytes: bytes) }
        // What the cache holds may be what is missing.
        trim()
        guard let address = Self.systemAllocate(bytes) else {
            fatalError("out of memory: cannot allocate \(bytes) bytes (in use: \(usage.used) bytes)")
        }
        return Block(address: address, bytes: bytes)
    }

    func release(_ block: Block) {
        let keeps = block.bytes >= Self.smallestCached
        state.withLock { state in
            state.usedBytes -= block.bytes
            guard keeps else { return }
            state.cached.insert(block, at: Self.firstIndex(in: state.cached, atLeast: block.bytes))
            state.cachedBytes += block.bytes
        }
        if !keeps { free(block.address) }
    }

    /// Gives all cached blocks back to the system.
    func trim() {
        let blocks = state.withLock { state in
            let blocks = state.cached
            state.cached = []
            state.cachedBytes = 0
            return blocks
        }
        for block in blocks { free(block.address) }
    }

    func resetPeak() { state.withLock { $0.peakBytes = $0.usedBytes } }

    var usage: (used: Int, peak: Int, cached: Int) {
        state.withLock { ($0.usedBytes, $0.peakBytes, $0.cachedBytes) }
    }

    private static func takeCached(from state: inout State, bytes: Int) -> Block? {
        guard bytes >= smallestCached else { return nil }
        let index = firstIndex(in: state.cached, atLeast: bytes)
        guard index < state.cached.count, state.cached[index].bytes <= bytes + bytes / 4 else { return nil }
        let block = state.cached.remove(at: index)
        state.cachedBytes -= block.bytes
        return block
    }

    /// The first index whose block has at least `bytes`, by binary search.
    private static func firstIndex(in blocks: [Block], atLeast bytes: Int) -> Int {
        var low = 0
        var high = blocks.count
        while low < high {
            let middle = (low + high) / 2
            if blocks[middle].bytes < bytes { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// `bytes` rounded up to its class: a multiple of 64, and of an eighth of its power of two.
    static func sizeClass(_ bytes: Int) -> Int {
        let atLeast = max(bytes, 64)
        let octave = Int.bitWidth - 1 - atLeast.leadingZeroBitCount
        let step = max(64, 1 << max(0, octave - 3))
        return (atLeast + step - 1) / step * step
    }

    private static func systemAllocate(_ bytes: Int) -> UnsafeMutableRawPointer? {
        var address: UnsafeMutableRawPointer?
        let alignment = bytes >= hugePage ? hugePage : 64
        guard posix_memalign(&address, alignment, bytes) == 0 else { return nil }
        #if os(Linux)
        // MADV_HUGEPAGE; an advice, so its result does not matter.
        if bytes >= hugePage { madvise(address, bytes, 14) }
        #endif
        return address
    }
}

/// What Martinet's arrays take of the machine's memory, in bytes.
public enum Memory {
    /// Held by arrays that are alive.
    public static var used: Int { Allocator.shared.usage.used }

    /// The most that `used` has been since the start, or since `resetPeak()`.
    public static var peak: Int { Allocator.shared.usage.peak }

    /// Held for reuse by arrays to come.
    public static var cached: Int { Allocator.shared.usage.cached }

    /// Lets `peak` start again from what is in use.
    public static func resetPeak() { Allocator.shared.resetPeak() }

    /// Gives what is cached back to the system.
    public static func trim() { Allocator.shared.trim() }
}
