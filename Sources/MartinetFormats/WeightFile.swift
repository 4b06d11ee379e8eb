import Foundation
import MartinetFiles

/// The formats in which weights are stored.
public enum WeightFormat: String, Sendable, CaseIterable, Codable {
    case safetensors
    /// PyTorch 1.6 and later: a pickle and its storages in a zip archive.
    case pytorch
    /// PyTorch before 1.6: pickles and storages one after the other.
    case pytorchLegacy = "pytorch-legacy"
    case npy
    case npz
    /// Keras's `.h5` and `.weights.h5`. Read where the package is built with its trait HDF5.
    case kerasHDF5 = "keras-h5"
    /// Keras's `.keras`: an archive with a `.weights.h5` in it.
    case kerasArchive = "keras"
}

/// A file of named arrays, whose header has been read and checked and whose elements are still where they were.
///
/// ```swift
/// let file = try openWeights(at: URL(filePath: "resnet50.pth"))
/// for entry in file.entries { print(entry.name, entry.shape, entry.type, try entry.statistics()) }
/// ```
public struct WeightFile: Sendable {
    /// The file's path.
    public let path: String

    public let format: WeightFormat

    /// The arrays, in the order in which the file lists them; no name comes twice.
    public let entries: [WeightEntry]

    /// The file's metadata: words and single numbers, such as the epoch.
    public let metadata: [String: String]

    /// What lies beside the arrays and is not read: Python objects, texts, elements of types that are not known here.
    public let unread: [UnreadEntry]

    /// What was taken for granted where the file does not say it, a sentence each.
    public let notes: [String]

    /// Whose names and layouts these are.
    public let convention: WeightConvention

    /// - Parameters:
    ///   - path: the file.
    ///   - format: its format.
    ///   - entries: its arrays.
    ///   - metadata: what else it says.
    ///   - unread: what is not read.
    ///   - notes: what was taken for granted.
    ///   - convention: whose names and layouts these are.
    public init(
        path: String, format: WeightFormat, entries: [WeightEntry], metadata: [String: String] = [:],
        unread: [UnreadEntry] = [], notes: [String] = [], convention: WeightConvention = .pytorch
    ) {
        self.path = path
        self.format = format
        self.entries = entries
        self.metadata = metadata
        self.unread = unread
        self.notes = notes
        self.convention = convention
    }

    /// The entry called `name`.
    public subscript(name: String) -> WeightEntry? { entries.first { $0.name == name } }
}

/// What a file holds beside its arrays and is not read.
public struct UnreadEntry: Sendable, Equatable, Codable, CustomStringConvertible {
    /// Its name in the file.
    public let name: String

    /// The kind of thing that it is, as "the Python object argparse.Namespace".
    public let found: String

    public var description: String { "\(name) (\(found))" }
}

/// A format that can be read.
protocol WeightReader: SendableMetatype {
    /// Whether the file looks like one of these, by its first bytes and not by its name.
    static func recognises(_ file: MappedFile) throws(FileError) -> Bool

    /// Reads what describes the arrays; checks that they are where it says.
    static func read(_ file: MappedFile) throws(FileError) -> WeightFile
}

/// All formats that can be read, in the order in which they are tried.
private let readers: [any WeightReader.Type] = [
    PyTorchLegacyReader.self, PyTorchReader.self, NPYReader.self, NPZReader.self, SafetensorsReader.self,
    KerasReader.self,
]

/// Opens a file of weights in any of the formats in `WeightFormat`, which is recognised by what is in it.
///
/// Whatever the file claims is checked against its size before memory is taken for it.
///
/// - Parameter url: where the file is.
/// - Throws: `FileError`, which says where in the file something is wrong.
public func openWeights(at url: URL) throws(FileError) -> WeightFile {
    try openWeights(MappedFile(path: url.path))
}

/// Opens weights that are in memory, in any of the formats in `WeightFormat`.
///
/// - Parameters:
///   - bytes: what a file would have.
///   - name: what errors call it.
/// - Throws: `FileError`.
public func openWeights(_ bytes: [UInt8], name: String = "the weights") throws(FileError) -> WeightFile {
    try openWeights(MappedFile(bytes, path: name))
}

private func openWeights(_ file: MappedFile) throws(FileError) -> WeightFile {
    for reader in readers where try reader.recognises(file) { return try reader.read(file) }
    let start = file.bytes(0..<8)
    throw FileError(
        .wrongMagic, file: file.path, place: "at byte 0",
        expected: "one of the formats " + WeightFormat.allCases.map(\.rawValue).joined(separator: ", "),
        found: start.isEmpty ? "an empty file" : "the bytes \(start.map { hexadecimal($0) }.joined(separator: " "))")
}
