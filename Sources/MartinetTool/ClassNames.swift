import ArgumentParser
import Foundation
import Martinet
import MartinetFiles
import MartinetVision

/// What a network's classes are called.
struct ClassNames: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A file with the classes' names, one a line; known for ImageNet, CIFAR-10 and Fashion-MNIST.",
            valueName: "file"))
    var labels: String?

    /// The names, or the numbers where nobody says.
    ///
    /// - Parameters:
    ///   - network: one that `model` made.
    ///   - model: its name tells what it was trained on.
    ///   - count: of its classes.
    func names(of network: any Module<Tensor, Tensor>, _ model: ModelOptions, count: Int) throws -> [String] {
        guard let labels else {
            switch count {
            case 1000: return ImageNet.classes.map(\.name)
            case 10 where network.inputChannels == 1: return FashionMNIST.classNames
            case 10 where model.model.hasPrefix("cifar"): return CIFAR10.classNames
            default: return (0..<count).map { "class \($0)" }
            }
        }
        let names = String(decoding: try readSmallFile(labels), as: UTF8.self).split(whereSeparator: \.isNewline)
        guard names.count == count else {
            throw ValidationError("\(labels) has \(names.count) names, but the network has \(count) classes")
        }
        return names.map(String.init)
    }
}

/// The contents of a file that people write, which is no longer than a megabyte.
func readSmallFile(_ path: String) throws(FileError) -> Data {
    let file = try MappedFile(path: path)
    guard file.count <= 1 << 20 else {
        throw FileError(.tooLarge, file: path, expected: "at most \(1 << 20) bytes", found: "\(file.count)")
    }
    return file.data
}
