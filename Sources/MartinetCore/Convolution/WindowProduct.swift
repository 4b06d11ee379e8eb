import CKernels

/// The product of the windows over images with a matrix, block by block: the core of the convolution and of its gradient by
/// the input, which differ in what a window is and where a row of the result goes.
struct WindowProduct {
    /// What multiplies.
    enum Engine: Sendable {
        /// OpenBLAS, which packs both sides itself.
        case blas

        /// Martinet's kernel, with the matrix packed once.
        case panels
    }

    var reader: WindowReader
    var engine: Engine

    /// The number of windows in all images.
    var rows: Int
    var groups: Int

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

    private var resultColumns: Int { columns * groups }

    /// Computes it in blocks of at most `blockRows` windows.
    func run(blockRows: Int) {
        guard rows > 0 else { return }
        let panels = engine == .panels && reader.depth > 0 ? packedPanels() : nil
        if isWide {
            runByColumns(panels)
        } else {
            runByRows(panels, blockRows: blockRows)
        }
    }

    private func runByRows(_ panels: Storage?, blockRows: Int) {
        let blocks = RowBlocks(rows: rows, limit: blockRows, multiple: engine == .panels ? Int(MK_PRODUCT_ROWS) : 16)
        let read = (reader.scratchFloats(rows: blocks.blockRows) + 15) / 16 * 16
        let scattered = pixels == nil ? 0 : blocks.blockRows * resultColumns
        let workers = parallelWorkers(count: blocks.count)
        let workspace = Workspace(workers: workers, floats: read + scattered)
        parallelFor(blocks.count, workers: workers) { range, worker in
            let scratch = workspace[worker]
            for block in range {
                let part = blocks[block]
                let product = pixels == nil ? target + part.lowerBound * resultColumns : scratch + read
                for group in 0..<groups {
                    let left = reader.read(part, group: group, scratch)
                    multiply(left, rows: part.count, group: group, columns: 0..<columns, panels, product)
                }
                finish(part, product)
            }
        }
    }

    /// Whether there are too few rows to share, but a large matrix: then its columns are shared.
    private var isWide: Bool {
        rows < 48 * Threads.count && columns >= 64 && reader.depth * columns >= 1 << 16
    }

    /// The product of few rows: read once, then multiplied with the columns shared among the threads.
    private func runByColumns(_ panels: Storage?) {
        let read = (reader.scratchFloats(rows: rows) + 15) / 16 * 16
        let workspace = Workspace(workers: 1, floats: read + (pixels == nil ? 0 : rows * resultColumns))
        withExtendedLifetime(workspace) {
            let scratch = workspace[0]
            let product = pixels == nil ? target : scratch + read
            let width = Int(MK_PANEL_WIDTH)
            for group in 0..<groups {
                let left = reader.read(0..<rows, group: group, scratch)
                parallelFor((columns + width - 1) / width, grain: 2) { part, _ in
                    multiply(
                        left, rows: rows, group: group,
                        columns: part.lowerBound * width..<min(columns, part.upperBound * width), panels, product)
                }
            }
            finish(0..<rows, product)
        }
    }

    /// `part` of the columns of a group's product, `columns.lowerBound` a multiple of the panels' width.
    private func multiply(
        _ left: mk_product_rows, rows: Int, group: Int, columns part: Range<Int>, _ panels: Storage?,
        _ product: UnsafeMutablePointer<Float>
    ) {
        let first = group * columns + part.lowerBound
        guard let panels else {
            gemm(
                m: rows, n: part.count, k: reader.depth, left.base ?? reader.source, lda: left.base_stride,
                matrix + group * matrixGroupStride + part.lowerBound, ldb: matrixStride, product + first,
                ldc: resultColumns)
            return
        }
        let step = min(max(Self.panelFloats / columns, 128), 512)
        withUnsafePointer(to: left) {
            mk_panel_product(
                $0, rows, panels.pointer + group * panelsGroupStride + part.lowerBound * reader.depth, part.count, step,
                bias.map { $0 + first }, relu ? 1 : 0, product + first, resultColumns)
        }
    }

    /// Bias and activation, where the kernel has not done them, and, where rows go to pixels, the way there.
    private func finish(_ part: Range<Int>, _ product: UnsafeMutablePointer<Float>) {
        let isDone = engine == .panels && reader.depth > 0
        if !isDone, bias != nil || relu { mk_bias_relu(part.count, resultColumns, bias, relu ? 1 : 0, product) }
        if let pixels {
            withUnsafePointer(to: pixels) { mk_scatter_pixels($0, part.lowerBound, part.upperBound, product, target) }
        }
    }

    /// The part of the panels that is multiplied at a time has about this many floats, to stay in the second-level cache.
    private static let panelFloats = 1 << 17

    private var panelsGroupStride: Int {
        let width = Int(MK_PANEL_WIDTH)
        return (columns + width - 1) / width * width * reader.depth
    }

    /// The right-hand matrices of all groups in panels.
    private func packedPanels() -> Storage {
        let width = Int(MK_PANEL_WIDTH)
        let depth = reader.depth
        let panels = (columns + width - 1) / width
        let packed = Storage(uninitialized: groups * panelsGroupStride)
        parallelFor(groups * panels, grain: grainSize(itemSize: depth * width)) { range, _ in
            for index in range {
                let (group, panel) = (index / panels, index % panels)
                mk_pack_panel(
                    depth, min(width, columns - panel * width), matrix + group * matrixGroupStride + panel * width,
                    matrixStride, packed.pointer + group * panelsGroupStride + panel * width * depth)
            }
        }
        return packed
    }
}
