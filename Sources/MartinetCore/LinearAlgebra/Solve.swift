import COpenBLAS
import MartinetBase

extension LinearAlgebra {
    /// The solution X of A X = B for a square A, by elimination with partial pivoting.
    ///
    /// - Parameters:
    ///   - matrix: A, `[n, n]`.
    ///   - rightHandSide: B, one right-hand side `[n]` or several as columns `[n, k]`.
    /// - Returns: X, in B's shape.
    /// - Throws: `LinearAlgebraError.notFinite`, `.singular`.
    package static func solve(_ matrix: NDArray, _ rightHandSide: NDArray) throws(LinearAlgebraError) -> NDArray {
        let n = LAPACK.squareSize(matrix, operation: "solve")
        let sides = rightHandSides(rightHandSide, rows: n, of: matrix, operation: "solve")
        try LAPACK.checkFinite(matrix, operation: "solve")
        try LAPACK.checkFinite(rightHandSide, operation: "solve")
        guard n > 0, sides > 0 else { return rightHandSide }
        _ = blasIsReady
        var factored = matrix
        var solution = rightHandSide
        var pivots = [Int32](repeating: 0, count: n)
        let info = factored.withUnsafeMutablePointer { a in
            solution.withUnsafeMutablePointer { b in
                LAPACK.check(
                    LAPACKE_sgesv_work(
                        LAPACK.rowMajor, Int32(n), Int32(sides), a, Int32(n), &pivots, b, Int32(sides)),
                    operation: "solve")
            }
        }
        guard info == 0 else { throw .singular(operation: "solve", pivot: Int(info) - 1) }
        guard LAPACK.firstNonFinite(solution) == nil else { throw .singular(operation: "solve", pivot: nil) }
        return solution
    }

    /// The least-squares solution of A X = B for any A, by its singular values (LAPACK's `gelsd`).
    ///
    /// - Parameters:
    ///   - matrix: A, `[m, n]`; rank deficient ones are fine.
    ///   - rightHandSide: B, one right-hand side `[m]` or several as columns `[m, k]`.
    ///   - rcond: singular values up to `rcond` times the largest count as zero; by default machine epsilon times the
    ///     larger of m and n.
    /// - Returns: the X of least norm among those that minimise the norm of A X - B, in B's shape but for n rows; the
    ///   squared norm of A X - B for each right-hand side, `[k]`, empty where A has not full column rank or no more rows than
    ///   columns; how many singular values of A count as more than zero; and the singular values, descending.
    /// - Throws: `LinearAlgebraError.notFinite`, `.noConvergence`.
    package static func lstsq(
        _ matrix: NDArray, _ rightHandSide: NDArray, rcond: Float? = nil
    ) throws(LinearAlgebraError) -> (solution: NDArray, residuals: NDArray, rank: Int, singularValues: NDArray) {
        let (m, n) = LAPACK.matrixSize(matrix, operation: "lstsq")
        let sides = rightHandSides(rightHandSide, rows: m, of: matrix, operation: "lstsq")
        try LAPACK.checkFinite(matrix, operation: "lstsq")
        try LAPACK.checkFinite(rightHandSide, operation: "lstsq")
        let solutionShape = [n] + rightHandSide.shape.dropFirst()
        guard m > 0, n > 0, sides > 0 else {
            let values = try svd(matrix, fullMatrices: false).s
            let threshold = (values.elements.first ?? 0) * (rcond ?? Float.ulpOfOne * Float(max(m, n)))
            return (.zeros(solutionShape), .zeros([0]), values.elements.count { $0 > threshold }, values)
        }

        // One buffer for B on the way in and X on the way out, with rows for the longer of both.
        var exchanged = NDArray.zeros([max(m, n), sides])
        exchanged.withUnsafeMutablePointer { $0.update(from: rightHandSide.pointer, count: m * sides) }
        var destroyed = matrix
        var info: Int32 = 0
        var rank: Int32 = 0
        // gelsd says how many integers it wants in the first of them.
        var integers: [Int32] = [0]
        let singularValues = NDArray(shape: [min(m, n)]) { values in
            info = destroyed.withUnsafeMutablePointer { a in
                exchanged.withUnsafeMutablePointer { b in
                    LAPACK.withWorkspace(operation: "lstsq") { work, length in
                        if length != -1 { integers = [Int32](repeating: 0, count: Int(max(1, integers[0]))) }
                        return LAPACKE_sgelsd_work(
                            LAPACK.rowMajor, Int32(m), Int32(n), Int32(sides), a, Int32(n), b, Int32(sides), values,
                            rcond ?? Float.ulpOfOne * Float(max(m, n)), &rank, work, length, &integers)
                    }
                }
            }
        }
        guard info == 0 else { throw .noConvergence(operation: "lstsq") }
        let residuals =
            rank == n && m > n ? exchanged.sliced([n..<m, 0..<sides]).map(.square).sum(axes: [0]) : .zeros([0])
        let solution = exchanged.sliced([0..<n, 0..<sides]).reshaped(solutionShape)
        return (solution, residuals, Int(rank), singularValues)
    }

    /// The number of right-hand sides in B, which must have one or two axes and A's number of rows.
    private static func rightHandSides(_ b: NDArray, rows: Int, of matrix: NDArray, operation: String) -> Int {
        require(
            (1...2).contains(b.rank) && b.shape[0] == rows,
            "\(operation): a right-hand side of shape \(b.shape) does not fit a matrix of shape \(matrix.shape)")
        require(
            b.count <= Int(Int32.max),
            "\(operation): a right-hand side of shape \(b.shape) has more elements than LAPACK can count")
        return b.rank == 1 ? 1 : b.shape[1]
    }
}
