// Writes files for other programs to read back, and reads theirs: see the scripts beside this folder.
import Foundation

struct SampleError: Error, CustomStringConvertible {
    let description: String
}

let arguments = Array(CommandLine.arguments.dropFirst())
do {
    switch arguments.first {
    case "networks": print(networks.map(\.name).joined(separator: "\n"))
    case "onnx" where arguments.count == 3:
        try writeNetwork(arguments[1], to: URL(fileURLWithPath: arguments[2], isDirectory: true))
    case "run" where arguments.count == 5:
        let shape = arguments[3].split(separator: "x").compactMap { Int($0) }
        try runModel(arguments[1], input: arguments[2], shape: shape, output: arguments[4])
    case "suite" where arguments.count == 2:
        try runSuite(in: URL(fileURLWithPath: arguments[1], isDirectory: true))
    case "events" where arguments.count == 2:
        try writeEvents(to: URL(fileURLWithPath: arguments[1], isDirectory: true))
    default:
        throw SampleError(
            description:
                "usage: interchange-samples networks | onnx NETWORK FOLDER | run MODEL INPUT SHAPE OUTPUT | suite FOLDER"
                + " | events FOLDER"
        )
    }
} catch {
    FileHandle.standardError.write(Data("interchange-samples: \(error)\n".utf8))
    exit(1)
}
