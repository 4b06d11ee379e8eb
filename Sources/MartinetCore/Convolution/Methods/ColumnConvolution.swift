import CKernels

/// A convolution as a product of the matrix of its windows, a window a row, with the weight, in blocks of windows that stay in a
/// worker's cache.
struct ColumnConvolution: ConvolutionMethod {
    /// The way to the windows.
    let reading: WindowReader.Mode

    /// Multiplies.
    let engine: WindowProduct.Engine

    /// The weight as the engine reads it.
    enum Weight: Sendable {
        case plain(NDArray)
        case panels(PanelMatrix)
    }

    func canCompute(_ geometry: ConvolutionGeometry, _ direction: ConvolutionDirection) -> Bool {
        if reading == .inPlace, !geometry.isPointwise { return false }
        return engine == .blas || direction != .weightGradient || geometry.groupOutputChannels % 16 == 0
    }

    func blocks(_ geometry: ConvolutionGeometry, _ direction: ConvolutionDirection) -> ConvolutionBlocks {
        let (inputs, outputs) = (geometry.groupInputChannels, geometry.groupOutputChannels)
        let floatBytes = MemoryLayout<Float>.stride
        switch (engine, direction) {
        case (.blas, _):
            // A block of columns of 768 KB was measured best on cores with 1 to 2 MB of second-level cache. With fewer rows
            // than 96 OpenBLAS spends its time packing the weight.
            let columns =
                reading == .inPlace
                ? inputs + outputs : geometry.taps * (direction == .inputGradient ? outputs : inputs)
            return ConvolutionBlocks(rows: min(max((3 << 18) / (columns * floatBytes) / 16 * 16, 96), 1 << 14))
        case (.panels, .weightGradient):
            // The rows of a tile's columns stay in the first-level cache; a large gradient, which leaves the caches
            // between blocks, is worth longer ones.
            return ConvolutionBlocks(rows: elementCount(geometry.weightShape) * floatBytes > 1 << 20 ? 512 : 128)
        case (.panels, _):
            // The result's block is written once and its windows overlap: both fit the second-level cache.
            let columns = direction == .forward ? geometry.outputChannels : geometry.inputChannels
            return ConvolutionBlocks(rows: min(max((1 << 17) / (columns * floatBytes) / 12 * 12, 48), 480))
        }
    }

    func prepare(_ weight: NDArray, groups: Int) -> Weight {
        engine == .blas ? .plain(weight) : .panels(PanelMatrix(weight, groups: groups))
    }

    /// Reads the windows over `source`, an array of the images that `grid` slides over.
    func reader(
        _ grid: mk_window_grid, _ geometry: ConvolutionGeometry, source: UnsafePointer<Float>
    ) -> WindowReader {
        let mode: WindowReader.Mode =
            switch reading {
            case .inPlace, .gathered: reading
            case .lines: grid.hasRuns ? .lines : .gathered
            case .pointers: geometry.isPointwise ? .inPlace : .pointers
            }
        return WindowReader(grid, source: source, mode: mode)
    }

    /// In blocks: read, multiply, add bias and addend, while all of it is in the cache.
    func forward(
        _ plan: ConvolutionPlan, input: UnsafePointer<Float>, _ weight: Weight, _ epilogue: mk_epilogue,
        _ out: UnsafeMutablePointer<Float>
    ) {
        let geometry = plan.geometry
        let matrix: WindowProduct.Matrix =
            switch weight {
            case .plain(let weight):
                .rows(
                    ParallelInput(weight.pointer), stride: geometry.outputChannels,
                    groupStride: geometry.groupOutputChannels)
            case .panels(let panels): .panels(panels)
            }
        let product = WindowProduct(
            reader: reader(geometry.inputWindows, geometry, source: input),
            rows: geometry.outputPositions, groups: geometry.groups, matrix: matrix,
            columns: geometry.groupOutputChannels, target: ParallelOutput(out), pixels: nil, epilogue: epilogue)
        withExtendedLifetime(weight) { product.run(blockRows: plan.blocks.rows) }
    }
}

extension ConvolutionAlgorithm {
    /// A 1x1 convolution with stride 1 and without padding: the image is the left matrix of a plain product.
    package static let pointwise = ConvolutionAlgorithm(
        "pointwise", ColumnConvolution(reading: .inPlace, engine: .blas))

    /// Blocks of the column matrix are gathered into a worker's cache, each followed by its product. Any geometry.
    package static let columns = ConvolutionAlgorithm("im2col", ColumnConvolution(reading: .gathered, engine: .blas))

    /// Windows are read where they are, through pointers to their taps, by a kernel that packs the weight once. Any
    /// geometry; the gradient by the weight if the output channels of a group are a multiple of 16.
    package static let indirect = ConvolutionAlgorithm(
        "indirect", ColumnConvolution(reading: .pointers, engine: .panels))

    /// As `indirect`, with a line of a window as one tap, since a tap of few channels is shorter than a pointer's cost: the
    /// images' lines are copied with their padding, or, with dilation or groups, each window.
    package static let fewChannels = ConvolutionAlgorithm(
        "few-channels", ColumnConvolution(reading: .lines, engine: .panels))
}
