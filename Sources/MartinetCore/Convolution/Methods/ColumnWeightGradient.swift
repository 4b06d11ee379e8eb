import CKernels

extension ColumnConvolution {
    /// The transposed column matrix times the output gradient, block by block.
    ///
    /// Each worker adds up the blocks that are always its own, and the workers' sums are added in their order, so that a fixed
    /// number of threads gives the same bits every time.
    func weightGradient(
        _ plan: ConvolutionPlan, outputGradient: UnsafePointer<Float>, input: UnsafePointer<Float>,
        _ out: UnsafeMutablePointer<Float>
    ) {
        let geometry = plan.geometry
        let (rows, depth) = (geometry.outputPositions, geometry.taps * geometry.groupInputChannels)
        let size = elementCount(geometry.weightShape)
        let reader = reader(geometry.inputWindows, geometry, source: input)
        let blocks = RowBlocks(rows: rows, limit: plan.blocks.rows, multiple: 16)
        let workers = parallelWorkers(count: blocks.count)
        let read = (reader.scratchFloats(rows: blocks.blockRows) + 15) / 16 * 16
        // Worker 0 adds up in the result itself.
        let workspace = Workspace(workers: workers, floats: read + (workers > 1 ? size : 0))
        let columns = geometry.groupOutputChannels

        /// sums += left^T * right
        @Sendable func multiply(
            _ left: mk_product_rows, _ part: Range<Int>, _ right: UnsafePointer<Float>,
            _ sums: UnsafeMutablePointer<Float>
        ) {
            switch engine {
            case .blas:
                gemm(
                    transposeA: true, m: depth, n: columns, k: part.count, left.base ?? reader.source.start,
                    lda: left.base_stride, right, ldb: geometry.outputChannels, beta: 1, sums,
                    ldc: geometry.outputChannels)
            case .panels:
                withUnsafePointer(to: left) {
                    mk_transposed_product(
                        $0, part.count, right, geometry.outputChannels, columns, 1, sums, geometry.outputChannels)
                }
            }
        }

        out.initialize(repeating: 0, count: size)
        let (result, gradient) = (ParallelOutput(out), ParallelInput(outputGradient))
        parallelFor(blocks.count, workers: workers) { range, worker in
            let scratch = workspace[worker]
            let sums = worker == 0 ? result.start : scratch + read
            if worker > 0 { sums.initialize(repeating: 0, count: size) }
            for block in range {
                let part = blocks[block]
                for group in 0..<geometry.groups {
                    let left = reader.read(part, group: group, scratch)
                    let right = gradient.start + part.lowerBound * geometry.outputChannels
                    multiply(left, part, right + group * columns, sums + group * columns)
                }
            }
        }
        guard workers > 1 else { return }
        parallelFill(out, count: size) { part, items in
            for worker in 1..<workers {
                mk_add_scaled(items.count, 1, workspace[worker] + read + items.lowerBound, part)
            }
        }
    }
}
