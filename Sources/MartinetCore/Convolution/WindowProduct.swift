import CKernels

/// The product of a column matrix with a matrix, block by block: the core of the convolution and of its gradient by the
/// input, which differ in what a window is and where a row of the result goes.
struct WindowProduct {
    /// Windows over the source; its `channels` are those of one group.
    var grid: mk_window_grid
    var source: UnsafePointer<Float>

    /// The number of windows in all images.
    var rows: Int
    var groups: Int

    /// Whether a window is just a pixel of its own, so that the source is the column matrix.
    var isIdentity: Bool

    /// The right-hand matrix of group 0, the distance between its rows and to the next group's.
    var matrix: UnsafePointer<Float>
    var matrixStride: Int
    var matrixGroupStride: Int

    /// Columns of a group's product.
    var columns: Int

    /// Where the result goes: its rows in order, or each to a pixel of an image.
    var target: UnsafeMutablePointer<Float>
    var pixels: mk_pixel_grid?

    var bias: UnsafePointer<Float>?
    var relu = false

    /// The length of a row of the column matrix of one group.
    private var depth: Int { grid.vertical.taps * grid.horizontal.taps * grid.channels }

    /// Computes it in blocks of at most `blockRows` windows.
    func run(blockRows: Int) {
        guard rows > 0 else { return }
        if isWide {
            runByColumns()
            return
        }
        let blocks = RowBlocks(rows: rows, limit: blockRows)
        let gathered = isIdentity ? 0 : blocks.blockRows * depth
        let scattered = pixels == nil ? 0 : blocks.blockRows * columns * groups
        let workers = parallelWorkers(count: blocks.count)
        let workspace = Workspace(workers: workers, floats: gathered + scattered)
        parallelFor(blocks.count, workers: workers) { range, worker in
            let scratch = workspace[worker]
            for block in range {
                let part = blocks[block]
                let product = pixels == nil ? target + part.lowerBound * columns * groups : scratch + gathered
                for group in 0..<groups {
                    let (left, stride) = window(part, group: group, scratch)
                    gemm(
                        m: part.count, n: columns, k: depth, left, lda: stride, matrix + group * matrixGroupStride,
                        ldb: matrixStride, product + group * columns, ldc: columns * groups)
                }
                finish(part, product)
            }
        }
    }

    /// Whether there are too few rows to share, but a large matrix: then its columns are shared.
    private var isWide: Bool {
        rows < 48 * Threads.count && columns >= 64 * Threads.count && depth * columns >= 1 << 16
    }

    /// The product of few rows: gathered once, then multiplied with the columns shared among the threads.
    private func runByColumns() {
        let gathered = isIdentity ? 0 : rows * depth
        let workspace = Workspace(workers: 1, floats: gathered + (pixels == nil ? 0 : rows * columns * groups))
        let scratch = workspace[0]
        let product = pixels == nil ? target : scratch + gathered
        for group in 0..<groups {
            if !isIdentity {
                let source = source + group * grid.channels
                parallelFor(rows, grain: grainSize(itemSize: depth)) { part, _ in
                    withUnsafePointer(to: grid) {
                        mk_gather_columns(
                            $0, part.lowerBound, part.upperBound, source, scratch + part.lowerBound * depth)
                    }
                }
            }
            let (left, stride) =
                isIdentity ? (source + group * grid.channels, grid.pixel_stride) : (UnsafePointer(scratch), depth)
            parallelFor(columns, grain: 32) { part, _ in
                gemm(
                    m: rows, n: part.count, k: depth, left, lda: stride,
                    matrix + group * matrixGroupStride + part.lowerBound, ldb: matrixStride,
                    product + group * columns + part.lowerBound, ldc: columns * groups)
            }
        }
        finish(0..<rows, product)
    }

    /// The left matrix of the windows in `part`: gathered into `scratch`, or read in place.
    private func window(
        _ part: Range<Int>, group: Int, _ scratch: UnsafeMutablePointer<Float>
    ) -> (UnsafePointer<Float>, stride: Int) {
        let source = source + group * grid.channels
        if isIdentity { return (source + part.lowerBound * grid.pixel_stride, grid.pixel_stride) }
        withUnsafePointer(to: grid) { mk_gather_columns($0, part.lowerBound, part.upperBound, source, scratch) }
        return (UnsafePointer(scratch), depth)
    }

    /// Bias, activation and, where rows go to pixels, the way there.
    private func finish(_ part: Range<Int>, _ product: UnsafeMutablePointer<Float>) {
        if bias != nil || relu { mk_bias_relu(part.count, columns * groups, bias, relu ? 1 : 0, product) }
        if let pixels {
            withUnsafePointer(to: pixels) { mk_scatter_pixels($0, part.lowerBound, part.upperBound, product, target) }
        }
    }
}
