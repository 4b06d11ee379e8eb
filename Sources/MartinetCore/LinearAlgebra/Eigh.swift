import COpenBLAS

extension LinearAlgebra {
    /// The eigenvalues and eigenvectors of a symmetric matrix, A = Q diag(L) Q^T, by divide and conquer.
    ///
    /// Only the lower triangle is read; the upper one is taken to mirror it.
    ///
    /// - Parameter matrix: `[n, n]`.
    /// - Returns: the eigenvalues `[n]`, ascending, and an orthonormal eigenvector of each in the columns of an `[n, n]`
    ///   matrix. The sign of each eigenvector is arbitrary.
    /// - Throws: `LinearAlgebraError.notFinite`, `.noConvergence`.
    package static func eigh(
        _ matrix: NDArray
    ) throws(LinearAlgebraError) -> (eigenvalues: NDArray, eigenvectors: NDArray) {
        let n = LAPACK.squareSize(matrix, operation: "eigh")
        try LAPACK.checkFinite(matrix, operation: "eigh")
        guard n > 0 else { return (.zeros([0]), .zeros([0, 0])) }

        var vectors = matrix
        var info: Int32 = 0
        // ssyevd's least integer workspace for eigenvectors.
        let integerCount = 3 + 5 * n
        var integers = [Int32](repeating: 0, count: integerCount)
        let values = NDArray(shape: [n]) { values in
            info = vectors.withUnsafeMutablePointer { a in
                LAPACK.withWorkspace(operation: "eigh") { work, length in
                    LAPACKE_ssyevd_work(
                        LAPACK.rowMajor, CChar(UInt8(ascii: "V")), CChar(UInt8(ascii: "L")), Int32(n), a, Int32(n),
                        values, work, length, &integers, length == -1 ? -1 : Int32(integerCount))
                }
            }
        }
        guard info == 0 else { throw .noConvergence(operation: "eigh") }
        return (values, vectors)
    }
}
