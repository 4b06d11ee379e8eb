import COpenBLAS
import MartinetBase

/// Decompositions and linear systems through LAPACK, with the names and conventions of `torch.linalg`.
///
/// Matrices are row-major and of any shape, empty ones included. Everything runs on the thread that calls it and may be
/// called from several threads at once. NaN and infinities are refused before LAPACK, which may never return from them,
/// sees them. Gradients do not flow through a decomposition: a tensor that requires one is refused, its `detached` is not.
public enum LinearAlgebra {}

/// LAPACK with what its callers share: sizes, workspaces, status codes.
enum LAPACK {
    static var rowMajor: Int32 { LAPACK_ROW_MAJOR }

    /// The rows and columns of a matrix that LAPACK's 32-bit integers can count.
    static func matrixSize(_ matrix: NDArray, operation: String) -> (rows: Int, columns: Int) {
        require(matrix.rank == 2, "\(operation): expected a matrix, found an array of shape \(matrix.shape)")
        require(
            matrix.count <= Int(Int32.max) && matrix.shape.allSatisfy { $0 <= Int(Int32.max) },
            "\(operation): a matrix of shape \(matrix.shape) has more elements than LAPACK can count")
        return (matrix.shape[0], matrix.shape[1])
    }

    /// The side of a square matrix.
    static func squareSize(_ matrix: NDArray, operation: String) -> Int {
        let (rows, columns) = matrixSize(matrix, operation: operation)
        require(rows == columns, "\(operation): expected a square matrix, found one of shape \(matrix.shape)")
        return rows
    }

    /// Throws if an element is NaN or infinite.
    static func checkFinite(_ array: NDArray, operation: String) throws(LinearAlgebraError) {
        guard let index = firstNonFinite(array) else { return }
        throw .notFinite(
            operation: operation, shape: array.shape, index: index, value: "\(array.pointer[index])")
    }

    static func firstNonFinite(_ array: NDArray) -> Int? {
        array.withUnsafePointer { elements in (0..<array.count).first { !elements[$0].isFinite } }
    }

    /// Calls a routine twice: for the size of workspace it wants, and with that workspace.
    ///
    /// - Parameter routine: takes the workspace and its length, -1 for the question, and returns LAPACK's `info`.
    /// - Returns: `info`, 0 or positive.
    static func withWorkspace(
        operation: String, _ routine: (_ work: UnsafeMutablePointer<Float>, _ length: Int32) -> Int32
    ) -> Int32 {
        _ = blasIsReady
        var wanted: Float = 0
        check(routine(&wanted, -1), operation: operation)
        // The answer comes as a Float, which may have been rounded down: from 2^24 on not every whole number is one.
        let length = Int(wanted.nextUp.rounded(.up))
        require(length <= Int(Int32.max), "\(operation): the matrix is too large for LAPACK's 32-bit sizes")
        let work = Storage(uninitialized: max(1, length))
        let info = withExtendedLifetime(work) { routine(work.pointer, Int32(length)) }
        return check(info, operation: operation)
    }

    /// Stops at the codes that no data can cause: no memory, or an argument that is wrong.
    @discardableResult
    static func check(_ info: Int32, operation: String) -> Int32 {
        if info == LAPACK_WORK_MEMORY_ERROR || info == LAPACK_TRANSPOSE_MEMORY_ERROR {
            fatalError("\(operation): out of memory")
        }
        require(info >= 0, "\(operation): LAPACK refused argument \(-info)")
        return info
    }

    static func identity(_ size: Int) -> NDArray {
        var result = NDArray.zeros([size, size])
        result.withUnsafeMutablePointer { out in
            for index in 0..<size { out[index * size + index] = 1 }
        }
        return result
    }
}
