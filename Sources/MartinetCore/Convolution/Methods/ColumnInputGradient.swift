import CKernels

extension ColumnConvolution {
    /// The gradient by the input, without adding anything into anything.
    ///
    /// Input position `y` is seen by tap `k` of output `(y + padding - k * dilation) / stride`, where that is whole. So the
    /// positions of one phase, `y mod stride`, see the same taps, at distances that do not depend on the position: each phase is
    /// a convolution of the output gradient with stride 1, by the phase's taps of the weight, transposed. With stride 1 there
    /// is one phase.
    func inputGradient(
        _ plan: ConvolutionPlan, outputGradient: UnsafePointer<Float>, weight: NDArray,
        _ out: UnsafeMutablePointer<Float>
    ) {
        let geometry = plan.geometry
        // [kH, kW, O, C / groups], of which a phase's taps are packed one after the other, a group at a time.
        let transposed = weight.permuted([0, 1, 3, 2])
        let packed = Storage(uninitialized: weight.count)
        let isOnePhase = geometry.vertical.stride == 1 && geometry.horizontal.stride == 1
        for y in AxisPhase.all(geometry.vertical) {
            for x in AxisPhase.all(geometry.horizontal) {
                packPhase(y, x, geometry, transposed, packed)
                let grid = mk_window_grid(
                    vertical: y.windows, horizontal: x.windows, channels: geometry.groupOutputChannels,
                    pixel_stride: geometry.outputChannels)
                let pixels = mk_pixel_grid(
                    height: geometry.inputHeight, width: geometry.inputWidth, channels: geometry.inputChannels,
                    grid_height: y.windows.windows, grid_width: x.windows.windows, y0: y.first, x0: x.first,
                    step_y: geometry.vertical.stride, step_x: geometry.horizontal.stride)
                let columns = geometry.groupInputChannels
                let depth = y.taps.count * x.taps.count * geometry.groupOutputChannels
                let matrix: WindowProduct.Matrix =
                    engine == .blas || depth == 0
                    ? .rows(ParallelInput(packed.pointer), stride: columns, groupStride: depth * columns)
                    : .panels(
                        PanelMatrix(
                            packed.pointer, depth: depth, columns: columns, stride: columns, groups: geometry.groups,
                            groupStride: depth * columns))
                let product = WindowProduct(
                    reader: reader(grid, geometry, source: outputGradient),
                    rows: geometry.batch * y.windows.windows * x.windows.windows, groups: geometry.groups,
                    matrix: matrix,
                    columns: columns, target: ParallelOutput(out), pixels: isOnePhase ? nil : pixels)
                withExtendedLifetime(packed) { product.run(blockRows: plan.blocks.rows) }
            }
        }
    }
}

/// The weights of a phase's taps, `[G][taps][O / G][C / G]`, from `[kH, kW, O, C / G]`.
private func packPhase(
    _ y: AxisPhase, _ x: AxisPhase, _ geometry: ConvolutionGeometry, _ transposed: NDArray, _ packed: Storage
) {
    let block = geometry.groupOutputChannels * geometry.groupInputChannels
    let taps = y.taps.count * x.taps.count
    parallelFill(packed.pointer, count: geometry.groups * taps, width: block) { part, range in
        for index in range {
            let (group, tap) = (index / taps, index % taps)
            let kernel = y.taps[tap / x.taps.count] * geometry.kernelWidth + x.taps[tap % x.taps.count]
            (part + (index - range.lowerBound) * block).update(
                from: transposed.pointer + (kernel * geometry.groups + group) * block, count: block)
        }
    }
}

/// The input positions `first`, `first + stride`, … of an axis: what they see of the output.
struct AxisPhase {
    let first: Int

    /// The kernel's taps that these positions are seen by, in the order of the output positions they belong to.
    let taps: [Int]

    /// The same as windows over the output.
    let windows: mk_window_axis

    private init(_ axis: WindowAxis, first: Int) {
        self.first = first
        let taps = (0..<axis.kernel).reversed().filter {
            (first + axis.paddingBefore - $0 * axis.dilation) % axis.stride == 0
        }
        // Exact divisions, by the choice of the taps.
        let outputs = taps.map { (first + axis.paddingBefore - $0 * axis.dilation) / axis.stride }
        self.taps = taps
        windows = mk_window_axis(
            size: axis.output, windows: (axis.input - first + axis.stride - 1) / axis.stride, step: 1,
            taps: taps.count, first: outputs.first ?? 0, increment: taps.count > 1 ? outputs[1] - outputs[0] : 1)
    }

    /// All phases of an axis.
    static func all(_ axis: WindowAxis) -> [AxisPhase] {
        (0..<min(axis.stride, axis.input)).map { AxisPhase(axis, first: $0) }
    }
}
