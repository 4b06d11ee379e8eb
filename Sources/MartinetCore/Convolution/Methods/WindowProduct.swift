import CKernels

/// The product of the windows over images with a matrix, block by block: the core of the convolution and of its gradient by
/// the input, which differ in what a window is and where a row of the result goes.
struct WindowProduct {
    /// The code that multiplies.
    enum Engine: Sendable {
        /// OpenBLAS, which packs both sides itself.
        case blas

        /// Martinet's kernel, with the matrix packed once.
        case panels
    }

    /// The right-hand matrices, one a group, in the form that the engine reads.
    enum Matrix {
        /// That of group 0, the distance between its rows and to the next group's: for OpenBLAS.
        case rows(ParallelInput<Float>, stride: Int, groupStride: Int)
        case panels(PanelMatrix)
    }

    var reader: WindowReader

    /// The number of windows in all images.
    var rows: Int
    var groups: Int
    var matrix: Matrix

    /// Columns of a group's product.
    var columns: Int

    /// Where the result goes: its rows in order, or each to a pixel of an image.
    var target: ParallelOutput<Float>
    var pixels: mk_pixel_grid?

    /// Applied to each block of the result; no addend where rows go to pixels.
    var epilogue = mk_epilogue()

    private var resultColumns: Int { columns * groups }

    /// The rows of a block should be a multiple of this.
    private var rowMultiple: Int { if case .panels = matrix { Int(MK_PRODUCT_ROWS) } else { 16 } }

    /// Computes it in blocks of at most `blockRows` windows.
    func run(blockRows: Int) {
        guard rows > 0 else { return }
        if isWide {
            runByColumns()
        } else {
            runByRows(blockRows: blockRows)
        }
    }

    private func runByRows(blockRows: Int) {
        let blocks = RowBlocks(rows: rows, limit: blockRows, multiple: rowMultiple)
        let read = (reader.scratchFloats(rows: blocks.blockRows) + 15) / 16 * 16
        let scattered = pixels == nil ? 0 : blocks.blockRows * resultColumns
        let workers = parallelWorkers(count: blocks.count)
        let workspace = Workspace(workers: workers, floats: read + scattered)
        parallelFor(blocks.count, workers: workers) { range, worker in
            let scratch = workspace[worker]
            for block in range {
                let part = blocks[block]
                let product = pixels == nil ? target.start + part.lowerBound * resultColumns : scratch + read
                let epilogue = epilogue.advanced(by: part.lowerBound * resultColumns, columns: 0)
                prepare(part, epilogue, product)
                for group in 0..<groups {
                    let left = reader.read(part, group: group, scratch)
                    multiply(left, rows: part.count, group: group, columns: 0..<columns, epilogue, product)
                }
                finish(part, epilogue, product)
            }
        }
    }

    /// Whether there are too few rows to share, but a large matrix: then its columns are shared.
    private var isWide: Bool {
        rows < 48 * Threads.count && columns >= 64 && reader.depth * columns >= 1 << 16
    }

    /// The product of few rows: read once, then multiplied with the columns shared among the threads.
    private func runByColumns() {
        let read = (reader.scratchFloats(rows: rows) + 15) / 16 * 16
        let workspace = Workspace(workers: 1, floats: read + (pixels == nil ? 0 : rows * resultColumns))
        withExtendedLifetime(workspace) {
            let scratch = workspace[0]
            let product = ParallelOutput(pixels == nil ? target.start : scratch + read)
            let width = Int(MK_PANEL_WIDTH)
            prepare(0..<rows, epilogue, product.start)
            for group in 0..<groups {
                let left = reader.read(0..<rows, group: group, scratch)
                parallelFor((columns + width - 1) / width, grain: 2) { part, _ in
                    multiply(
                        left, rows: rows, group: group,
                        columns: part.lowerBound * width..<min(columns, part.upperBound * width), epilogue,
                        product.start)
                }
            }
            finish(0..<rows, epilogue, product.start)
        }
    }

    /// Puts the addend where OpenBLAS adds its product to.
    private func prepare(_ part: Range<Int>, _ epilogue: mk_epilogue, _ product: UnsafeMutablePointer<Float>) {
        guard case .rows = matrix, let addend = epilogue.addend, addend != UnsafePointer(product) else { return }
        product.update(from: addend, count: part.count * resultColumns)
    }

    /// `part` of the columns of a group's product, `columns.lowerBound` a multiple of the panels' width.
    private func multiply(
        _ left: mk_product_rows, rows: Int, group: Int, columns part: Range<Int>, _ epilogue: mk_epilogue,
        _ product: UnsafeMutablePointer<Float>
    ) {
        let first = group * columns + part.lowerBound
        switch matrix {
        case .rows(let matrix, let stride, let groupStride):
            gemm(
                m: rows, n: part.count, k: reader.depth, left.base ?? reader.source.start, lda: left.base_stride,
                matrix.start + group * groupStride + part.lowerBound, ldb: stride, beta: epilogue.addend == nil ? 0 : 1,
                product + first, ldc: resultColumns)
        case .panels(let panels):
            withUnsafePointer(to: left) { left in
                withUnsafePointer(to: epilogue.advanced(by: first, columns: first)) {
                    mk_panel_product(
                        left, rows, panels.panels(group: group, from: part.lowerBound), part.count, 512, $0,
                        product + first, resultColumns)
                }
            }
        }
    }

    /// Does the part of the epilogue that the kernel has not done, and, where rows go to pixels, takes them there.
    private func finish(_ part: Range<Int>, _ epilogue: mk_epilogue, _ product: UnsafeMutablePointer<Float>) {
        if case .rows = matrix, epilogue.bias != nil || epilogue.relu != 0 {
            mk_bias_relu(part.count, resultColumns, epilogue.bias, epilogue.relu, product)
        }
        if let pixels {
            withUnsafePointer(to: pixels) {
                mk_scatter_pixels($0, part.lowerBound, part.upperBound, product, target.start)
            }
        }
    }
}

// @unchecked: a kernel only reads what they point to, which nobody writes to while a loop reads it, but for an addend that is
// the result's own memory: of that each body reads the elements that it is about to overwrite.
extension mk_epilogue: @retroactive @unchecked Sendable {}
extension mk_product_rows: @retroactive @unchecked Sendable {}

extension mk_epilogue {
    init(bias: UnsafePointer<Float>?, addend: UnsafePointer<Float>?, relu: Bool) {
        self.init(bias: bias, addend: addend, relu: relu ? 1 : 0)
    }

    /// The epilogue of a part of the result that starts `offset` elements and `columns` columns later.
    func advanced(by offset: Int, columns: Int) -> mk_epilogue {
        mk_epilogue(bias: bias.map { $0 + columns }, addend: addend.map { $0 + offset }, relu: relu)
    }
}
