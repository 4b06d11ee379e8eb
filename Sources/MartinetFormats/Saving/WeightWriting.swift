import Foundation
import Martinet
import MartinetFiles

/// Writes arrays to a file, whole or not at all: safetensors, or NumPy's `.npz` or, for a single array, `.npy`, as its extension
/// says.
///
/// - Parameters:
///   - entries: the arrays, whose elements are stored as they are.
///   - url: where the file is to be; one that is there already is replaced.
///   - convention: whose names and layouts they have, which the file then says.
///   - metadata: what else a safetensors file says; other formats have no place for it.
/// - Throws: `FileError` if it cannot be written, or an entry not be read.
public func writeWeights(
    _ entries: [WeightEntry], to url: URL, convention: WeightConvention, metadata: [String: String] = [:]
) throws(FileError) {
    let url = url.standardizedFileURL
    switch url.pathExtension.lowercased() {
    case "safetensors": try writeSafetensors(entries, to: url, convention: convention, metadata: metadata)
    case "npz": try writeNPZ(entries, to: url, convention: convention)
    case "npy": try writeNPY(entries, to: url)
    case let other:
        throw FileError(
            .unsupported, file: url.path, place: "in its name", expected: "the extension safetensors, npz or npy",
            found: other.isEmpty ? "none" : other)
    }
}

extension WeightFile {
    /// Writes the same arrays to another file, in the format that its extension says; see `writeWeights`.
    public func write(to url: URL) throws(FileError) {
        try writeWeights(entries, to: url, convention: convention, metadata: metadata)
    }
}

private func newFile(at url: URL) throws(FileError) -> NewFile {
    try NewFile(directory: url.deletingLastPathComponent().path, name: url.lastPathComponent)
}

private func writeSafetensors(
    _ entries: [WeightEntry], to url: URL, convention: WeightConvention, metadata: [String: String]
) throws(FileError) {
    var metadata = metadata
    metadata[WeightConvention.metadataKey] = convention.name
    // The key by which transformers and others know whose layout it is.
    metadata["format"] = convention.name == WeightConvention.pytorch.name ? "pt" : convention.name
    // The widest elements first, so that all are aligned.
    let sorted = entries.enumerated().sorted { ($1.element.type.size, $0.offset) < ($0.element.type.size, $1.offset) }
        .map(\.element)
    var header: [String: SafetensorsHeader.Entry] = [:]
    var offset = 0
    for entry in sorted {
        let end = offset + entry.byteCount
        let described = SafetensorsHeader.Entry(
            dtype: entry.type.safetensorsName, shape: entry.shape, offsets: [offset, end])
        guard header.updateValue(described, forKey: entry.name) == nil else { throw duplicate(entry, url) }
        offset = end
    }
    let start: Data
    do {
        start = try SafetensorsHeader.encode(header, metadata: metadata)
    } catch {
        throw FileError(.unwritable, file: url.path, expected: "names that JSON can hold", found: "\(error)")
    }
    let file = try newFile(at: url)
    try file.write([UInt8](start))
    for entry in sorted { try file.write(entry) }
    try file.commit()
}

private func writeNPZ(_ entries: [WeightEntry], to url: URL, convention: WeightConvention) throws(FileError) {
    let file = try newFile(at: url)
    var archive = ZipWriter(file, path: url.path)
    var names: Set<String> = []
    for entry in entries {
        guard names.insert(entry.name).inserted else { throw duplicate(entry, url) }
        try archive.add(entry.name + ".npy", try npyHeader(entry, url), entry)
    }
    try archive.finish(comment: NPZReader.layoutPrefix + convention.name)
    try file.commit()
}

private func writeNPY(_ entries: [WeightEntry], to url: URL) throws(FileError) {
    guard entries.count == 1 else {
        throw FileError(.unsupported, file: url.path, expected: "a single array", found: "\(entries.count)")
    }
    let file = try newFile(at: url)
    try file.write(npyHeader(entries[0], url))
    try file.write(entries[0])
    try file.commit()
}

private func npyHeader(_ entry: WeightEntry, _ url: URL) throws(FileError) -> [UInt8] {
    guard let header = NPYHeader.encode(entry.type, entry.shape) else {
        throw FileError(
            .unsupported, file: url.path, place: entry.name, expected: "a type that NumPy has",
            found: "\(entry.type) of shape \(entry.shape)")
    }
    return header
}

private func duplicate(_ entry: WeightEntry, _ url: URL) -> FileError {
    FileError(.unwritable, file: url.path, place: entry.name, expected: "each name once", found: "it twice")
}
