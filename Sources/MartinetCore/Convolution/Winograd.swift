import CKernels

/// Whether F(4x4, 3x3) can compute a convolution: a 3x3 kernel without stride, dilation and groups, and channels that fill
/// the vectors.
func winogradCanCompute(_ geometry: ConvolutionGeometry) -> Bool {
    [geometry.vertical, geometry.horizontal].allSatisfy { $0.kernel == 3 && $0.stride == 1 && $0.dilation == 1 }
        && geometry.groups == 1 && geometry.inputChannels % 16 == 0 && geometry.outputChannels % 16 == 0
}

/// Whether F(4x4, 3x3) is faster than reading the windows in place, in multiplications for each pair of channels.
///
/// Its products do 36 a tile, against 9 a position. Transforming the tiles adds to that the more, the fewer channels there
/// are to multiply them with; transforming the weight costs as much as some 700, which a few small images do not earn back.
/// Both were measured, on layers of 16 to 512 channels.
func winogradPays(_ geometry: ConvolutionGeometry) -> Bool {
    let tiles = geometry.batch * tiles(geometry.outputHeight) * tiles(geometry.outputWidth)
    let transforms = 1.2 + 16 / Double(min(geometry.inputChannels, geometry.outputChannels))
    return Double(tiles * planes) * transforms + 700 < Double(geometry.outputPositions * 9)
}

private let tile = Int(MK_WINOGRAD_TILE)
private let planes = Int(MK_WINOGRAD_PLANES)

private func tiles(_ size: Int) -> Int { (size + tile - 1) / tile }

/// The distance between planes of `count` floats: off the powers of two, so that the planes of one position do not all meet
/// in the same set of the cache.
private func planeStride(_ count: Int) -> Int { (count + 15) / 16 * 16 + 16 }

/// The 6x6 patches of the source that the tiles of a result are made of.
///
/// - Parameters:
///   - size, result: the sizes of the source and of the result.
///   - before: the zeros in front of the source.
private func patches(size: Int, result: Int, before: Int) -> mk_window_axis {
    mk_window_axis(
        size: size, windows: tiles(result), step: tile, taps: Int(MK_WINOGRAD_PATCH), first: -before, increment: 1)
}

func winogradForward(
    _ plan: ConvolutionPlan, input: UnsafePointer<Float>, weight: UnsafePointer<Float>, bias: UnsafePointer<Float>?,
    relu: Bool, _ out: UnsafeMutablePointer<Float>
) {
    let geometry = plan.geometry
    WinogradProduct(
        source: geometry.winogradPatches(of: input),
        result: mk_winograd_grid(
            height: geometry.outputHeight, width: geometry.outputWidth, channels: geometry.outputChannels,
            tiles_y: tiles(geometry.outputHeight), tiles_x: tiles(geometry.outputWidth)),
        batch: geometry.batch, weight: weight, isFlipped: false, bias: bias, relu: relu, target: out
    ).run(blockTiles: plan.blockRows)
}

/// The gradient by the input: the convolution of the output gradient, padded to the input's size, with the kernel turned by
/// 180 degrees and its channels swapped.
func winogradInputGradient(
    _ plan: ConvolutionPlan, outputGradient: UnsafePointer<Float>, weight: NDArray, _ out: UnsafeMutablePointer<Float>
) {
    let geometry = plan.geometry
    let transposed = weight.permuted([0, 1, 3, 2])
    let grid = mk_window_grid(
        vertical: patches(
            size: geometry.outputHeight, result: geometry.inputHeight, before: 2 - geometry.vertical.paddingBefore),
        horizontal: patches(
            size: geometry.outputWidth, result: geometry.inputWidth, before: 2 - geometry.horizontal.paddingBefore),
        channels: geometry.outputChannels, pixel_stride: geometry.outputChannels)
    let product = WinogradProduct(
        source: WindowReader(grid, source: outputGradient, mode: .pointers),
        result: mk_winograd_grid(
            height: geometry.inputHeight, width: geometry.inputWidth, channels: geometry.inputChannels,
            tiles_y: tiles(geometry.inputHeight), tiles_x: tiles(geometry.inputWidth)),
        batch: geometry.batch, weight: transposed.pointer, isFlipped: true, bias: nil, relu: false, target: out)
    withExtendedLifetime(transposed) { product.run(blockTiles: plan.blockRows) }
}

extension ConvolutionGeometry {
    fileprivate func winogradPatches(of input: UnsafePointer<Float>) -> WindowReader {
        let grid = mk_window_grid(
            vertical: patches(size: inputHeight, result: outputHeight, before: vertical.paddingBefore),
            horizontal: patches(size: inputWidth, result: outputWidth, before: horizontal.paddingBefore),
            channels: inputChannels, pixel_stride: inputChannels)
        return WindowReader(grid, source: input, mode: .pointers)
    }
}

/// A convolution in blocks of tiles: a worker transforms a block's patches, multiplies the 36 planes with the transformed
/// weight, and transforms back, all in its own cache.
private struct WinogradProduct {
    let source: WindowReader
    let result: mk_winograd_grid
    let batch: Int
    let weight: UnsafePointer<Float>
    let isFlipped: Bool
    let bias: UnsafePointer<Float>?
    let relu: Bool
    let target: UnsafeMutablePointer<Float>

    private var inputs: Int { source.grid.channels }
    private var outputs: Int { result.channels }

