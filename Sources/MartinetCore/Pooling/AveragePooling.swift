import CKernels

extension NDArray {
    /// The mean of each window, `[N, oH, oW, C]`.
    ///
    /// - Parameters:
    ///   - geometry: the sizes of the windows and of the input.
    ///   - countIncludePadding: whether the zeros of the padding count as elements (PyTorch's default; Keras leaves them
    ///     out). What a window hangs over the padded image in ceil mode never counts.
    package func averagePooled(_ geometry: PoolingGeometry, countIncludePadding: Bool = true) -> NDArray {
        NDArray(shape: geometry.outputShape) {
            averagePool(geometry, countIncludePadding: countIncludePadding, into: $0)
        }
    }

    /// The mean of each window, written to `out`.
    package func averagePool(
        _ geometry: PoolingGeometry, countIncludePadding: Bool = true, into out: UnsafeMutablePointer<Float>
    ) {
        checkPoolingShape("average pooling", "input", shape, geometry.inputShape)
        geometry.withGrid(countsPadding: countIncludePadding) { grid in
            let rowSize = geometry.outputShape[2] * geometry.channels * geometry.taps
            let out = ParallelOutput(out)
            parallelFor(geometry.batch * geometry.outputShape[1], grain: grainSize(itemSize: rowSize)) { rows, _ in
                mk_average_pool(grid.start, rows.lowerBound, rows.upperBound, pointer, out.start)
            }
        }
    }

    /// The gradient of an average pooling by its input, `[N, H, W, C]`.
    ///
    /// - Parameters:
    ///   - outputGradient: `[N, oH, oW, C]`.
    ///   - geometry: the sizes of the windows and of the input.
    ///   - countIncludePadding: as in `averagePooled`.
    package static func averagePoolingGradient(
        _ outputGradient: NDArray, geometry: PoolingGeometry, countIncludePadding: Bool = true
    ) -> NDArray {
        checkPoolingShape("average pooling's gradient", "output gradient", outputGradient.shape, geometry.outputShape)
        return NDArray(shape: geometry.inputShape) { out in
            let out = ParallelOutput(out)
            geometry.withGrid(countsPadding: countIncludePadding) { grid in
                forEachBand(of: geometry) { image, rows in
                    mk_average_pool_gradient(
                        grid.start, image, rows.lowerBound, rows.upperBound, outputGradient.pointer, out.start)
                }
            }
        }
    }
}
