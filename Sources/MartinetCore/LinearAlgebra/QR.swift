import COpenBLAS
import MartinetBase

extension LinearAlgebra {
    /// How much of Q and R `qr` computes of an m x n matrix, with k the smaller of m and n.
    public enum QRMode: Sendable {
        /// Q is m x k, R is k x n.
        case reduced
        /// Q is m x m, R is m x n.
        case complete
    }

    /// The decomposition A = Q R, Q with orthonormal columns and R upper triangular, by Householder reflections.
    ///
    /// The signs are LAPACK's, so diagonal elements of R may be negative.
    ///
    /// - Parameters:
    ///   - matrix: `[m, n]`, any sizes.
    ///   - mode: whether Q is as large as A or square.
    /// - Throws: `LinearAlgebraError.notFinite`.
    package static func qr(
        _ matrix: NDArray, mode: QRMode = .reduced
    ) throws(LinearAlgebraError) -> (q: NDArray, r: NDArray) {
        let (m, n) = LAPACK.matrixSize(matrix, operation: "qr")
        try LAPACK.checkFinite(matrix, operation: "qr")
        let rank = min(m, n)
        let width = mode == .reduced ? rank : m
        require(
            m == 0 || width <= Int(Int32.max) / m,
            "qr: a Q of shape [\(m), \(m)] has more elements than LAPACK can count")
        guard rank > 0 else {
            return (width == m ? LAPACK.identity(m) : .zeros([m, 0]), .zeros([width, n]))
        }

        var factored = matrix
        var reflections = [Float](repeating: 0, count: rank)
        factored.withUnsafeMutablePointer { a in
            _ = LAPACK.withWorkspace(operation: "qr") { work, length in
                LAPACKE_sgeqrf_work(LAPACK.rowMajor, Int32(m), Int32(n), a, Int32(n), &reflections, work, length)
            }
        }
        let r = NDArray(shape: [width, n]) { out in
            out.initialize(repeating: 0, count: width * n)
            for row in 0..<rank {
                (out + row * n + row).update(from: factored.pointer + row * n + row, count: n - row)
            }
        }
        // The reflections lie below the diagonal of the first `rank` columns; the rest of Q's columns start empty.
        let q = NDArray(shape: [m, width]) { out in
            out.initialize(repeating: 0, count: m * width)
            for row in 0..<m {
                (out + row * width).update(from: factored.pointer + row * n, count: rank)
            }
            _ = LAPACK.withWorkspace(operation: "qr") { work, length in
                LAPACKE_sorgqr_work(
                    LAPACK.rowMajor, Int32(m), Int32(width), Int32(rank), out, Int32(width), reflections, work, length)
            }
        }
        return (q, r)
    }
}
