import Martinet
import MartinetFiles

/// Reads what Keras writes: `.h5` and `.weights.h5`, which are HDF5, and `.keras`, a zip archive with a `.weights.h5` in it.
///
/// An array is called after its layer and variable, as "conv1_conv/kernel".
enum KerasReader: WeightReader {
    private static let signature: [UInt8] = [0x89] + Array("HDF\r\n".utf8) + [0x1a, 0x0a]

    static func recognises(_ file: MappedFile) throws(FileError) -> Bool {
        if file.bytes(0..<signature.count) == signature { return true }
        guard ZipArchive.recognises(file) else { return false }
        return try ZipArchive(file).members.contains { $0.name == memberName }
    }

    /// The name of the weights' file in an archive.
    private static let memberName = "model.weights.h5"

    #if HDF5
    static func read(_ file: MappedFile) throws(FileError) -> WeightFile {
        guard ZipArchive.recognises(file) else {
            let arrays = KerasArrays(try HDF5File(file), nil)
            return WeightFile(
                path: file.path, format: .kerasHDF5, entries: arrays.entries, notes: arrays.notes, convention: .keras)
        }
        let archive = try ZipArchive(file)
        guard let member = archive[memberName] else {
            throw FileError(.corrupt, file: file.path, expected: "\(memberName) in the archive", found: "none")
        }
        let weights: HDF5File
        if member.isDeflated {
            weights = try HDF5File(
                MappedFile(archive.bytes(of: member, limit: ZipArchive.decompressionLimit), path: file.path))
        } else {
            // Looks at the checksum.
            try archive.withBytes(of: member) { _ in }
            weights = try HDF5File(file, range: member.range)
        }
        let arrays = KerasArrays(weights, try configuration(in: archive))
        return WeightFile(
            path: file.path, format: .kerasArchive, entries: arrays.entries, notes: arrays.notes, convention: .keras)
    }

    /// What an archive says of the model's layers; nil where it is nothing that can be understood.
    private static func configuration(in archive: ZipArchive) throws(FileError) -> KerasConfiguration? {
        guard let member = archive["config.json"] else { return nil }
        return KerasConfiguration(try archive.bytes(of: member, limit: 1 << 26))
    }
    #else
    static func read(_ file: MappedFile) throws(FileError) -> WeightFile {
        throw FileError(
            .unsupported, file: file.path,
            expected: "a program built with Martinet's trait HDF5, which reads Keras's files",
            found: "one built without it")
    }
    #endif
}
