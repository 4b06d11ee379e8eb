import Martinet
import MartinetBase

/// A constant of an ONNX graph, which may be kept with its axes in another order than the file's.
///
/// It remembers the order that was asked for last, so that a convolution's weight, which every plan wants in Martinet's
/// order, is in memory once.
final class Weight: Sendable {
    /// As in the file.
    let shape: [Int]

    private struct State {
        var array: NDArray
        /// Axis `i` of the array is the file's axis `order[i]`.
        var order: [Int]
    }

    private let state: Locked<State>

    init(_ array: NDArray) {
        shape = array.shape
        state = Locked(State(array: array, order: Array(array.shape.indices)))
    }

    var count: Int { elementCount(shape) }

    /// The elements as in the file.
    var array: NDArray { permuted(Array(shape.indices)) }

    /// The elements with the file's axis `order[i]` as axis `i`.
    func permuted(_ order: [Int]) -> NDArray {
        state.withLock { state in
            if state.order != order {
                let present = state.order
                state.array = state.array.permuted(order.map { axis in present.firstIndex(of: axis)! })
                state.order = order
            }
            return state.array
        }
    }
}
