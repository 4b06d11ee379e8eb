import CKernels
import MartinetBase

extension NDArray {
    /// The cross-entropy of each row of these logits with its label, and its gradient by the logits.
    ///
    /// - Parameters:
    ///   - labels: one for each row, in `0 ..< classes`.
    ///   - weights: `[classes]`, what each class counts; ones where nil.
    ///   - labelSmoothing: the part of the target that is spread evenly over all classes.
    ///   - needsGradient: false to save the gradient's memory; it is nil then.
    /// - Precondition: the array is `[rows, classes]`.
    package func crossEntropy(
        labels: [Int], weights: NDArray?, labelSmoothing: Float, needsGradient: Bool
    ) -> (losses: NDArray, gradient: NDArray?) {
        require(
            rank == 2 && labels.count == shape[0] && weights?.shape ?? [shape[1]] == [shape[1]],
            "crossEntropy: \(labels.count) labels and weights \(weights?.shape ?? []) for logits of shape \(shape)")
        let (rows, classes) = (shape[0], shape[1])
        checkIndices(labels, below: classes, operation: "crossEntropy")
        let losses = Storage(uninitialized: rows)
        let gradient = needsGradient ? Storage(uninitialized: count) : nil
        let lossesOut = ParallelOutput(losses.pointer)
        let gradientOut = gradient.map { ParallelOutput($0.pointer, width: classes) }
        parallelFor(rows, grain: grainSize(itemSize: 8 * classes)) { part, _ in
            labels[part].withUnsafeBufferPointer { labels in
                withUnsafeTemporaryAllocation(of: Float.self, capacity: classes) { work in
                    mk_cross_entropy(
                        part.count, classes, pointer + part.lowerBound * classes, labels.baseAddress, weights?.pointer,
                        labelSmoothing, work.baseAddress, lossesOut[part], gradientOut?[part])
                }
            }
        }
        return (NDArray(shape: [rows], storage: losses), gradient.map { NDArray(shape: shape, storage: $0) })
    }
}
