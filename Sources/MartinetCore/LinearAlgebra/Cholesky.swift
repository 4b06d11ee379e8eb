import COpenBLAS

extension LinearAlgebra {
    /// The lower triangular L with positive diagonal for which A = L L^T, A symmetric and positive definite.
    ///
    /// Only the lower triangle is read; the upper one is taken to mirror it.
    ///
    /// - Parameter matrix: `[n, n]`.
    /// - Returns: L, zero above its diagonal.
    /// - Throws: `LinearAlgebraError.notFinite`, `.notPositiveDefinite`.
    package static func cholesky(_ matrix: NDArray) throws(LinearAlgebraError) -> NDArray {
        let n = LAPACK.squareSize(matrix, operation: "cholesky")
        try LAPACK.checkFinite(matrix, operation: "cholesky")
        guard n > 0 else { return matrix }
        _ = blasIsReady
        var factor = matrix
        let info = factor.withUnsafeMutablePointer { a in
            for row in 0..<n { (a + row * n + row + 1).update(repeating: 0, count: n - row - 1) }
            return LAPACK.check(
                LAPACKE_spotrf_work(LAPACK.rowMajor, CChar(UInt8(ascii: "L")), Int32(n), a, Int32(n)),
                operation: "cholesky")
        }
        guard info == 0 else { throw .notPositiveDefinite(minor: Int(info)) }
        return factor
    }
}
