import Martinet
import Testing

/// Linear algebra as a user calls it; the core's tests go through many more matrices.
@Suite struct TensorLinearAlgebraTests {
    private let symmetric = Tensor([[4, 1, -2], [1, 3, 0.5], [-2, 0.5, 6]])
    private let tall = Tensor([[1, 2], [3, -1], [0, 4]])

    private func expectClose(_ found: Tensor, _ expected: Tensor, sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(found.shape == expected.shape, sourceLocation: sourceLocation)
        let largest = zip(found.elements, expected.elements).map { abs($0 - $1) }.max() ?? 0
        #expect(largest < 2e-5, sourceLocation: sourceLocation)
    }

    @Test func decompositionsRebuildTheMatrix() throws {
        let (q, r) = try LinearAlgebra.qr(tall, mode: .complete)
        #expect(q.shape == [3, 3] && r.shape == [3, 2])
        expectClose(matmul(q, r), tall)

        let (u, s, vh) = try LinearAlgebra.svd(tall, fullMatrices: false)
        #expect(u.shape == [3, 2])
        expectClose(matmul(u * s, vh), tall)

        let (values, vectors) = try LinearAlgebra.eigh(symmetric)
        expectClose(matmul(vectors * values, vectors, transposeB: true), symmetric)

        let factor = try LinearAlgebra.cholesky(symmetric)
        #expect(factor.elements[1] == 0)
        expectClose(matmul(factor, factor, transposeB: true), symmetric)
    }

    @Test func solutionsFulfilTheEquations() throws {
        let x = try LinearAlgebra.solve(symmetric, Tensor([1, 2, -1]))
        expectClose(matmul(symmetric, x.reshaped([3, 1])), Tensor([[1], [2], [-1]]))

        // The residual of the best fit is orthogonal to the columns.
        let fit = try LinearAlgebra.lstsq(tall, Tensor([1, 0, 2]))
        #expect(fit.rank == 2 && fit.singularValues.shape == [2])
        let residual = matmul(tall, fit.solution.reshaped([2, 1])) - Tensor([[1], [0], [2]])
        expectClose(matmul(tall, residual, transposeA: true), Tensor.zeros([2, 1]))
        expectClose(fit.residuals, square(residual).sum(axes: [0]))
    }

    @Test func whatCannotBeSolvedThrows() {
        #expect(throws: LinearAlgebraError.singular(operation: "solve", pivot: 1)) {
            try LinearAlgebra.solve(Tensor([[1, 2], [2, 4]]), Tensor([1, 1]))
        }
        #expect(throws: LinearAlgebraError.notPositiveDefinite(minor: 2)) {
            try LinearAlgebra.cholesky(Tensor([[1, 2], [2, 1]]))
        }
    }

    @Test func aGradientThatWouldBeLostIsRefused() async {
        await #expect(processExitsWith: .failure) {
            _ = try LinearAlgebra.eigh(Tensor([[2, 0], [0, 1]]).requiringGradient())
        }
    }
}
