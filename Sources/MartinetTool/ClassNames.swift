import ArgumentParser
import Foundation
import Martinet
import MartinetFiles
import MartinetVision

/// The names of a network's classes, where they are said on the command line.
struct ClassNames: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The classes' names: imagenet, cifar10, cifar100, fashion-mnist, or a file with one a line. By default what "
                + "the file of weights says.", valueName: "names"))
    var labels: String?

    /// The names that the option gives; nil without it.
    ///
    /// - Parameter count: of the network's classes.
    func names(count: Int) throws -> [String]? {
        guard let labels else { return nil }
        let names: [String] =
            switch labels {
            case "imagenet": ImageNet.classes.map(\.name)
            case "cifar10": CIFAR10.classNames
            case "cifar100": CIFAR100.classNames
            case "fashion-mnist": FashionMNIST.classNames
            default:
                String(decoding: try readSmallFile(labels), as: UTF8.self).split(whereSeparator: \.isNewline)
                    .map(String.init)
            }
        guard names.count == count else {
            throw ValidationError("\(labels) has \(names.count) names, but the network has \(count) classes")
        }
        return names
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
