import MartinetBase

/// A height and a width: of a kernel, of a stride. A whole number stands for both.
public struct Size2D: Sendable, Hashable, ExpressibleByIntegerLiteral, CustomStringConvertible {
    public let height, width: Int

    public init(_ height: Int, _ width: Int) {
        require(height > 0 && width > 0, "Size2D: expected sizes of at least 1, found \(height)x\(width)")
        self.height = height
        self.width = width
    }

    public init(_ both: Int) { self.init(both, both) }

    public init(integerLiteral value: Int) { self.init(value) }

    public var description: String { "\(height)x\(width)" }
}
