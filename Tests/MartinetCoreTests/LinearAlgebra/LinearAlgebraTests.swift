import Foundation
import MartinetCore
import Testing

/// Decompositions against reconstruction over many shapes, and against NumPy's values, which
/// `Tests/References/printed/linear_algebra.py` prints.
@Suite struct LinearAlgebraTests {
    private let tall = NDArray([1, 2, -1, 4, 0.5, 3, -2, 1, 1, 0, 3, 5, 2, -1, 0.25], shape: [5, 3])
    private let wide = NDArray([1, 4, -2, 0, 2, 2, 0.5, 1, 3, -1], shape: [2, 5])
    private let symmetric = NDArray([4, 1, -2, 1, 3, 0.5, -2, 0.5, 6], shape: [3, 3])
    private let deficient = NDArray([1, 2, 3, 2, 4, 6, 1, 0, 1, 0, 1, 1], shape: [4, 3])
    private let sides = NDArray([1, 0, 2, 1, -1, 3, 0.5, 2, 1, 1], shape: [5, 2])

    private static let shapes = [
        [1, 1], [1, 7], [7, 1], [5, 3], [3, 5], [64, 64], [100, 33], [33, 100], [257, 129], [0, 3], [3, 0], [0, 0],
    ]

    @Test(arguments: shapes) func qrRebuilds(shape: [Int]) throws {
        let a = NDArray.normal(shape, generator: RandomGenerator(seed: 1))
        for mode in [LinearAlgebra.QRMode.reduced, .complete] {
            let (q, r) = try LinearAlgebra.qr(a, mode: mode)
            let width = mode == .complete ? shape[0] : min(shape[0], shape[1])
            #expect(q.shape == [shape[0], width] && r.shape == [width, shape[1]])
            expectClose(NDArray.matmul(q, r), a, 2e-5)
            expectClose(NDArray.matmul(q, q, transposeA: true), identity(width), 2e-5)
            for row in 0..<width {
                for column in 0..<min(row, shape[1]) { #expect(r.elements[row * shape[1] + column] == 0) }
            }
        }
    }

    @Test func qrAgreesWithNumPy() throws {
        let (q, r) = try LinearAlgebra.qr(tall)
        expectClose(
            q,
            [
                -0.2, 0.51214752, 0.81493115, -0.8, 0.12803688, -0.23628181, 0.4, 0.25607376, -0.18323896, 0,
                0.76822128, -0.48220778, -0.4, -0.25607376, -0.11814091,
            ], 1e-6)
        expectClose(r, [-5, 0, -1.9, 0, 3.9051248, 3.9051248, 0, 0, -4.1475897], 1e-6)
        expectClose(
            try LinearAlgebra.qr(wide).r,
            [-2.236068, -2.236068, 0, -2.6832816, 0, 0, -3.354102, 2.236068, 1.3416408, -2.236068], 1e-6)
    }

    @Test(arguments: shapes) func svdRebuilds(shape: [Int]) throws {
        let a = NDArray.normal(shape, generator: RandomGenerator(seed: 2))
        let rank = min(shape[0], shape[1])
        let (u, s, vh) = try LinearAlgebra.svd(a, fullMatrices: false)
        #expect(u.shape == [shape[0], rank] && s.shape == [rank] && vh.shape == [rank, shape[1]])
        #expect(zip(s.elements, s.elements.dropFirst()).allSatisfy { $0 >= $1 && $1 >= 0 })
        expectClose(NDArray.matmul(u * s, vh), a, 5e-5)
        let full = try LinearAlgebra.svd(a)
        #expect(full.u.shape == [shape[0], shape[0]] && full.vh.shape == [shape[1], shape[1]])
        expectClose(full.s, s, 2e-5)
        expectClose(NDArray.matmul(full.u, full.u, transposeA: true), identity(shape[0]), 2e-5)
        expectClose(NDArray.matmul(full.vh, full.vh, transposeA: true), identity(shape[1]), 2e-5)
        let middle = s.embeddedDiagonal(rows: shape[0], columns: shape[1])
        expectClose(NDArray.matmul(NDArray.matmul(full.u, middle), full.vh), a, 5e-5)
    }

    @Test func svdAgreesWithNumPy() throws {
        let (u, s, _) = try LinearAlgebra.svd(tall, fullMatrices: false)
        expectClose(s, [6.8808995, 4.7877833, 2.4582215], 1e-6)
        expectClose(
            u.map(.abs),
            [
                0.04599889, 0.065646895, 0.97978694, 0.60512288, 0.58727255, 0.034055606, 0.076576248, 0.49832575,
                0.070411712, 0.78738712, 0.45018875, 0.0063166339, 0.076602925, 0.44699326, 0.18401104,
            ], 2e-6)
        expectClose(try LinearAlgebra.svd(wide).s, [5, 3.9051248], 1e-6)
    }

    @Test(arguments: [0, 1, 2, 31, 128]) func eighRebuilds(n: Int) throws {
        let half = NDArray.normal([n, n], generator: RandomGenerator(seed: 3))
        let a = half + half.permuted([1, 0])
        let (values, vectors) = try LinearAlgebra.eigh(a)
        #expect(values.shape == [n] && vectors.shape == [n, n])
        #expect(zip(values.elements, values.elements.dropFirst()).allSatisfy { $0 <= $1 })
        expectClose(NDArray.matmul(vectors * values, vectors, transposeB: true), a, 1e-4)
        expectClose(NDArray.matmul(vectors, vectors, transposeA: true), identity(n), 2e-5)
    }

    /// From 2^24 on the size of the workspace that LAPACK asks for is no longer exact in single precision.
    @Test func eighOfAMatrixWithALargeWorkspace() throws {
        let n = 2911
        var a = NDArray.zeros([n, n])
        a.withUnsafeMutablePointer { out in
            for index in 0..<n { out[index * n + index] = Float((index * 7) % n) }
        }
        let (values, _) = try LinearAlgebra.eigh(a)
        expectClose(values, NDArray((0..<n).map(Float.init), shape: [n]), 1e-6)
    }

    @Test func eighAgreesWithNumPyAndReadsTheLowerTriangle() throws {
        var lower = symmetric
        lower.withUnsafeMutablePointer { out in (out[1], out[2], out[5]) = (70, -80, 90) }
        for matrix in [symmetric, lower] {
            let (values, vectors) = try LinearAlgebra.eigh(matrix)
            expectClose(values, [1.7613872, 4, 7.2386128], 1e-6)
            expectClose(
                vectors.map(.abs),
                [
                    0.63857983, 0.55708601, 0.53091522, 0.66905449, 0.74278135, 0.025336632, 0.38023924, 0.37139068,
                    0.84704609,
                ], 2e-6)
        }
    }

    @Test(arguments: [0, 1, 5, 130]) func choleskyRebuilds(n: Int) throws {
        let half = NDArray.normal([n, n + 3], generator: RandomGenerator(seed: 4))
        let a = NDArray.matmul(half, half, transposeB: true) + identity(n)
        let factor = try LinearAlgebra.cholesky(a)
        expectClose(NDArray.matmul(factor, factor, transposeB: true), a, 2e-5)
        for row in 0..<n {
            for column in (row + 1)..<max(n, row + 1) { #expect(factor.elements[row * n + column] == 0) }
        }
    }

    @Test func choleskyAgreesWithNumPyAndReadsTheLowerTriangle() throws {
        var lower = symmetric
        lower.withUnsafeMutablePointer { out in (out[1], out[2], out[5]) = (70, -80, 90) }
        for matrix in [symmetric, lower] {
            expectClose(
                try LinearAlgebra.cholesky(matrix), [2, 0, 0, 0.5, 1.6583124, 0, -1, 0.60302269, 2.1532217], 1e-6)
        }
    }

    @Test func solveAgreesWithNumPyForOneAndManyRightHandSides() throws {
        let b = sides.sliced([0..<3, 0..<2])
        let x = try LinearAlgebra.solve(symmetric, b)
        expectClose(x, [-0.053921569, 0.24509804, 0.7254902, 0.15686275, -0.24509804, 0.56862745], 1e-6)
        let first = try LinearAlgebra.solve(symmetric, NDArray([1, 2, -1], shape: [3]))
        #expect(first.shape == [3])
        expectClose(first, [-0.053921569, 0.7254902, -0.24509804], 1e-6)
        #expect(try LinearAlgebra.solve(symmetric, NDArray.zeros([3, 0])).shape == [3, 0])
        #expect(try LinearAlgebra.solve(NDArray.zeros([0, 0]), NDArray.zeros([0])).shape == [0])
    }

    @Test(arguments: [1, 40, 200]) func solveFulfilsTheEquations(n: Int) throws {
        let generator = RandomGenerator(seed: 5)
        let a = NDArray.normal([n, n], generator: generator) + identity(n) * Float(n)
        let b = NDArray.normal([n, 7], generator: generator)
        expectClose(NDArray.matmul(a, try LinearAlgebra.solve(a, b)), b, 2e-5)
    }

    @Test func leastSquaresAgreeWithNumPy() throws {
        let over = try LinearAlgebra.lstsq(tall, sides)
        expectClose(over.solution, [0.53524197, -0.17119605, 0.20404488, 0.10686114, -0.040110449, 0.45051591], 2e-6)
        expectClose(over.residuals, [0.052487725, 6.7707968], 2e-6)
        expectClose(over.singularValues, [6.8808995, 4.7877833, 2.4582215], 1e-6)
        #expect(over.rank == 3 && over.solution.shape == [3, 2])

        let under = try LinearAlgebra.lstsq(wide, sides.sliced([0..<2, 0..<2]))
        expectClose(
            under.solution,
            [
                0.30229508, 0.13114754, 0.22557377, 0.032786885, 0.051147541, 0.06557377, 0.39344262, 0.19672131,
                -0.051147541, -0.06557377,
            ], 2e-6)
        #expect(under.rank == 2 && under.residuals.count == 0)

        let poor = try LinearAlgebra.lstsq(deficient, sides.sliced([0..<4, 0..<2]))
        expectClose(poor.solution, [-0.83333333, 1.3333333, 0.85897436, -0.93589744, 0.025641026, 0.3974359], 5e-6)
        #expect(poor.rank == 2 && poor.residuals.count == 0)
        #expect(try LinearAlgebra.lstsq(tall, sides, rcond: 0.5).rank == 2)
    }

    @Test func leastSquaresOfOneRightHandSideAndOfNothing() throws {
        let one = try LinearAlgebra.lstsq(tall, NDArray([1, 2, -1, 0.5, 1], shape: [5]))
        #expect(one.solution.shape == [3])
        expectClose(one.solution, [0.53524197, 0.20404488, -0.040110449], 2e-6)
        let empty = try LinearAlgebra.lstsq(NDArray.zeros([0, 3]), NDArray.zeros([0, 2]))
        #expect(empty.solution.shape == [3, 2] && empty.rank == 0)
        let noSides = try LinearAlgebra.lstsq(tall, NDArray.zeros([5, 0]))
        #expect(noSides.solution.shape == [3, 0] && noSides.rank == 3)
    }

    @Test(arguments: [Float.nan, .infinity, -.infinity]) func refusesWhatIsNotFinite(value: Float) throws {
        let good = NDArray([1, 2, 3, 4], shape: [2, 2])
        let bad = NDArray([1, 2, value, 4], shape: [2, 2])
        func refused(_ operation: String) -> LinearAlgebraError {
            .notFinite(operation: operation, shape: [2, 2], index: 2, value: "\(value)")
        }
        #expect(throws: refused("qr")) { try LinearAlgebra.qr(bad) }
        #expect(throws: refused("svd")) { try LinearAlgebra.svd(bad) }
        #expect(throws: refused("eigh")) { try LinearAlgebra.eigh(bad) }
        #expect(throws: refused("cholesky")) { try LinearAlgebra.cholesky(bad) }
        #expect(throws: refused("solve")) { try LinearAlgebra.solve(bad, good) }
        #expect(throws: refused("solve")) { try LinearAlgebra.solve(good, bad) }
        #expect(throws: refused("lstsq")) { try LinearAlgebra.lstsq(bad, good) }
        #expect(throws: refused("lstsq")) { try LinearAlgebra.lstsq(good, bad) }
        #expect(
            "\(refused("qr"))" == "qr: expected finite elements, found \(value) at [1, 0] of an array of shape [2, 2]")
    }

    @Test func refusesWhatHasNoAnswer() {
        let singular = NDArray([1, 2, 2, 4], shape: [2, 2])
        #expect(throws: LinearAlgebraError.singular(operation: "solve", pivot: 1)) {
            try LinearAlgebra.solve(singular, NDArray.ones([2]))
        }
        #expect(throws: LinearAlgebraError.singular(operation: "solve", pivot: nil)) {
            try LinearAlgebra.solve(NDArray([1e-30], shape: [1, 1]), NDArray([1e30], shape: [1]))
        }
        #expect(throws: LinearAlgebraError.notPositiveDefinite(minor: 2)) {
            try LinearAlgebra.cholesky(NDArray([1, 2, 2, 1], shape: [2, 2]))
        }
    }

    @Test func stopsAtShapesThatDoNotFit() async {
        await #expect(processExitsWith: .failure) { _ = try LinearAlgebra.qr(NDArray.zeros([2, 2, 2])) }
        await #expect(processExitsWith: .failure) { _ = try LinearAlgebra.eigh(NDArray.zeros([2, 3])) }
        await #expect(processExitsWith: .failure) { _ = try LinearAlgebra.cholesky(NDArray.zeros([2])) }
        await #expect(processExitsWith: .failure) {
            _ = try LinearAlgebra.solve(NDArray.ones([2, 2]), NDArray.zeros([3]))
        }
        await #expect(processExitsWith: .failure) {
            _ = try LinearAlgebra.lstsq(NDArray.ones([2, 3]), NDArray.zeros([3]))
        }
    }

    @Test func givesTheSameBitsFromSeveralThreadsAtOnce() throws {
        let a = NDArray.normal([60, 40], generator: RandomGenerator(seed: 6))
        let gram = NDArray.matmul(a, a, transposeA: true)
        let svd = try LinearAlgebra.svd(a).s.elements
        let eigh = try LinearAlgebra.eigh(gram).eigenvalues.elements
        let qr = try LinearAlgebra.qr(a).r.elements
        DispatchQueue.concurrentPerform(iterations: 16) { _ in
            #expect((try? LinearAlgebra.svd(a).s.elements) == svd)
            #expect((try? LinearAlgebra.eigh(gram).eigenvalues.elements) == eigh)
            #expect((try? LinearAlgebra.qr(a).r.elements) == qr)
        }
    }
}

