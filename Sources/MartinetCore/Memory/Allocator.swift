import Foundation
import MartinetBase

/// The caching allocator: what arrays give back is handed out again, because a fresh mapping for every activation costs as
/// much as the arithmetic.
///
/// Large blocks are cut from arenas. Small ones come from `malloc`, which is quick at them; so do all of them where the
/// environment variable `MARTINET_ALLOCATOR` is `system`, which lets an address sanitizer watch each.
final class Allocator: Sendable {
    static let shared = Allocator()

    /// A piece of memory and its size as it was rounded up.
    struct Block: @unchecked Sendable {
        // @unchecked: a block is an address and a size; who may touch the memory is the owner's affair.
        let address: UnsafeMutableRawPointer
        let bytes: Int
    }

    private struct State: @unchecked Sendable {
        // @unchecked: the arenas' addresses are handed out under the lock, and each to one owner.
        var arenas: [Arena] = []
        var usedBytes = 0
        var peakBytes = 0
    }

    private let state = Locked(State())

    /// Blocks below this size are left to `malloc`.
    private static let smallestInArena = isSystemWanted() ? Int.max : 1 << 16

    /// The addresses of an arena, of which only those that are used cost memory.
    private static let arenaBytes = 1 << 37

    func allocate(bytes requested: Int) -> Block {
        require(requested >= 0 && requested < Int.max / 2, "cannot allocate \(requested) bytes")
        let bytes = Self.rounded(requested)
        let address = bytes < Self.smallestInArena ? Self.systemAllocate(bytes) : nil
        let block = state.withLock { state -> Block? in
            guard let address = address ?? Self.allocateInArenas(of: &state, bytes: bytes) else { return nil }
            state.usedBytes += bytes
            state.peakBytes = max(state.peakBytes, state.usedBytes)
            return Block(address: address, bytes: bytes)
        }
        guard let block else {
            fatalError("out of memory: cannot allocate \(bytes) bytes (in use: \(usage.used) bytes)")
        }
        return block
    }

    func release(_ block: Block) {
        let isInArena = block.bytes >= Self.smallestInArena
        state.withLock { state in
            state.usedBytes -= block.bytes
            guard isInArena, let index = state.arenas.firstIndex(where: { $0.contains(block.address) }) else { return }
            state.arenas[index].release(block.address, bytes: block.bytes)
        }
        if !isInArena { free(block.address) }
    }

    /// Gives what is held for reuse back to the system.
    func trim() {
        state.withLock { state in
            for index in state.arenas.indices { state.arenas[index].trim() }
        }
    }

    func resetPeak() { state.withLock { $0.peakBytes = $0.usedBytes } }

    var usage: (used: Int, peak: Int, cached: Int) {
        state.withLock { state in
            (state.usedBytes, state.peakBytes, state.arenas.reduce(0) { $0 + $1.touchedFreeBytes })
        }
    }

    private static func allocateInArenas(of state: inout State, bytes: Int) -> UnsafeMutableRawPointer? {
        guard bytes >= smallestInArena else { return nil }
        for index in state.arenas.indices {
            if let address = state.arenas[index].allocate(bytes: bytes) { return address }
        }
        guard var arena = Arena(preferred: arenaBytes, least: bytes) else { return nil }
        let address = arena.allocate(bytes: bytes)
        state.arenas.append(arena)
        return address
    }

    /// Of this machine: 4 KB on x86, up to 64 KB on arm64. The system takes memory back by whole pages, and a page that two
    /// arrays shared would go with the first.
    private static let pageSize = sysconf(Int32(_SC_PAGESIZE))

    /// `bytes` rounded up to whole cache lines, large ones to whole pages.
    private static func rounded(_ bytes: Int) -> Int {
        let unit = bytes < smallestInArena ? 64 : pageSize
        return max(1, (bytes + unit - 1) / unit) * unit
    }

    private static func systemAllocate(_ bytes: Int) -> UnsafeMutableRawPointer? {
        var address: UnsafeMutableRawPointer?
        return posix_memalign(&address, 64, bytes) == 0 ? address : nil
    }

    private static func isSystemWanted() -> Bool {
        Setting.read("MARTINET_ALLOCATOR", expected: "system or nothing", otherwise: false, "using arenas") {
            $0 == "system" ? true : nil
        }
    }
}
