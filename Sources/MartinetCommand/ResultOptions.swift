import ArgumentParser
import Foundation
import Martinet
import MartinetCharts

/// Where a program's result goes: text to the terminal, JSON to a file.
public struct JSONOption: ParsableArguments {
    @Option(
        name: .customLong("json"),
        help: ArgumentHelp("Write the result to this file as JSON; - for standard output.", valueName: "file"))
    public var path: String?

    public init() {}

    /// Prints, unless standard output is for the JSON alone.
    public func say(_ text: String) {
        guard path != "-" else { return }
        print(text)
        // A log in a file is to be as far as the program.
        fflush(nil)
    }

    /// Writes `result` where it is asked for.
    public func write(_ result: some Encodable) throws {
        if let path { try writeJSON(result, to: path) }
    }
}

/// Where a program's results go: text to the terminal, JSON and charts to files.
public struct ResultOptions: ParsableArguments {
    @OptionGroup public var json: JSONOption

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
    public func say(_ text: String) { json.say(text) }

    /// Writes what the options ask for, and says where.
    ///
    /// - Parameters:
    ///   - result: what the JSON holds.
    ///   - charts: by the names of their files, without the ending.
    public func write(_ result: some Encodable, charts images: KeyValuePairs<String, LineChart>) throws {
        if let charts {
            try makeFolder(charts)
            for (name, chart) in images { try writeFile(Data(chart.svg.utf8), to: "\(charts)/\(name).svg") }
            let names = images.map { "\($0.key).svg" }.joined(separator: ", ")
            say("\nThe charts are in \(charts): \(names).")
        }
        try json.write(result)
    }
}
