// Loads, saves and uses weights for check_weights.py.
import Foundation
import Martinet
import MartinetFormats
import MartinetVision
import MartinetZoo

struct UsageError: Error, CustomStringConvertible {
    let description = """
        usage: interchange-weights save DEPTH OUT | convert DEPTH IN OUT | logits DEPTH WEIGHTS IMAGE…
        """
}

func network(_ depth: String) throws -> ResNet {
    guard let depth = Int(depth).flatMap(ResNet.Depth.init(rawValue:)) else { throw UsageError() }
    return ResNet(depth)
}

/// The logits of each image as torchvision's users prepare it, a line of JSON each.
func printLogits(_ model: ResNet, _ paths: ArraySlice<String>) throws {
    model.eval()
    for path in paths {
        let image = ImagePreprocessing.torchvision()(try Image(path: path))
        let batch = image.rank == 3 ? image.expanded(at: 0) : image
        let logits = withoutGradients { model(batch) }
        print(String(decoding: try JSONEncoder().encode(logits.elements), as: UTF8.self))
    }
}

let arguments = Array(CommandLine.arguments.dropFirst())
do {
    switch (arguments.first, arguments.count) {
    case ("save", 3):
        // Fresh weights, in PyTorch's layout.
        try network(arguments[1]).save(to: URL(fileURLWithPath: arguments[2]), convention: .pytorch)
    case ("convert", 4):
        // Through a model: read, and written in PyTorch's layout.
        let model = try network(arguments[1])
        try model.load(from: URL(fileURLWithPath: arguments[2]))
        try model.save(to: URL(fileURLWithPath: arguments[3]), convention: .pytorch)
    case ("logits", 4...):
        let model = try network(arguments[1])
        try model.load(from: URL(fileURLWithPath: arguments[2]))
        try printLogits(model, arguments[3...])
    default: throw UsageError()
    }
} catch {
    FileHandle.standardError.write(Data("interchange-weights: \(error)\n".utf8))
    exit(1)
}