    func run(blockTiles: Int) {
        let count = batch * result.tiles_y * result.tiles_x
        guard count > 0 else { return }
        let weights = transformedWeight()
        let weightStride = planeStride(inputs * outputs)
        let blocks = RowBlocks(rows: count, limit: blockTiles, multiple: Int(MK_PRODUCT_ROWS))
        let (inputStride, outputStride) = (
            planeStride(blocks.blockRows * inputs), planeStride(blocks.blockRows * outputs)
        )
        let read = (source.scratchFloats(rows: blocks.blockRows) + 15) / 16 * 16
        let workers = parallelWorkers(count: blocks.count)
        let workspace = Workspace(workers: workers, floats: read + planes * (inputStride + outputStride))
        parallelFor(blocks.count, workers: workers) { range, worker in
            let scratch = workspace[worker]
            let transformed = scratch + read
            let products = transformed + planes * inputStride
            for block in range {
                let part = blocks[block]
                let patches = source.read(part, group: 0, scratch)
                mk_winograd_input(
                    patches.pointers, patches.pointer_stride, part.count, inputs, transformed, inputStride)
                for plane in 0..<planes {
                    var left = mk_product_rows(
                        taps: 1, channels: inputs, pointers: nil, pointer_stride: 0,
                        base: UnsafePointer(transformed + plane * inputStride), base_stride: inputs)
                    mk_panel_product(
                        &left, part.count, weights.pointer + plane * weightStride, outputs, 512, nil, 0,
                        products + plane * outputStride, outputs)
                }
                withUnsafePointer(to: result) {
                    mk_winograd_output(
                        $0, part.lowerBound, part.upperBound, products, outputStride, bias, relu ? 1 : 0, target)
                }
            }
        }
    }

    private func transformedWeight() -> Storage {
        let stride = planeStride(inputs * outputs)
        let transformed = Storage(uninitialized: planes * stride)
        parallelFor(outputs / Int(MK_PANEL_WIDTH), grain: grainSize(itemSize: 36 * Int(MK_PANEL_WIDTH) * inputs)) {
            panels, _ in
            mk_winograd_weight(
                weight, isFlipped ? 1 : 0, inputs, outputs, panels.lowerBound, panels.upperBound, transformed.pointer,
                stride)
        }
        return transformed
    }
}

/// The gradient by the weight in the transformed domain: with `V` and `M` the planes of the transformed patches and output
/// gradients, the sum over all tiles of `V^T M`, transformed back once.
///
/// Each worker adds up the blocks that are always its own; the workers' sums are added in their order.
func winogradWeightGradient(
    _ plan: ConvolutionPlan, outputGradient: UnsafePointer<Float>, input: UnsafePointer<Float>,
    _ out: UnsafeMutablePointer<Float>
) {
    let geometry = plan.geometry
    let (inputs, outputs) = (geometry.inputChannels, geometry.outputChannels)
    let source = geometry.winogradPatches(of: input)
    let grid = mk_winograd_grid(
        height: geometry.outputHeight, width: geometry.outputWidth, channels: outputs,
        tiles_y: tiles(geometry.outputHeight), tiles_x: tiles(geometry.outputWidth))
    let blocks = RowBlocks(rows: geometry.batch * grid.tiles_y * grid.tiles_x, limit: plan.blockRows, multiple: 8)
    let sumStride = planeStride(inputs * outputs)
    let (inputStride, outputStride) = (planeStride(blocks.blockRows * inputs), planeStride(blocks.blockRows * outputs))
    let read = (source.scratchFloats(rows: blocks.blockRows) + 15) / 16 * 16
    let workers = parallelWorkers(count: blocks.count)
    let workspace = Workspace(
        workers: workers, floats: planes * sumStride + read + planes * (inputStride + outputStride))
    parallelFor(blocks.count, workers: workers) { range, worker in
        let sums = workspace[worker]
        let scratch = sums + planes * sumStride
        let transformed = scratch + read
        let gradients = transformed + planes * inputStride
        sums.initialize(repeating: 0, count: planes * sumStride)
        for block in range {
            let part = blocks[block]
            let patches = source.read(part, group: 0, scratch)
            mk_winograd_input(patches.pointers, patches.pointer_stride, part.count, inputs, transformed, inputStride)
            withUnsafePointer(to: grid) {
                mk_winograd_output_gradient(
                    $0, part.lowerBound, part.upperBound, outputGradient, gradients, outputStride)
            }
            for plane in 0..<planes {
                var left = mk_product_rows(
                    taps: 1, channels: inputs, pointers: nil, pointer_stride: 0,
                    base: UnsafePointer(transformed + plane * inputStride), base_stride: inputs)
                mk_transposed_product(
                    &left, part.count, gradients + plane * outputStride, outputs, outputs, sums + plane * sumStride,
                    outputs)
            }
        }
    }
    let total = workspace[0]
    withExtendedLifetime(workspace) {
        if blocks.count == 0 { total.initialize(repeating: 0, count: planes * sumStride) }
        parallelFor(planes * sumStride, grain: elementwiseGrain) { part, _ in
            for worker in 1..<max(1, workers) {
                mk_add_scaled(part.count, 1, workspace[worker] + part.lowerBound, total + part.lowerBound)
            }
        }
        parallelFor(inputs, grain: grainSize(itemSize: planes * outputs)) { part, _ in
            mk_winograd_weight_gradient(total, sumStride, inputs, outputs, part.lowerBound, part.upperBound, out)
        }
    }
}
