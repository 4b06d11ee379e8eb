import CKernels

/// Reads windows over images as the rows of a product's left matrix.
struct WindowReader {
    enum Mode: Sendable {
        /// A window is just a pixel: the images are the matrix.
        case inPlace

        /// Windows are copied into scratch memory.
        case gathered

        /// The images' lines are copied into scratch memory with their padding, and windows read there through a table of
        /// pointers, one for each line of a window.
        case lines

        /// Windows stay where they are, and are read through a table of pointers to their taps.
        case pointers
    }

    /// The windows; `channels` are those of one group.
    let grid: mk_window_grid
    let source: ParallelInput<Float>
    let mode: Mode

    /// Zeros, which taps outside the image point to.
    private let zeros: Storage

    init(_ grid: mk_window_grid, source: UnsafePointer<Float>, mode: Mode) {
        self.grid = grid
        self.source = ParallelInput(source)
        self.mode = mode
        zeros = Storage(uninitialized: mode == .pointers ? grid.channels : 0)
        zeros.pointer.initialize(repeating: 0, count: zeros.count)
    }

    private var taps: Int { grid.vertical.taps * grid.horizontal.taps }

    /// The length of a row.
    var depth: Int { taps * grid.channels }

    /// The scratch memory, in floats, for reading `rows` rows.
    func scratchFloats(rows: Int) -> Int {
        switch mode {
        case .inPlace: 0
        case .gathered: rows * depth
        case .lines: tableFloats(rows * grid.vertical.taps) + lineCount(rows: rows) * grid.lineFloats
        case .pointers: tableFloats(rows * taps)
        }
    }

    /// The size of a table of pointers in floats.
    private func tableFloats(_ count: Int) -> Int {
        count * MemoryLayout<UnsafePointer<Float>>.stride / MemoryLayout<Float>.stride
    }

    /// The most lines that `rows` windows can lie in: they begin and end within a row of windows and within an image.
    private func lineCount(rows: Int) -> Int {
        let (vertical, horizontal) = (grid.vertical, grid.horizontal)
        let windowRows = rows / horizontal.windows + 2
        let images = windowRows / vertical.windows + 2
        return windowRows * vertical.step + images * (vertical.taps - vertical.step)
    }

    private func table(_ scratch: UnsafeMutablePointer<Float>, _ count: Int)
        -> UnsafeMutablePointer<UnsafePointer<Float>?>
    {
        // Workspaces start on cache lines, so the table is aligned.
        UnsafeMutableRawPointer(scratch).bindMemory(to: UnsafePointer<Float>?.self, capacity: count)
    }

    /// The rows in `part` of one group, valid while `scratch` is left alone.
    func read(_ part: Range<Int>, group: Int, _ scratch: UnsafeMutablePointer<Float>) -> mk_product_rows {
        let source = source.start + group * grid.channels
        switch mode {
        case .inPlace:
            return mk_product_rows(
                taps: 1, channels: grid.channels, pointers: nil, pointer_stride: 0,
                base: source + part.lowerBound * grid.pixel_stride, base_stride: grid.pixel_stride)
        case .gathered:
            withUnsafePointer(to: grid) { mk_gather_columns($0, part.lowerBound, part.upperBound, source, scratch) }
            return mk_product_rows(
                taps: 1, channels: depth, pointers: nil, pointer_stride: 0, base: UnsafePointer(scratch),
                base_stride: depth)
        case .lines:
            let taps = grid.vertical.taps
            let table = table(scratch, taps * part.count)
            let lines = scratch + tableFloats(taps * part.count)
            withUnsafePointer(to: grid) {
                mk_window_lines($0, part.lowerBound, part.upperBound, source, lines, table, part.count)
            }
            return mk_product_rows(
                taps: taps, channels: grid.horizontal.taps * grid.channels, pointers: UnsafePointer(table),
                pointer_stride: part.count, base: nil, base_stride: 0)
        case .pointers:
            let table = table(scratch, taps * part.count)
            withUnsafePointer(to: grid) {
                mk_window_pointers($0, part.lowerBound, part.upperBound, source, zeros.pointer, table, part.count)
            }
            return mk_product_rows(
                taps: taps, channels: grid.channels, pointers: UnsafePointer(table), pointer_stride: part.count,
                base: nil, base_stride: 0)
        }
    }
}

extension mk_window_grid {
    /// Whether a window's pixels along the width are neighbours in memory, and neighbouring windows leave no pixel out.
    var hasRuns: Bool {
        [vertical, horizontal].allSatisfy { $0.increment == 1 && $0.step <= $0.taps } && pixel_stride == channels
    }

    /// The size of a line with its padding, in floats.
    var lineFloats: Int { ((horizontal.windows - 1) * horizontal.step + horizontal.taps) * channels }
}

extension ConvolutionGeometry {
    /// The windows over the input, with the channels of one group.
    var inputWindows: mk_window_grid {
        mk_window_grid(
            vertical: vertical.inputWindows, horizontal: horizontal.inputWindows, channels: groupInputChannels,
            pixel_stride: inputChannels)
    }
}

extension WindowAxis {
    var inputWindows: mk_window_axis {
        mk_window_axis(
            size: input, windows: output, step: stride, taps: kernel, first: -paddingBefore, increment: dilation)
    }
}
