/// Matrices for which a decomposition or a solution does not exist, or cannot be computed in single precision.
///
/// A shape that does not fit is a mistake in the program and stops it instead.
public enum LinearAlgebraError: Error, Equatable, Sendable, CustomStringConvertible {
    /// An element is NaN or infinite. `index` counts in row-major order.
    case notFinite(operation: String, shape: [Int], index: Int, value: String)

    /// The matrix has no inverse: elimination found no pivot in column `pivot`, or the solution overflows (then nil).
    case singular(operation: String, pivot: Int?)

    /// The leading minor of this order is not positive, so there is no Cholesky factor.
    case notPositiveDefinite(minor: Int)

    /// The iteration for the eigenvalues or singular values did not converge.
    case noConvergence(operation: String)

    public var description: String {
        switch self {
        case .notFinite(let operation, let shape, let index, let value):
            let strides = contiguousStrides(shape)
            let position = shape.indices.map { index / strides[$0] % shape[$0] }
            return "\(operation): expected finite elements, found \(value) at \(position) of an array of shape \(shape)"
        case .singular(let operation, let pivot?):
            return "\(operation): the matrix is singular, no pivot in column \(pivot)"
        case .singular(let operation, nil):
            return "\(operation): the matrix is singular to working precision, the solution overflows"
        case .notPositiveDefinite(let minor):
            return "cholesky: the matrix is not positive definite, its leading minor of order \(minor) is not positive"
        case .noConvergence(let operation):
            return "\(operation): the iteration did not converge"
        }
    }
}
