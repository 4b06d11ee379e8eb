/// Elements that a tensor holds as more than an array: computed when they are first asked for, dear to keep for a backward
/// pass, or known to come from something else.
protocol DeferredElements: AnyObject, Sendable {
    var shape: [Int] { get }

    /// The elements.
    var array: NDArray { get }

    /// The elements for a backward pass to come, in the least memory.
    var saved: SavedArray { get }
}

extension DeferredElements {
    var shape: [Int] { array.shape }
    var saved: SavedArray { .array(array) }
}
