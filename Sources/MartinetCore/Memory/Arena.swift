import Foundation

/// One long range of addresses that blocks are cut from and given back to.
///
/// A request takes the lowest free range that is long enough, and neighbours that are free become one again, so blocks
/// crowd at the low end and the memory that was ever touched stays close to what was alive at once. Pages become physical
/// when they are first written to; how much of the range that will be, the kernel need not know when it is reserved.
struct Arena {
    let base: UnsafeMutableRawPointer
    let capacity: Int

    /// A stretch of free addresses. `touched` of its bytes are held as physical memory, from its start as far as is known.
    private struct Range {
        var offset: Int
        var bytes: Int
        var touched: Int
        var end: Int { offset + bytes }
    }

    /// By ascending offset; never two that touch.
    private var free: [Range]

    /// Physical memory of the free ranges.
    private(set) var touchedFreeBytes = 0

    /// Reserves addresses: `preferred` bytes, or what the system gives of it, but no less than `least`; nil if it gives
    /// none.
    init?(preferred: Int, least: Int) {
        var bytes = max(preferred, least)
        while true {
            if let base = Self.reserve(bytes) {
                self.base = base
                capacity = bytes
                free = [Range(offset: 0, bytes: bytes, touched: 0)]
                return
            }
            guard bytes > least else { return nil }
            bytes = max(bytes / 2, least)
        }
    }

    func contains(_ address: UnsafeMutableRawPointer) -> Bool { address >= base && address < base + capacity }

    /// The start of `bytes` free bytes; nil where no range is that long.
    mutating func allocate(bytes: Int) -> UnsafeMutableRawPointer? {
        guard let index = free.firstIndex(where: { $0.bytes >= bytes }) else { return nil }
        let range = free[index]
        let touched = min(range.touched, bytes)
        touchedFreeBytes -= touched
        if range.bytes == bytes {
            free.remove(at: index)
        } else {
            free[index] = Range(
                offset: range.offset + bytes, bytes: range.bytes - bytes, touched: range.touched - touched)
        }
        return base + range.offset
    }

    /// Takes back what `allocate(bytes:)` gave.
    mutating func release(_ address: UnsafeMutableRawPointer, bytes: Int) {
        var range = Range(offset: address - base, bytes: bytes, touched: bytes)
        touchedFreeBytes += bytes
        var index = firstIndex(after: range.offset)
        if index < free.count, free[index].offset == range.end {
            range.bytes += free[index].bytes
            range.touched += free[index].touched
            free.remove(at: index)
        }
        if index > 0, free[index - 1].end == range.offset {
            index -= 1
            free[index].bytes += range.bytes
            free[index].touched += range.touched
        } else {
            free.insert(range, at: index)
        }
    }

    /// Gives the physical memory of the free ranges back to the system; the addresses stay reserved.
    mutating func trim() {
        for index in free.indices where free[index].touched > 0 {
            madvise(base + free[index].offset, free[index].bytes, Self.adviceToDrop)
            free[index].touched = 0
        }
        touchedFreeBytes = 0
    }

    /// The first index of a range that starts after `offset`, by binary search.
    private func firstIndex(after offset: Int) -> Int {
        var low = 0
        var high = free.count
        while low < high {
            let middle = (low + high) / 2
            if free[middle].offset < offset { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private static func reserve(_ bytes: Int) -> UnsafeMutableRawPointer? {
        #if os(Linux)
        let flags = MAP_PRIVATE | MAP_ANONYMOUS | 0x4000  // MAP_NORESERVE
        #else
        let flags = MAP_PRIVATE | MAP_ANON
        #endif
        guard let base = mmap(nil, bytes, PROT_READ | PROT_WRITE, flags, -1, 0), base != MAP_FAILED else { return nil }
        #if os(Linux)
        // MADV_HUGEPAGE; an advice, so its result does not matter.
        madvise(base, bytes, 14)
        #endif
        return base
    }

    #if os(Linux)
    private static let adviceToDrop = MADV_DONTNEED
    #else
    private static let adviceToDrop = MADV_FREE
    #endif
}
