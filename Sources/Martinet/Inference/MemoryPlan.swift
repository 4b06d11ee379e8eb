/// Places for values in one piece of memory, each of which is free again after its value's release.
struct MemoryPlan {
    private(set) var places: [Int: Int] = [:]
    private(set) var floats = 0
    private var sizes: [Int: Int] = [:]
    /// By their start, none next to each other.
    private var gaps: [Range<Int>] = []

    /// The place of `value`: that of `other`, which it takes over, or the tightest gap, or behind everything.
    mutating func place(_ value: Int, floats count: Int, over other: Int?) -> Int {
        // An odd number of cache lines apart, so that a step's input and output do not meet in the same cache sets.
        let size = (count + 31) / 32 * 32 + 16
        if let other, let start = places[other], sizes[other] == size {
            (places[other], sizes[other]) = (nil, nil)
            (places[value], sizes[value]) = (start, size)
            return start
        }
        let start: Int
        if let best = gaps.indices.filter({ gaps[$0].count >= size }).min(by: { gaps[$0].count < gaps[$1].count }) {
            start = gaps[best].lowerBound
            gaps[best] = start + size..<gaps[best].upperBound
            if gaps[best].isEmpty { gaps.remove(at: best) }
        } else if let last = gaps.last, last.upperBound == floats {
            start = last.lowerBound
            gaps.removeLast()
            floats = start + size
        } else {
            start = floats
            floats += size
        }
        (places[value], sizes[value]) = (start, size)
        return start
    }

    /// Makes the place of `value`, if it has one, free.
    mutating func release(_ value: Int) {
        guard let start = places[value], let size = sizes[value] else { return }
        (places[value], sizes[value]) = (nil, nil)
        var gap = start..<start + size
        if let before = gaps.firstIndex(where: { $0.upperBound == gap.lowerBound }) {
            gap = gaps.remove(at: before).lowerBound..<gap.upperBound
        }
        if let after = gaps.firstIndex(where: { $0.lowerBound == gap.upperBound }) {
            gap = gap.lowerBound..<gaps.remove(at: after).upperBound
        }
        gaps.insert(gap, at: gaps.firstIndex { $0.lowerBound > gap.lowerBound } ?? gaps.count)
    }
}
