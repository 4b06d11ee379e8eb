import ArgumentParser
import Foundation
import Martinet

/// Stops with a message unless an option's value is within its range.
public func checkOption<Value: Comparable>(_ name: String, _ value: Value, _ range: ClosedRange<Value>) throws {
    guard range.contains(value) else {
        throw ValidationError("\(name) is \(value), expected \(range.lowerBound) to \(range.upperBound)")
    }
}

/// Where a program's results go: text to the terminal, JSON and charts to files.
public struct ResultOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Write the result to this file as JSON; - for standard output.", valueName: "file"))
    public var json: String?

    @Option(help: ArgumentHelp("Write the charts (SVG) to this folder.", valueName: "dir"))
    public var charts: String?

    public init() {}

    public func validate() throws {
        guard let charts else { return }
        var isFolder: ObjCBool = false
        guard !FileManager.default.fileExists(atPath: charts, isDirectory: &isFolder) || isFolder.boolValue else {
            throw ValidationError("--charts is \(charts), which is a file and not a folder")
        }
    }

    /// Prints, unless standard output is for the JSON alone.
    public func say(_ text: String) {
        guard json != "-" else { return }
        print(text)
        // A log in a file is to be as far as the program.
        fflush(nil)
    }

    /// Writes what the options ask for, and says where.
    ///
    /// - Parameters:
    ///   - result: what the JSON holds.
    ///   - pictures: the charts by the names of their files, without the ending.
    public func write(_ result: some Encodable, charts pictures: KeyValuePairs<String, LineChart> = [:]) throws {
        if let charts {
            try makeFolder(charts)
            for (name, chart) in pictures { try writeFile(Data(chart.svg.utf8), to: "\(charts)/\(name).svg") }
            let names = pictures.map { "\($0.key).svg" }.joined(separator: ", ")
            say("\nThe charts are in \(charts): \(names).")
        }
        if let json { try writeJSON(result, to: json) }
    }
}
