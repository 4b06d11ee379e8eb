import Foundation

/// Why a chart could not be written.
public struct ChartError: Error, CustomStringConvertible {
    /// The file's path.
    public let path: String

    /// The system's message.
    public let reason: String

    public var description: String { "the chart could not be written to \(path): \(reason)" }
}

/// Writes an image to a file, all of it or nothing.
func writeChart(_ svg: String, to url: URL) throws(ChartError) {
    do {
        try Data(svg.utf8).write(to: url, options: .atomic)
    } catch {
        throw ChartError(path: url.path, reason: error.localizedDescription)
    }
}
