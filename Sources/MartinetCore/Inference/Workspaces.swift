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
        parallelFill(out, count: count / max(1, columns), width: columns) { part, rows in
            let start = rows.lowerBound * columns
            mk_normalize_columns(
                rows.count, columns, pointer + start, mean.pointer, scale.pointer, shift.pointer,
                addend.map { $0.pointer + start }, relu ? 1 : 0, part)
        }
    }

    /// This array plus `addend` unless nil, its positive part if `relu`, written to `out`, which may be the memory of either.
    package func add(_ addend: NDArray?, relu: Bool, into out: UnsafeMutablePointer<Float>) {
        parallelFill(out, count: count) { part, items in
            let source = pointer + items.lowerBound
            if let addend {
                mk_binary(.add, 1, items.count, source, 0, 1, addend.pointer + items.lowerBound, 0, 1, part)
            }
            if relu { mk_unary(.relu, items.count, addend == nil ? source : UnsafePointer(part), part) }
        }
    }
}
