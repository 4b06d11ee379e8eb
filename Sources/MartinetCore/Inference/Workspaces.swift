import CKernels
import MartinetBase

/// Pieces of memory of one size, handed out to one user at a time and kept for the next.
package final class Workspaces: Sendable {
    private let floats: Int
    private let free = Locked<[Storage]>([])

    package init(floats: Int) { self.floats = floats }

    /// Calls `body` with a piece that nobody else has meanwhile.
    package func withWorkspace<Result>(_ body: (Storage) -> Result) -> Result {
        let storage = free.withLock { $0.popLast() } ?? Storage(uninitialized: floats)
        defer { free.withLock { $0.append(storage) } }
        return body(storage)
    }
}

extension NDArray {
    /// An array over a part of `workspace`, whose owner sees to it that the elements stay as long as they are read.
    package init(shape: [Int], in workspace: Storage, at offset: Int) {
        self.init(shape: shape, storage: Storage(part: workspace, offset: offset, count: elementCount(shape)))
    }

    /// `channelsNormalized`, written to `out`, which may be this array's own memory or the addend's.
    package func normalizeChannels(
        mean: NDArray, scale: NDArray, shift: NDArray, adding addend: NDArray?, relu: Bool,
        into out: UnsafeMutablePointer<Float>
    ) {
        let columns = scale.count
        let source = pointer
        let target = SendablePointer(out)
        parallelFor(count / max(1, columns), grain: grainSize(itemSize: columns)) { range, _ in
            let start = range.lowerBound * columns
            mk_normalize_columns(
                range.count, columns, source + start, mean.pointer, scale.pointer, shift.pointer,
                addend.map { $0.pointer + start }, relu ? 1 : 0, target.address + start)
        }
    }

    /// This array plus `addend` unless nil, its positive part if `relu`, written to `out`, which may be the memory of either.
    package func add(_ addend: NDArray?, relu: Bool, into out: UnsafeMutablePointer<Float>) {
        let source = pointer
        let target = SendablePointer(out)
        parallelFor(count, grain: elementwiseGrain) { part, _ in
            let (from, to) = (source + part.lowerBound, target.address + part.lowerBound)
            if let addend {
                mk_binary(.add, 1, part.count, from, 0, 1, addend.pointer + part.lowerBound, 0, 1, to)
            }
            if relu { mk_unary(.relu, part.count, addend == nil ? from : UnsafePointer(to), to) }
        }
    }
}
