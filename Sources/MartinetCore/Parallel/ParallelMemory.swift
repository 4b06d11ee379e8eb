// The bodies of a parallel loop capture memory that is known by its address as one of these: a plain pointer is not `Sendable`,
// so that a loop says which memory it reads and which it fills.

/// Memory that a parallel loop fills. Each item of the loop has elements of its own, from `width` times its index on.
package struct ParallelOutput<Element>: @unchecked Sendable {
    // @unchecked: `parallelFor` gives each item to one body, once, and returns after all bodies have, so that the memory,
    // which its owner lends for the loop's time, is written by several threads, but no element by two of them. That a body
    // keeps to the elements of its items is a duty it has by taking an output: it asks for their address with the range it
    // was given, or tells a kernel that range.

    /// The first element of all, for kernels that are told which items to compute.
    package let start: UnsafeMutablePointer<Element>

    private let width: Int

    /// - Parameters:
    ///   - start: the first element of item 0.
    ///   - width: the distance in elements between neighbouring items.
    package init(_ start: UnsafeMutablePointer<Element>, width: Int = 1) {
        self.start = start
        self.width = width
    }

    /// The first element of the first of `items`.
    package subscript(items: Range<Int>) -> UnsafeMutablePointer<Element> { start + items.lowerBound * width }
}

/// Memory that a parallel loop only reads: what an array, which a loop's bodies may capture themselves, does not hold.
package struct ParallelInput<Element>: @unchecked Sendable {
    // @unchecked: its owner lends the memory for the loop's time, and nobody writes to it meanwhile, unless it is the loop's
    // output as well and each element is read by the one body that overwrites it.

    /// The first element.
    package let start: UnsafePointer<Element>

    package init(_ start: UnsafePointer<Element>) { self.start = start }
}

/// Fills `output` in parallel: `body` is given the first element and the indices of the items that it has to write.
///
/// - Parameters:
///   - output: room for `count` items of `width` elements each.
///   - count: the number of items.
///   - width: the elements of an item.
///   - grain: the least number of items worth a thread of their own; nil for what holds of elementwise arithmetic.
///   - body: writes the elements of the items it is given, and no others.
package func parallelFill<Element>(
    _ output: UnsafeMutablePointer<Element>, count: Int, width: Int = 1, grain: Int? = nil,
    _ body: @Sendable (_ part: UnsafeMutablePointer<Element>, _ items: Range<Int>) -> Void
) {
    let output = ParallelOutput(output, width: width)
    parallelFor(count, grain: grain ?? grainSize(itemSize: width)) { items, _ in body(output[items], items) }
}
