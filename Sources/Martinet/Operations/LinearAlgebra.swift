import MartinetBase

extension LinearAlgebra {
    /// The solution X of A X = B for a square A, by elimination with partial pivoting.
    ///
    /// ```swift
    /// let a = Tensor([[2, 1], [1, 3]])
    /// let x = try LinearAlgebra.solve(a, Tensor([3, 5]))  // [0.8, 1.4]
    /// ```
    ///
    /// - Parameters:
    ///   - matrix: A, `[n, n]`.
    ///   - rightHandSide: B, one right-hand side `[n]` or several as columns `[n, k]`.
    /// - Returns: X, in B's shape.
    /// - Throws: `LinearAlgebraError.notFinite`, `.singular`.
    public static func solve(_ matrix: Tensor, _ rightHandSide: Tensor) throws(LinearAlgebraError) -> Tensor {
        Tensor(array: try solve(constant(matrix, "solve"), constant(rightHandSide, "solve")))
    }

    /// The least-squares solution of A X = B, and how well A determines it.
    public struct LeastSquares: Sendable {
        /// The X of least norm among those that minimise the norm of A X - B; `[n]` or `[n, k]`, as B.
        public let solution: Tensor

        /// The squared norm of A X - B for each right-hand side, `[k]`; empty where A has not full column rank or no more
        /// rows than columns.
        public let residuals: Tensor

        /// How many singular values of A count as more than zero.
        public let rank: Int

        /// The singular values of A, descending.
        public let singularValues: Tensor
    }

    /// The least-squares solution of A X = B for any A, by its singular values.
    ///
    /// - Parameters:
    ///   - matrix: A, `[m, n]`; rank deficient ones are fine.
    ///   - rightHandSide: B, one right-hand side `[m]` or several as columns `[m, k]`.
    ///   - rcond: singular values up to `rcond` times the largest count as zero; by default machine epsilon times the
    ///     larger of m and n.
    /// - Throws: `LinearAlgebraError.notFinite`, `.noConvergence`.
    public static func lstsq(
        _ matrix: Tensor, _ rightHandSide: Tensor, rcond: Float? = nil
    ) throws(LinearAlgebraError) -> LeastSquares {
        let (solution, residuals, rank, singularValues) = try lstsq(
            constant(matrix, "lstsq"), constant(rightHandSide, "lstsq"), rcond: rcond)
        return LeastSquares(
            solution: Tensor(array: solution), residuals: Tensor(array: residuals), rank: rank,
            singularValues: Tensor(array: singularValues))
    }

    /// The singular value decomposition A = U diag(S) Vh, singular values descending, by divide and conquer.
    ///
    /// - Parameters:
    ///   - matrix: `[m, n]`, any sizes; k is the smaller of both.
    ///   - fullMatrices: whether U is `[m, m]` and Vh `[n, n]`, or, as is enough to rebuild A, `[m, k]` and `[k, n]`.
    /// - Returns: `u`, `s` of shape `[k]`, and `vh`, the transpose of V. The sign of each pair of vectors is arbitrary.
    /// - Throws: `LinearAlgebraError.notFinite`, `.noConvergence`.
    public static func svd(
        _ matrix: Tensor, fullMatrices: Bool = true
    ) throws(LinearAlgebraError) -> (u: Tensor, s: Tensor, vh: Tensor) {
        let (u, s, vh) = try svd(constant(matrix, "svd"), fullMatrices: fullMatrices)
        return (Tensor(array: u), Tensor(array: s), Tensor(array: vh))
    }

    /// The decomposition A = Q R, Q with orthonormal columns and R upper triangular, by Householder reflections.
    ///
    /// The signs are LAPACK's, so diagonal elements of R may be negative.
    ///
    /// - Parameters:
    ///   - matrix: `[m, n]`, any sizes.
    ///   - mode: whether Q is as large as A or square.
    /// - Throws: `LinearAlgebraError.notFinite`.
    public static func qr(
        _ matrix: Tensor, mode: QRMode = .reduced
    ) throws(LinearAlgebraError) -> (q: Tensor, r: Tensor) {
        let (q, r) = try qr(constant(matrix, "qr"), mode: mode)
        return (Tensor(array: q), Tensor(array: r))
    }

    /// The eigenvalues and eigenvectors of a symmetric matrix, A = Q diag(L) Q^T, by divide and conquer.
    ///
    /// Only the lower triangle is read; the upper one is taken to mirror it.
    ///
    /// - Parameter matrix: `[n, n]`.
    /// - Returns: the eigenvalues `[n]`, ascending, and an orthonormal eigenvector of each in the columns of an `[n, n]`
    ///   matrix. The sign of each eigenvector is arbitrary.
    /// - Throws: `LinearAlgebraError.notFinite`, `.noConvergence`.
    public static func eigh(
        _ matrix: Tensor
    ) throws(LinearAlgebraError) -> (eigenvalues: Tensor, eigenvectors: Tensor) {
        let (eigenvalues, eigenvectors) = try eigh(constant(matrix, "eigh"))
        return (Tensor(array: eigenvalues), Tensor(array: eigenvectors))
    }

    /// The lower triangular L with positive diagonal for which A = L L^T, A symmetric and positive definite.
    ///
    /// Only the lower triangle is read; the upper one is taken to mirror it.
    ///
    /// - Parameter matrix: `[n, n]`.
    /// - Returns: L, zero above its diagonal.
    /// - Throws: `LinearAlgebraError.notFinite`, `.notPositiveDefinite`.
    public static func cholesky(_ matrix: Tensor) throws(LinearAlgebraError) -> Tensor {
        Tensor(array: try cholesky(constant(matrix, "cholesky")))
    }

    /// The elements of an argument that no gradient is expected to reach.
    private static func constant(_ tensor: Tensor, _ operation: String) -> NDArray {
        require(
            !tensor.requiresGradient,
            "\(operation): gradients do not flow through a decomposition; give it a detached tensor")
        return tensor.array
    }
}
