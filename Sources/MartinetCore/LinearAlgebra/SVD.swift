import COpenBLAS
import MartinetBase

extension LinearAlgebra {
    /// The singular value decomposition A = U diag(S) Vh, singular values descending, by divide and conquer.
    ///
    /// - Parameters:
    ///   - matrix: `[m, n]`, any sizes; k is the smaller of both.
    ///   - fullMatrices: whether U is `[m, m]` and Vh `[n, n]`, or, as is enough to rebuild A, `[m, k]` and `[k, n]`.
    /// - Returns: `u`, `s` of shape `[k]`, and `vh`, the transpose of V. The sign of each pair of vectors is arbitrary.
    /// - Throws: `LinearAlgebraError.notFinite`, `.noConvergence`.
    package static func svd(
        _ matrix: NDArray, fullMatrices: Bool = true
    ) throws(LinearAlgebraError) -> (u: NDArray, s: NDArray, vh: NDArray) {
        let (m, n) = LAPACK.matrixSize(matrix, operation: "svd")
        try LAPACK.checkFinite(matrix, operation: "svd")
        let rank = min(m, n)
        let columns = fullMatrices ? m : rank
        let rows = fullMatrices ? n : rank
        let largest = max(m, n)
        require(
            !fullMatrices || largest == 0 || largest <= Int(Int32.max) / largest,
            "svd: full matrices of a matrix of shape \(matrix.shape) have more elements than LAPACK can count")
        guard rank > 0 else {
            return (
                fullMatrices ? LAPACK.identity(m) : .zeros([m, 0]), .zeros([0]),
                fullMatrices ? LAPACK.identity(n) : .zeros([0, n])
            )
        }

        var destroyed = matrix
        var info: Int32 = 0
        var s = NDArray.zeros([rank])
        var vh = NDArray.zeros([rows, n])
        var integers = [Int32](repeating: 0, count: 8 * rank)
        let job = CChar(UInt8(ascii: fullMatrices ? "A" : "S"))
        let u = NDArray(shape: [m, columns]) { u in
            info = destroyed.withUnsafeMutablePointer { a in
                s.withUnsafeMutablePointer { s in
                    vh.withUnsafeMutablePointer { vh in
                        LAPACK.withWorkspace(operation: "svd") { work, length in
                            LAPACKE_sgesdd_work(
                                LAPACK.rowMajor, job, Int32(m), Int32(n), a, Int32(n), s, u, Int32(columns), vh,
                                Int32(n), work, length, &integers)
                        }
                    }
                }
            }
        }
        guard info == 0 else { throw .noConvergence(operation: "svd") }
        return (u, s, vh)
    }
}
