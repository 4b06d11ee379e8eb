import Martinet
import MartinetFiles

/// Reads what Keras writes: `.h5` and `.weights.h5`, which are HDF5, and `.keras`, a zip archive with a `.weights.h5` in it.
///
/// An array is called after its layer and variable, as "conv1_conv/kernel". What the optimizer has gathered is left out.
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
            return WeightFile(
                path: file.path, format: .kerasHDF5, entries: entries(try HDF5File(file)), convention: .keras)
        }
        let archive = try ZipArchive(file)
        guard let member = archive.members.first(where: { $0.name == memberName }) else {
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
        return WeightFile(path: file.path, format: .kerasArchive, entries: entries(weights), convention: .keras)
    }

    /// The arrays of layers, under their names.
    static func entries(_ file: HDF5File) -> [WeightEntry] {
        var seen: Set<String> = []
        return names(file.datasets).compactMap { dataset, name in
            // Layers in different parts of a model may have one name.
            let unique = seen.insert(name).inserted ? name : dataset.path.joined(separator: "/")
            return WeightEntry(
                name: unique, shape: dataset.shape, type: dataset.type, byteRange: dataset.byteRange,
                source: dataset.byteRange.map { MappedElements(file: file.file, range: $0) }
                    ?? HDF5Elements(file: file, dataset: dataset))
        }
    }

    /// The names of the arrays that belong to layers.
    private static func names(_ datasets: [HDF5File.Dataset]) -> [(HDF5File.Dataset, String)] {
        let own = datasets.filter { $0.path.first?.hasPrefix("optimizer") == false && $0.path.count >= 2 }
        // In Keras 3 a layer's variables are numbered, in a group that has the layer's name as an attribute.
        let numbered = Dictionary(grouping: own.filter { $0.path.dropLast().last == "vars" }) { $0.path.dropLast() }
        return own.compactMap { dataset in
            guard let siblings = numbered[dataset.path.dropLast()] else {
                // Before, they were called "kernel:0", in a group that has the layer's name.
                let variable = dataset.path[dataset.path.count - 1].prefix { $0 != ":" }
                return (dataset, "\(dataset.path[dataset.path.count - 2])/\(variable)")
            }
            guard dataset.path.count >= 3, let layer = dataset.groupName, let number = Int(dataset.path.last ?? ""),
                layer != "seed_generator"
            else { return nil }
            let order = variables(siblings.sorted { $0.path.last ?? "" < $1.path.last ?? "" }.map(\.shape.count))
            return (dataset, "\(layer)/\(order.indices.contains(number) ? order[number] : "\(number)")")
        }
    }

    /// The names of a layer's variables, by their numbers of axes.
    private static func variables(_ ranks: [Int]) -> [String] {
        switch ranks {
        case [1, 1, 1, 1]: ["gamma", "beta", "moving_mean", "moving_variance"]
        case [1, 1]: ["gamma", "beta"]
        case _ where ranks.first ?? 0 >= 2 && ranks.dropFirst().allSatisfy { $0 == 1 } && ranks.count <= 2:
            ["kernel", "bias"]
        default: []
        }
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

#if HDF5
/// The elements of a dataset, read when they are asked for.
private struct HDF5Elements: ElementSource {
    let file: HDF5File
    let dataset: HDF5File.Dataset

    func withBytes(_ body: (UnsafeRawBufferPointer) -> Void) throws(FileError) {
        let bytes = try file.read(dataset)
        bytes.withUnsafeBytes { body($0) }
    }
}
#endif
