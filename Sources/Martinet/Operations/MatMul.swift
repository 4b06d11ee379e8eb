import MartinetBase

/// The matrix product over the last two axes; the axes before them are broadcast. A vector counts as a row on the left and as a
/// column on the right, and the result lacks that axis, as of `torch.matmul`.
///
/// - Parameters:
///   - a: `[..., m, k]`, or `[..., k, m]` if `transposeA`.
///   - b: `[..., k, n]`, or `[..., n, k]` if `transposeB`.
///   - transposeA: whether `a`'s last two axes count as swapped; nothing is copied for it.
///   - transposeB: the same of `b`.
/// - Returns: `[..., m, n]`.
public func matmul(_ a: Tensor, _ b: Tensor, transposeA: Bool = false, transposeB: Bool = false) -> Tensor {
    if a.rank == 1 || b.rank == 1 {
        require(
            !(a.rank == 1 && transposeA) && !(b.rank == 1 && transposeB), "matmul: a vector cannot be transposed")
        let product = matmul(
            a.rank == 1 ? a.expanded(at: 0) : a, b.rank == 1 ? b.expanded(at: 1) : b, transposeA: transposeA,
            transposeB: transposeB)
        let row = a.rank == 1 ? product.squeezed(-2) : product
        return b.rank == 1 ? row.squeezed(-1) : row
    }
    let (x, y) = (a.array, b.array)
    let (needsA, needsB) = (a.requiresGradient, b.requiresGradient)
    let output = NDArray.matmul(x, y, transposeA: transposeA, transposeB: transposeB)
    if Trace.isActive {
        if y.rank == 2, x.rank >= 2, !transposeA {
            let weight = transposeB ? y.permuted([1, 0]) : y
            Trace.report("matmul", .dense(weight: weight, origin: y), [x], constants: [y], output)
        } else {
            Trace.report(
                "matmul",
                .other(.matmul(transposeA: transposeA, transposeB: transposeB)) {
                    .matmul($0[0], $0[1], transposeA: transposeA, transposeB: transposeB)
                }, [x, y], output)
        }
    }
    return record("matmul", output, from: [a, b]) { gradient in
        // With C = A B: dA = dC Bᵀ and dB = Aᵀ dC; a side that came in transposed gets its gradient transposed.
        let byA =
            !needsA
            ? nil
            : transposeA
                ? NDArray.matmul(y, gradient, transposeA: transposeB, transposeB: true)
                : NDArray.matmul(gradient, y, transposeB: !transposeB)
        guard needsB else { return [byA?.summed(to: x.shape), nil] }
        if y.rank == 2, x.rank > 2, !transposeA {
            // One right-hand matrix for all: the batch is more rows of one product.
            let rows = x.reshaped([-1, x.shape[x.rank - 1]])
            let columns = gradient.reshaped([-1, gradient.shape[gradient.rank - 1]])
            let byB =
                transposeB
                ? NDArray.matmul(columns, rows, transposeA: true) : NDArray.matmul(rows, columns, transposeA: true)
            return [byA?.summed(to: x.shape), byB]
        }
        let byB =
            transposeB
            ? NDArray.matmul(gradient, x, transposeA: true, transposeB: transposeA)
            : NDArray.matmul(x, gradient, transposeA: !transposeA)
        return [byA?.summed(to: x.shape), byB.summed(to: y.shape)]
    }
}