private func identity(_ n: Int) -> NDArray {
    NDArray((0..<n * n).map { $0 / n == $0 % n ? 1 : 0 }, shape: [n, n])
}

/// Expects the norm of the difference to be at most `tolerance` times the norm of what was expected.
private func expectClose(
    _ found: NDArray, _ expected: NDArray, _ tolerance: Double, sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(found.shape == expected.shape, sourceLocation: sourceLocation)
    expectClose(found, expected.elements, tolerance, sourceLocation: sourceLocation)
}

private func expectClose(
    _ found: NDArray, _ expected: [Float], _ tolerance: Double, sourceLocation: SourceLocation = #_sourceLocation
) {
    var difference = 0.0
    var norm = 0.0
    for (a, b) in zip(found.elements, expected) {
        difference += Double(a - b) * Double(a - b)
        norm += Double(b) * Double(b)
    }
    #expect(
        found.count == expected.count && difference.squareRoot() <= tolerance * max(norm.squareRoot(), 1e-30),
        "found \(found.elements.prefix(20)), expected \(expected.prefix(20))", sourceLocation: sourceLocation)
}

extension NDArray {
    /// Zeros of `[rows, columns]` with this vector on the diagonal.
    fileprivate func embeddedDiagonal(rows: Int, columns: Int) -> NDArray {
        var elements = [Float](repeating: 0, count: rows * columns)
        for (index, value) in self.elements.enumerated() { elements[index * columns + index] = value }
        return NDArray(elements, shape: [rows, columns])
    }
}
