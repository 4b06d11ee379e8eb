import MartinetBase

/// A shape that an operation or a layer cannot take, in words: what was expected, and what was found.
public struct ShapeError: Error, CustomStringConvertible, Equatable {
    public let description: String

    public init(_ description: String) { self.description = description }
}

/// The result of `body`; shapes that do not fit stop the program with a message that begins with `operation`.
package func requireShapes<Result>(
    of operation: @autoclosure () -> String, _ body: () throws(ShapeError) -> Result
) -> Result {
    do {
        return try body()
    } catch {
        fail("\(operation()): \(error.description)")
    }
}
