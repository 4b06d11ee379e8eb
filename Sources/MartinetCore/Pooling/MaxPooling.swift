import CKernels
import MartinetBase

/// Where each maximum of a max pooling came from: its place in its window, in one byte for windows of up to 256 elements.
package struct PoolingIndices: Sendable {
    fileprivate let geometry: PoolingGeometry
    fileprivate let storage: Storage
    fileprivate let isWide: Bool

    fileprivate init(_ geometry: PoolingGeometry) {
        self.geometry = geometry
        isWide = geometry.taps > 256
        let bytes = elementCount(geometry.outputShape) * (isWide ? MemoryLayout<Int32>.stride : 1)
        storage = Storage(uninitialized: (bytes + 3) / 4)
    }

    fileprivate var address: UnsafeMutableRawPointer { UnsafeMutableRawPointer(storage.pointer) }
}

extension NDArray {
    /// The largest element of each window, `[N, oH, oW, C]`, and where it was, for the gradient.
    ///
    /// A NaN counts as the largest element, as in PyTorch.
    package func maxPooled(_ geometry: PoolingGeometry) -> (output: NDArray, indices: PoolingIndices) {
        let indices = PoolingIndices(geometry)
        return (maxPooled(geometry, indices: indices), indices)
    }

    /// The largest element of each window alone, for when no gradient is wanted.
    package func maxPooledWithoutIndices(_ geometry: PoolingGeometry) -> NDArray { maxPooled(geometry, indices: nil) }

    private func maxPooled(_ geometry: PoolingGeometry, indices: PoolingIndices?) -> NDArray {
        NDArray(shape: geometry.outputShape) { maxPool(geometry, indices: indices, into: $0) }
    }

    /// The largest element of each window, written to `out`.
    package func maxPool(
        _ geometry: PoolingGeometry, indices: PoolingIndices? = nil, into out: UnsafeMutablePointer<Float>
    ) {
        checkPoolingShape("max pooling", "input", shape, geometry.inputShape)
        geometry.withGrid { grid in
            let rowSize = geometry.outputShape[2] * geometry.channels * geometry.taps
            let out = ParallelOutput(out)
            parallelFor(geometry.batch * geometry.outputShape[1], grain: grainSize(itemSize: rowSize)) { rows, _ in
                mk_max_pool(
                    grid.start, rows.lowerBound, rows.upperBound, pointer, out.start, indices?.address,
                    indices?.isWide == true ? 1 : 0)
            }
        }
    }

    /// The gradient of a max pooling by its input, `[N, H, W, C]`: each window's gradient goes to its largest element.
    ///
    /// - Parameters:
    ///   - outputGradient: `[N, oH, oW, C]`.
    ///   - indices: what `maxPooled` gave.
    package static func maxPoolingGradient(_ outputGradient: NDArray, indices: PoolingIndices) -> NDArray {
        let geometry = indices.geometry
        checkPoolingShape("max pooling's gradient", "output gradient", outputGradient.shape, geometry.outputShape)
        return NDArray(shape: geometry.inputShape) { out in
            let out = ParallelOutput(out)
            geometry.withGrid { grid in
                forEachBand(of: geometry) { image, rows in
                    mk_max_pool_gradient(
                        grid.start, image, rows.lowerBound, rows.upperBound, outputGradient.pointer, indices.address,
                        indices.isWide ? 1 : 0, out.start)
                }
            }
        }
    }
}

func checkPoolingShape(_ operation: String, _ name: String, _ shape: [Int], _ expected: [Int]) {
    require(shape == expected, "\(operation): expected an \(name) of shape \(expected), found \(shape)")
}

/// Calls `body` in parallel for bands of the images' rows. A band is written by one call alone, whatever windows overlap,
/// so a gradient's sums do not depend on the threads.
func forEachBand(of geometry: PoolingGeometry, _ body: @Sendable (_ image: Int, _ rows: Range<Int>) -> Void) {
    let height = geometry.inputShape[1]
    let imageSize = height * geometry.inputShape[2] * geometry.channels
    // Whole images where there are enough of them.
    let bands = geometry.batch >= Threads.count ? 1 : min(height, Threads.count)
    parallelFor(geometry.batch * bands, grain: grainSize(itemSize: imageSize / bands)) { range, _ in
        for index in range {
            let band = index % bands
            body(index / bands, height * band / bands..<height * (band + 1) / bands)
        }
    }
}
