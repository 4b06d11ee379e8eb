/// Stops the program with `message` unless `condition` holds: for mistakes in a program, such as shapes that do not fit.
///
/// The standard library's `precondition` keeps its message to itself in a release build; this one speaks there too. The
/// message is only put together when it is needed, so a call costs what its condition costs.
@inlinable @inline(__always)
package func require(
    _ condition: @autoclosure () -> Bool, _ message: @autoclosure () -> String, file: StaticString = #fileID,
    line: UInt = #line
) {
    if !condition() { fail(message(), file: file, line: line) }
}

/// Stops the program with `message`, where a mistake in it has already been found.
@inline(never) @usableFromInline
package func fail(_ message: @autoclosure () -> String, file: StaticString = #fileID, line: UInt = #line) -> Never {
    fatalError(message(), file: file, line: line)
}
