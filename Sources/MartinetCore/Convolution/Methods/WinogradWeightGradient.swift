import CKernels

extension Winograd {
    /// The gradient by the weight in the transformed domain: with `V` and `M` the planes of the transformed patches and of
    /// the transformed output gradient, the sum over all tiles of `V^T M`, transformed back once.
    func weightGradient(
        _ plan: ConvolutionPlan, outputGradient: UnsafePointer<Float>, input: UnsafePointer<Float>,
        _ out: UnsafeMutablePointer<Float>
    ) {
        let geometry = plan.geometry
        let gradient = WinogradWeightGradient(
            source: inputPatches(geometry, of: input),
            grid: grid(height: geometry.outputHeight, width: geometry.outputWidth, channels: geometry.outputChannels),
            batch: geometry.batch, outputGradient: ParallelInput(outputGradient), target: ParallelOutput(out))
        if plan.blocks.areShared {
            gradient.runTogether(blockTiles: plan.blocks.rows)
        } else {
            gradient.runApart(blockTiles: plan.blocks.rows)
        }
    }
}

private struct WinogradWeightGradient {
    let source: WindowReader
    let grid: mk_winograd_grid
    let batch: Int
    let outputGradient: ParallelInput<Float>
    let target: ParallelOutput<Float>

    private var inputs: Int { source.grid.channels }
    private var outputs: Int { grid.channels }
    private var tiles: Int { batch * grid.tiles_y * grid.tiles_x }
    private var sumStride: Int { Winograd.planeStride(inputs * outputs) }
    private var sumFloats: Int { Winograd.large.planes * sumStride }

    /// Each worker adds up the blocks that are always its own; the workers' sums are added in their order.
    func runApart(blockTiles: Int) {
        let blocks = RowBlocks(rows: tiles, limit: blockTiles, multiple: 8)
        let buffers = WinogradBuffers(.large, source: source, tiles: blocks.blockRows, channels: outputs)
        let workers = parallelWorkers(count: blocks.count)
        let workspace = Workspace(workers: workers, floats: sumFloats + buffers.floats)
        parallelFor(blocks.count, workers: workers) { range, worker in
            let scratch = workspace[worker] + sumFloats
            for block in range {
                let part = blocks[block]
                transform(part, in: part, buffers, scratch)
                for plane in 0..<Winograd.large.planes {
                    add(
                        plane, tiles: part.count, buffers, scratch, to: workspace[worker],
                        isFirst: block == range.lowerBound)
                }
            }
        }
        parallelFill(workspace[0], count: sumFloats) { part, items in
            for worker in 1..<workers { mk_add_scaled(items.count, 1, workspace[worker] + items.lowerBound, part) }
        }
        transformBack(workspace)
    }

    /// All workers share a block and one set of sums, each worker its own planes of it.
    func runTogether(blockTiles: Int) {
        let length = max(1, min(tiles, blockTiles))
        let buffers = WinogradBuffers(.large, source: source, tiles: length, channels: outputs)
        let workspace = Workspace(workers: 1, floats: sumFloats + buffers.floats)
        for first in stride(from: 0, to: tiles, by: length) {
            let block = first..<min(tiles, first + length)
            parallelFor(block.count) { part, _ in
                transform(
                    part.lowerBound + first..<part.upperBound + first, in: block, buffers, workspace[0] + sumFloats)
            }
            parallelFor(Winograd.large.planes) { part, _ in
                let sums = workspace[0]
                for plane in part {
                    add(plane, tiles: block.count, buffers, sums + sumFloats, to: sums, isFirst: first == 0)
                }
            }
        }
        transformBack(workspace)
    }

    /// Transforms the patches and the output gradient of some of a block's tiles.
    private func transform(
        _ part: Range<Int>, in block: Range<Int>, _ buffers: WinogradBuffers, _ scratch: UnsafeMutablePointer<Float>
    ) {
        buffers.transform(part, in: block, scratch)
        let gradients = scratch + buffers.second + (part.lowerBound - block.lowerBound) * outputs
        withUnsafePointer(to: grid) {
            mk_winograd_output_gradient(
                $0, part.lowerBound, part.upperBound, outputGradient.start, gradients, buffers.secondStride)
        }
    }

    private func add(
        _ plane: Int, tiles: Int, _ buffers: WinogradBuffers, _ scratch: UnsafeMutablePointer<Float>,
        to sums: UnsafeMutablePointer<Float>, isFirst: Bool
    ) {
        withUnsafePointer(to: buffers.left(plane, channels: inputs, scratch)) {
            mk_transposed_product(
                $0, tiles, scratch + buffers.second + plane * buffers.secondStride, outputs, outputs,
                isFirst ? 0 : 1, sums + plane * sumStride, outputs)
        }
    }

    /// Transforms the sums back, which are those of worker 0.
    private func transformBack(_ workspace: Workspace) {
        parallelFor(inputs, grain: grainSize(itemSize: Winograd.large.planes * outputs)) { part, _ in
            mk_winograd_weight_gradient(
                workspace[0], sumStride, inputs, outputs, part.lowerBound, part.upperBound, target.start)
        }
    }
}
