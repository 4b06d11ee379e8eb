import CKernels

extension Winograd {
    func forward(
        _ plan: ConvolutionPlan, input: UnsafePointer<Float>, _ weight: WinogradWeight, _ epilogue: mk_epilogue,
        _ out: UnsafeMutablePointer<Float>
    ) {
        let geometry = plan.geometry
        WinogradProduct(
            winograd: self, source: inputPatches(geometry, of: input),
            result: grid(
                height: geometry.outputHeight, width: geometry.outputWidth, channels: geometry.outputChannels),
            batch: geometry.batch, weight: weight, epilogue: epilogue, target: ParallelOutput(out)
        ).run(plan)
    }

    /// The gradient by the input: the convolution of the output gradient, padded to the input's size, with the kernel turned
    /// by 180 degrees and its channels swapped.
    func inputGradient(
        _ plan: ConvolutionPlan, outputGradient: UnsafePointer<Float>, weight: NDArray,
        _ out: UnsafeMutablePointer<Float>
    ) {
        let (v, h) = (plan.geometry.vertical, plan.geometry.horizontal)
        let (inputs, outputs) = (plan.geometry.inputChannels, plan.geometry.outputChannels)
        let windows = mk_window_grid(
            vertical: patches(size: v.output, result: v.input, before: 2 - v.paddingBefore),
            horizontal: patches(size: h.output, result: h.input, before: 2 - h.paddingBefore), channels: outputs,
            pixel_stride: outputs)
        WinogradProduct(
            winograd: self, source: WindowReader(windows, source: outputGradient, mode: .pointers),
            result: grid(height: v.input, width: h.input, channels: inputs), batch: plan.geometry.batch,
            weight: WinogradWeight(self, weight, inputs: outputs, outputs: inputs, isTransposed: true),
            epilogue: mk_epilogue(), target: ParallelOutput(out)
        ).run(plan)
    }
}

/// A convolution in blocks of tiles: transform the patches, multiply the planes with the transformed weight, transform back.
private struct WinogradProduct {
    let winograd: Winograd
    let source: WindowReader
    let result: mk_winograd_grid
    let batch: Int
    let weight: WinogradWeight
    let epilogue: mk_epilogue
    let target: ParallelOutput<Float>

    private var inputs: Int { source.grid.channels }
    private var outputs: Int { result.channels }

    func run(_ plan: ConvolutionPlan) {
        let tiles = batch * result.tiles_y * result.tiles_x
        guard tiles > 0 else { return }
        if plan.blocks.areShared {
            runTogether(tiles, blockTiles: min(tiles, plan.blocks.rows))
        } else {
            runApart(RowBlocks(rows: tiles, limit: plan.blocks.rows, multiple: Int(MK_PRODUCT_ROWS)))
        }
    }

    /// Every worker has blocks of its own, which stay in its own cache.
    private func runApart(_ blocks: RowBlocks) {
        let buffers = WinogradBuffers(winograd, source: source, tiles: blocks.blockRows, channels: outputs)
        let workers = parallelWorkers(count: blocks.count)
        let workspace = Workspace(workers: workers, floats: buffers.floats)
        parallelFor(blocks.count, workers: workers) { range, worker in
            let scratch = workspace[worker]
            for block in range {
                let part = blocks[block]
                buffers.transform(part, in: part, scratch)
                multiply(0..<winograd.planes, part.count, buffers, scratch)
                transformBack(part, in: part, buffers, scratch)
            }
        }
    }

    /// All workers share a block, which may then be long, and each reads its own planes of the weight only.
    private func runTogether(_ tiles: Int, blockTiles: Int) {
        let buffers = WinogradBuffers(winograd, source: source, tiles: blockTiles, channels: outputs)
        let workspace = Workspace(workers: 1, floats: buffers.floats)
        for first in stride(from: 0, to: tiles, by: blockTiles) {
            let block = first..<min(tiles, first + blockTiles)
            parallelFor(block.count) { part, _ in
                buffers.transform(part.lowerBound + first..<part.upperBound + first, in: block, workspace[0])
            }
            parallelFor(winograd.planes) { part, _ in
                multiply(part, block.count, buffers, workspace[0])
            }
            parallelFor(block.count) { part, _ in
                transformBack(part.lowerBound + first..<part.upperBound + first, in: block, buffers, workspace[0])
            }
        }
    }

    /// Whether a plane's product is so small that what surrounds it counts.
    private var isSmall: Bool { inputs <= 128 && outputs <= 128 }

    private func multiply(
        _ planes: Range<Int>, _ tiles: Int, _ buffers: WinogradBuffers, _ scratch: UnsafeMutablePointer<Float>
    ) {
        guard !isSmall else {
            mk_plane_products(
                planes.count, scratch + buffers.first + planes.lowerBound * buffers.firstStride, buffers.firstStride,
                tiles, inputs, weight.panels(planes.lowerBound), weight.stride, outputs,
                scratch + buffers.second + planes.lowerBound * buffers.secondStride, buffers.secondStride)
            return
        }
        for plane in planes {
            let products = scratch + buffers.second + plane * buffers.secondStride
            withUnsafePointer(to: buffers.left(plane, channels: inputs, scratch)) { left in
                withUnsafePointer(to: mk_epilogue()) {
                    mk_panel_product(left, tiles, weight.panels(plane), outputs, 512, $0, products, outputs)
                }
            }
        }
    }

    private func transformBack(
        _ part: Range<Int>, in block: Range<Int>, _ buffers: WinogradBuffers, _ scratch: UnsafeMutablePointer<Float>
    ) {
        let products = scratch + buffers.second + (part.lowerBound - block.lowerBound) * outputs
        withUnsafePointer(to: result) { result in
            withUnsafePointer(to: epilogue) {
                mk_winograd_output(
                    Int32(winograd.tile), result, part.lowerBound, part.upperBound, products, buffers.secondStride, $0,
                    target.start)
            }
        }
    }
}
