import CKernels

/// The gradient by the weight: the transposed column matrix times the output gradient, block by block.
///
/// Each worker adds up the blocks that are always its own, and the workers' sums are added in their order, so that a fixed
/// number of threads gives the same bits every time.
func columnWeightGradient(
    _ plan: ConvolutionPlan, outputGradient: UnsafePointer<Float>, input: UnsafePointer<Float>,
    _ out: UnsafeMutablePointer<Float>
) {
    let geometry = plan.geometry
    let (rows, depth) = (geometry.outputPositions, geometry.taps * geometry.groupInputChannels)
    let size = elementCount(geometry.weightShape)
    let isPointwise = plan.algorithm == .pointwise
    let grid = geometry.inputWindows
    let blocks = RowBlocks(rows: rows, limit: plan.blockRows)
    let workers = parallelWorkers(count: blocks.count)
    let gathered = isPointwise ? 0 : blocks.blockRows * depth
    // Worker 0 adds up in the result itself.
    let workspace = Workspace(workers: workers, floats: gathered + (workers > 1 ? size : 0))
    out.initialize(repeating: 0, count: size)
    parallelFor(blocks.count, workers: workers) { range, worker in
        let scratch = workspace[worker]
        let sums = worker == 0 ? out : scratch + gathered
        if worker > 0 { sums.initialize(repeating: 0, count: size) }
        for block in range {
            let part = blocks[block]
            for group in 0..<geometry.groups {
                let source = input + group * geometry.groupInputChannels
                var left = source + part.lowerBound * geometry.inputChannels
                var stride = geometry.inputChannels
                if !isPointwise {
                    withUnsafePointer(to: grid) {
                        mk_gather_columns($0, part.lowerBound, part.upperBound, source, scratch)
                    }
                    left = UnsafePointer(scratch)
                    stride = depth
                }
                gemm(
                    transposeA: true, m: depth, n: geometry.groupOutputChannels, k: part.count, left, lda: stride,
                    outputGradient + part.lowerBound * geometry.outputChannels + group * geometry.groupOutputChannels,
                    ldb: geometry.outputChannels, beta: 1, sums + group * geometry.groupOutputChannels,
                    ldc: geometry.outputChannels)
            }
        }
    }
    guard workers > 1 else { return }
    parallelFor(size, grain: elementwiseGrain) { part, _ in
        for worker in 1..<workers {
            mk_add_scaled(part.count, 1, workspace[worker] + gathered + part.lowerBound, out + part.lowerBound)
        }
    }
}
