import CKernels

/// A convolution with one input channel a group, and any number of output channels: straight loops along the channels.
struct DepthwiseConvolution: ConvolutionMethod {
    func canCompute(_ geometry: ConvolutionGeometry, _ direction: ConvolutionDirection) -> Bool {
        geometry.groupInputChannels == 1
    }

    /// In rows of an image.
    func blocks(_ geometry: ConvolutionGeometry, _ direction: ConvolutionDirection) -> ConvolutionBlocks {
        ConvolutionBlocks(rows: 1)
    }

    func prepare(_ weight: NDArray, groups: Int) -> NDArray { weight }

    func forward(
        _ plan: ConvolutionPlan, input: UnsafePointer<Float>, _ weight: NDArray, _ epilogue: mk_epilogue,
        _ out: UnsafeMutablePointer<Float>
    ) {
        let geometry = plan.geometry
        let grid = geometry.depthwiseGrid
        let (input, weight, out) = (ParallelInput(input), ParallelInput(weight.pointer), ParallelOutput(out))
        parallelFor(geometry.batch * geometry.outputHeight, grain: grainSize(itemSize: geometry.rowWork)) { rows, _ in
            withUnsafePointer(to: grid) { grid in
                withUnsafePointer(to: epilogue) {
                    mk_depthwise(grid, rows.lowerBound, rows.upperBound, input.start, weight.start, $0, out.start)
                }
            }
        }
    }

    /// Each row of the input collects from the windows that see it, so no two threads add into the same place.
    func inputGradient(
        _ plan: ConvolutionPlan, outputGradient: UnsafePointer<Float>, weight: NDArray,
        _ out: UnsafeMutablePointer<Float>
    ) {
        let geometry = plan.geometry
        let grid = geometry.depthwiseGrid
        let (gradient, weight, out) = (
            ParallelInput(outputGradient), ParallelInput(weight.pointer), ParallelOutput(out)
        )
        parallelFor(geometry.batch * geometry.inputHeight, grain: grainSize(itemSize: geometry.rowWork)) { rows, _ in
            withUnsafePointer(to: grid) {
                mk_depthwise_input_gradient(
                    $0, rows.lowerBound, rows.upperBound, gradient.start, weight.start, out.start)
            }
        }
    }

    /// Each worker adds up the rows that are always its own, each row from zero; the workers' sums are added in their order.
    func weightGradient(
        _ plan: ConvolutionPlan, outputGradient: UnsafePointer<Float>, input: UnsafePointer<Float>,
        _ out: UnsafeMutablePointer<Float>
    ) {
        let geometry = plan.geometry
        let grid = geometry.depthwiseGrid
        let size = elementCount(geometry.weightShape)
        let rows = geometry.batch * geometry.outputHeight
        let workers = parallelWorkers(count: rows, grain: grainSize(itemSize: geometry.rowWork))
        let workspace = Workspace(workers: workers, floats: 2 * size)
        for worker in 0..<workers { workspace[worker].initialize(repeating: 0, count: size) }
        let (input, gradient) = (ParallelInput(input), ParallelInput(outputGradient))
        parallelFor(rows, workers: workers) { range, worker in
            let sums = workspace[worker]
            withUnsafePointer(to: grid) {
                for row in range {
                    mk_depthwise_weight_gradient($0, row, row + 1, input.start, gradient.start, sums + size, sums)
                }
            }
        }
        out.initialize(repeating: 0, count: size)
        withExtendedLifetime(workspace) {
            for worker in 0..<workers { mk_add_scaled(size, 1, workspace[worker], out) }
        }
    }
}

extension ConvolutionAlgorithm {
    /// One input channel a group: straight loops along the channels.
    package static let depthwise = ConvolutionAlgorithm("depthwise", DepthwiseConvolution())
}

extension ConvolutionGeometry {
    fileprivate var depthwiseGrid: mk_depthwise_grid {
        // The kernels run along all channels at once, not along those of one group.
        var windows = inputWindows
        windows.channels = inputChannels
        return mk_depthwise_grid(windows: windows, multiplier: groupOutputChannels)
    }

    /// The multiplications of a row of the output.
    fileprivate var rowWork: Int { outputWidth * outputChannels * taps }
}
