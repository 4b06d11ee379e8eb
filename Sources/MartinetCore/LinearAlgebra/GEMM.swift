import CKernels
import COpenBLAS
import MartinetBase

/// OpenBLAS, told once to stay on the thread that calls it: Martinet's own loops are parallel around it. LAPACKE's search
/// for NaN, which is not told of infinities and reads an environment variable from whichever thread comes first, gives way
/// to Martinet's own.
let blasIsReady: Bool = {
    openblas_set_num_threads(1)
    LAPACKE_set_nancheck(0)
    return true
}()

/// The general matrix product C = A B + beta C on one thread, row-major, each side transposed without a copy.
///
/// - Parameters:
///   - m, n, k: A is m x k, B is k x n, C is m x n, after transposition.
///   - lda, ldb, ldc: the distance in elements between rows as stored.
@inline(__always)
func gemm(
    transposeA: Bool = false, transposeB: Bool = false, m: Int, n: Int, k: Int, _ a: UnsafePointer<Float>, lda: Int,
    _ b: UnsafePointer<Float>, ldb: Int, beta: Float = 0, _ c: UnsafeMutablePointer<Float>, ldc: Int
) {
    _ = blasIsReady
    guard m > 0, n > 0 else { return }
    if k == 0 {
        if beta == 0 { for row in 0..<m { (c + row * ldc).update(repeating: 0, count: n) } }
        return
    }
    cblas_sgemm(
        CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans, transposeB ? CblasTrans : CblasNoTrans,
        blasint(m), blasint(n), blasint(k), 1, a, blasint(lda), b, blasint(ldb), beta, c, blasint(ldc))
}

/// The same product, its rows or columns (whichever are more) shared among the threads.
func parallelGEMM(
    transposeA: Bool = false, transposeB: Bool = false, m: Int, n: Int, k: Int, _ a: UnsafePointer<Float>, lda: Int,
    _ b: UnsafePointer<Float>, ldb: Int, _ c: UnsafeMutablePointer<Float>, ldc: Int
) {
    // Below about a million multiplications a second thread costs more than it saves.
    let workUnit = 1 << 20
    let (a, b) = (ParallelInput(a), ParallelInput(b))
    if m >= n {
        parallelFill(c, count: m, width: ldc, grain: max(16, workUnit / max(1, n * k))) { part, rows in
            gemm(
                transposeA: transposeA, transposeB: transposeB, m: rows.count, n: n, k: k,
                a.start + rows.lowerBound * (transposeA ? 1 : lda), lda: lda, b.start, ldb: ldb, part, ldc: ldc)
        }
    } else {
        parallelFill(c, count: n, grain: max(16, workUnit / max(1, m * k))) { part, columns in
            gemm(
                transposeA: transposeA, transposeB: transposeB, m: m, n: columns.count, k: k, a.start, lda: lda,
                b.start + columns.lowerBound * (transposeB ? ldb : 1), ldb: ldb, part, ldc: ldc)
        }
    }
}

extension NDArray {
    /// The matrix product over the last two axes; the axes before them are broadcast. With `transposeA` or `transposeB`
    /// the last two axes of that side count as swapped; nothing is copied for it.
    package static func matmul(
        _ a: NDArray, _ b: NDArray, transposeA: Bool = false, transposeB: Bool = false
    ) -> NDArray {
        require(a.rank >= 2 && b.rank >= 2, "matmul: expected two axes or more, found \(a.shape) and \(b.shape)")
        let (rowsA, columnsA) = (a.shape[a.rank - 2], a.shape[a.rank - 1])
        let (rowsB, columnsB) = (b.shape[b.rank - 2], b.shape[b.rank - 1])
        let (m, k) = transposeA ? (columnsA, rowsA) : (rowsA, columnsA)
        let (inner, n) = transposeB ? (columnsB, rowsB) : (rowsB, columnsB)
        require(
            k == inner,
            "matmul: \(a.shape)\(transposeA ? " transposed" : "") and \(b.shape)\(transposeB ? " transposed" : "")"
                + " do not fit: \(k) columns meet \(inner) rows")
        let batchA = Array(a.shape.dropLast(2))
        let batchB = Array(b.shape.dropLast(2))
        let batch = broadcastShape(batchA, batchB, operation: "matmul")
        let batches = elementCount(batch)
        return NDArray(shape: batch + [m, n]) { out in
            if batches == 1 || (elementCount(batchB) == 1 && !transposeA && batchA == batch) {
                // One right-hand matrix for all: the batch is more rows.
                parallelGEMM(
                    transposeA: transposeA, transposeB: transposeB, m: batches * m, n: n, k: k, a.pointer,
                    lda: columnsA, b.pointer, ldb: columnsB, out, ldc: n)
                return
            }
            let stridesA = broadcastStrides(batchA, to: batch)
            let stridesB = broadcastStrides(batchB, to: batch)
            let positions = contiguousStrides(batch)
            parallelFill(out, count: batches, width: m * n, grain: 1) { part, range in
                for index in range {
                    var matrixA = 0
                    var matrixB = 0
                    for axis in batch.indices {
                        let position = index / positions[axis] % batch[axis]
                        matrixA += position * stridesA[axis]
                        matrixB += position * stridesB[axis]
                    }
                    gemm(
                        transposeA: transposeA, transposeB: transposeB, m: m, n: n, k: k,
                        a.pointer + matrixA * rowsA * columnsA, lda: columnsA,
                        b.pointer + matrixB * rowsB * columnsB, ldb: columnsB,
                        part + (index - range.lowerBound) * m * n, ldc: n)
                }
            }
        }
    }
}
