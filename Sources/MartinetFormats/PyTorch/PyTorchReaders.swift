import MartinetFiles

/// Reads what `torch.save` writes since PyTorch 1.6: a zip archive with a pickle and a member for each storage.
enum PyTorchReader: WeightReader {
    static func recognises(_ file: MappedFile) throws(FileError) -> Bool {
        guard ZipArchive.recognises(file) else { return false }
        return pickle(in: try ZipArchive(file)) != nil
    }

    /// The pickle, and the folder of the archive that it is in.
    private static func pickle(in archive: ZipArchive) -> (member: ZipArchive.Member, folder: Substring)? {
        for member in archive.members where member.name == "data.pkl" || member.name.hasSuffix("/data.pkl") {
            return (member, member.name.dropLast("data.pkl".count))
        }
        return nil
    }

    static func read(_ file: MappedFile) throws(FileError) -> WeightFile {
        let archive = try ZipArchive(file)
        guard let (member, folder) = pickle(in: archive) else {
            throw FileError(.corrupt, file: file.path, expected: "data.pkl in the archive", found: "none")
        }
        let members = Dictionary(archive.members.map { ($0.name, $0) }) { first, _ in first }
        if let order = members["\(folder)byteorder"] {
            let text = String(decoding: try archive.bytes(of: order, limit: 100), as: UTF8.self)
            guard text == "little" else {
                throw FileError(
                    .unsupported, file: file.path, place: order.name, expected: "little-endian numbers",
                    found: "\(text)-endian ones")
            }
        }
        let bytes = try archive.bytes(of: member, limit: Unpickler.limit)
        var pickle = Unpickler(bytes, path: file.path, name: member.name)
        let root = try pickle.next()
        let weights = try PyTorchWeights(root, pickle, path: file.path) { storage throws(FileError) in
            guard let data = members["\(folder)data/\(storage.key)"] else {
                throw FileError(
                    .corrupt, file: file.path, place: member.name, expected: "the storage \(storage.key.prefix(100))",
                    found: "no such member")
            }
            return (
                ZipElements(archive: archive, member: data), data.size, data.isDeflated ? nil : data.range.lowerBound
            )
        }
        return WeightFile(
            path: file.path, format: .pytorch, entries: weights.entries, metadata: weights.metadata,
            unread: weights.unread)
    }
}

/// Reads what `torch.save` wrote before PyTorch 1.6, and still does when it is asked to: pickles of a magic number, a version,
/// facts about the machine, the object, the keys of the storages, and then the storages.
enum PyTorchLegacyReader: WeightReader {
    /// The pickle of the magic number.
    private static let magic: [UInt8] = [
        0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e,
    ]

    static func recognises(_ file: MappedFile) -> Bool { file.bytes(0..<magic.count) == magic }

    static func read(_ file: MappedFile) throws(FileError) -> WeightFile {
        // The pickles come first, and hold names and shapes only.
        let head = file.bytes(0..<min(file.count, Unpickler.limit))
        var pickle = Unpickler(head, at: magic.count, path: file.path, name: "the pickles")
        guard case .int(1001) = try pickle.next() else {
            throw pickle.error(.unsupported, expected: "protocol version 1001", found: "another one")
        }
        let facts = try pickle.next()
        if case .dictionary(let index) = facts {
            for case (.string("little_endian"), .bool(false)) in pickle.dictionaries[index] {
                throw pickle.error(.unsupported, expected: "little-endian numbers", found: "big-endian ones")
            }
        }
        let root = try pickle.next()
        let ranges = try storages(pickle.next(), &pickle, file)
        let weights = try PyTorchWeights(root, pickle, path: file.path) { storage throws(FileError) in
            guard let range = ranges[storage.key] else {
                throw FileError(
                    .corrupt, file: file.path, expected: "the storage \(storage.key.prefix(100))", found: "none")
            }
            return (MappedElements(file: file, range: range), range.count, range.lowerBound)
        }
        return WeightFile(
            path: file.path, format: .pytorchLegacy, entries: weights.entries, metadata: weights.metadata,
            unread: weights.unread)
    }

    /// Where the storages are, by key: each is its number of elements in 8 bytes, then these.
    private static func storages(
        _ keys: PickleValue, _ pickle: inout Unpickler, _ file: MappedFile
    ) throws(FileError) -> [String: Range<Int>] {
        guard case .list(let list) = keys else {
            throw pickle.error(expected: "a list of the storages", found: keys.kind)
        }
        let sizes = Dictionary(pickle.storages.map { ($0.key, $0.type.size) }) { first, _ in first }
        var ranges: [String: Range<Int>] = [:]
        var position = pickle.position
        for key in pickle.lists[list] {
            guard let name = key.key, let size = sizes[name] else {
                throw pickle.error(expected: "the key of a storage that a tensor has", found: key.kind)
            }
            let count = file.bytes(position..<position + 8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            let start = position + 8
            guard start <= file.count, count <= UInt64((file.count - start) / size) else {
                throw FileError(
                    .truncated, file: file.path, place: "at byte \(position)",
                    expected: "\(count) elements of \(size) bytes", found: "\(max(0, file.count - start)) bytes")
            }
            position = start + Int(count) * size
            ranges[name] = start..<position
        }
        return ranges
    }
}
