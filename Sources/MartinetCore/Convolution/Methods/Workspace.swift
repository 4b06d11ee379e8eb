/// Scratch memory of a loop's workers, a piece each, on cache lines of their own.
///
/// Its size depends on an algorithm's blocks and the number of workers, never on the batch.
struct Workspace {
    private let storage: Storage
    private let stride: Int

    /// - Parameter floats: the least size of a worker's piece.
    init(workers: Int, floats: Int) {
        // An odd number of cache lines more, so that workers' pieces do not meet in the same cache sets.
        stride = (floats + 15) / 16 * 16 + 48
        storage = Storage(uninitialized: workers * stride)
    }

    /// The piece of `worker`, valid while the workspace is.
    subscript(worker: Int) -> UnsafeMutablePointer<Float> { storage.pointer + worker * stride }
}

/// A number of rows cut into blocks of equal length, in a number that the threads share evenly.
struct RowBlocks {
    let rows: Int
    let blockRows: Int
    let count: Int

    /// - Parameters:
    ///   - limit: the most rows of a block.
    ///   - multiple: what a block's rows should be a multiple of.
    init(rows: Int, limit: Int, multiple: Int) {
        let threads = Threads.count
        let needed = max(1, (rows + limit - 1) / limit)
        let shared = (needed + threads - 1) / threads * threads
        let even = max(1, (rows + shared - 1) / shared)
        // Rounding up is fair only where a block is long.
        let rounded = even >= 4 * multiple ? (even + multiple - 1) / multiple * multiple : even
        self.rows = rows
        blockRows = rounded
        count = (rows + rounded - 1) / rounded
    }

    /// The rows of a block.
    subscript(block: Int) -> Range<Int> { block * blockRows..<min(rows, (block + 1) * blockRows) }
}
