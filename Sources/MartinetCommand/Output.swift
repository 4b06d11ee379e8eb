import Foundation
import MartinetBase

/// An error that ends a program, in words for its user: a file that cannot be written, for one.
public struct OutputError: Error, CustomStringConvertible {
    public let description: String

    public init(description: String) { self.description = description }
}

/// Writes `value` as JSON to the file at `path`, whole or not at all, or to standard output for "-". Numbers that JSON lacks
/// are the words "nan", "inf" and "-inf".
///
/// - Throws: `OutputError` naming the file and what is wrong.
public func writeJSON(_ value: some Encodable, to path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
        positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    var data = try encoder.encode(value)
    data.append(UInt8(ascii: "\n"))
    if path == "-" {
        FileHandle.standardOutput.write(data)
    } else {
        try writeFile(data, to: path)
    }
}

/// Writes `data` to the file at `path`, whole or not at all.
///
/// - Throws: `OutputError` naming the file and what is wrong.
public func writeFile(_ data: Data, to path: String) throws {
    do {
        try data.write(to: URL(fileURLWithPath: path), options: .atomic)
    } catch {
        throw OutputError(description: "cannot write \(path): \(error.localizedDescription)")
    }
}

/// Makes the folder at `path` and those that it is in, where there are none.
///
/// - Throws: `OutputError` naming the folder and what is wrong.
public func makeFolder(_ path: String) throws {
    do {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
        throw OutputError(description: "cannot make the folder \(path): \(error.localizedDescription)")
    }
}

/// Prints to standard error, for what is said beside a result.
public func printNote(_ text: String) {
    writeToStandardError(text)
}
