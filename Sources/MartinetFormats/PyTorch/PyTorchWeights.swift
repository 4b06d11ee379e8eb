import MartinetFiles

/// Turns what an unpickler found into entries and metadata.
struct PyTorchWeights {
    private(set) var entries: [WeightEntry] = []
    private(set) var metadata: [String: String] = [:]
    private(set) var unread: [UnreadEntry] = []

    /// The most values, the deepest nesting and the longest name in bytes that are followed; no checkpoint comes near.
    private static let limits = (values: 200_000, depth: 32, name: 1000)

    private let pickle: Unpickler
    private let path: String
    private var places: [String: Int] = [:]

    /// - Parameters:
    ///   - root: the pickled object.
    ///   - pickle: its unpickler.
    ///   - path: the file's path, for messages.
    ///   - storage: finds the bytes of a storage, and where they are in the file if they are there as they are.
    /// - Throws: `FileError` if a tensor does not lie within its storage, the object is too large or too deep, or there is nothing
    ///   in it that can be read.
    init(
        _ root: PickleValue, _ pickle: Unpickler, path: String,
        storage: (PickleStorage) throws(FileError) -> (source: any ElementSource, byteCount: Int, start: Int?)
    ) throws(FileError) {
        self.pickle = pickle
        self.path = path
        var waiting: [(name: String, value: PickleValue, depth: Int)] = [("", root, 0)]
        var visited = 0
        while let (name, value, depth) = waiting.popLast() {
            visited += 1
            guard visited <= Self.limits.values, depth <= Self.limits.depth, name.utf8.count <= Self.limits.name else {
                throw FileError(
                    .tooLarge, file: path, place: String(name.prefix(100)),
                    expected: "at most \(Self.limits.values) values, nested \(Self.limits.depth) deep, with names of "
                        + "\(Self.limits.name) bytes", found: "more")
            }
            let children = children(of: value)
            guard children.count <= Self.limits.values else { continue }
            // The stack gives the last first.
            for (key, child) in children.reversed() {
                waiting.append((name.isEmpty ? key : "\(name).\(key)", child, depth + 1))
            }
            guard waiting.count <= 2 * Self.limits.values else {
                throw FileError(
                    .tooLarge, file: path, place: String(name.prefix(100)),
                    expected: "at most \(Self.limits.values) values", found: "more")
            }
            try add(name, value, storage)
        }
        if entries.isEmpty, let first = unread.first {
            throw FileError(
                .unsupported, file: path, place: first.name.isEmpty ? nil : first.name,
                expected: "tensors and plain values; torch.save(model.state_dict(), …) writes such", found: first.found)
        }
    }

    private func children(of value: PickleValue) -> [(String, PickleValue)] {
        switch value {
        case .dictionary(let index):
            pickle.dictionaries[index].compactMap { pair in pair.key.key.map { ($0, pair.value) } }
        case .list(let index): pickle.lists[index].enumerated().map { ("\($0)", $1) }
        case .tuple(let index): pickle.tuples[index].enumerated().map { ("\($0)", $1) }
        default: []
        }
    }

    private mutating func add(
        _ name: String, _ value: PickleValue,
        _ storage: (PickleStorage) throws(FileError) -> (source: any ElementSource, byteCount: Int, start: Int?)
    ) throws(FileError) {
        switch value {
        case .tensor(let index):
            keep(try entry(name.isEmpty ? "tensor" : name, pickle.tensors[index], storage))
        case .numpyArray(let index):
            guard let array = pickle.numpyArrays[index] else { break }
            guard let type = array.type.element, let elements = array.elements else {
                let order = array.type.isBigEndian ? "big-endian " : ""
                unread.append(UnreadEntry(name: name, found: "a NumPy array of the \(order)type \(array.type.name)"))
                break
            }
            keep(try entry(name.isEmpty ? "array" : name, array, type, elements))
        case .object, .global(.foreign): unread.append(UnreadEntry(name: name, found: value.kind))
        case .int(let number): metadata[name] = "\(number)"
        case .float(let number): metadata[name] = "\(number)"
        case .bool(let flag): metadata[name] = "\(flag)"
        case .string(let text): metadata[name] = text
        default: break
        }
    }

    /// As in a dictionary of Python's, the last value of a key counts.
    private mutating func keep(_ entry: WeightEntry) {
        if let place = places[entry.name] {
            entries[place] = entry
        } else {
            places[entry.name] = entries.count
            entries.append(entry)
        }
    }

    /// A NumPy array as an entry, if it has as many elements as its shape says.
    private func entry(
        _ name: String, _ array: PickleNumPyArray, _ type: ElementType, _ elements: [UInt8]
    ) throws(FileError) -> WeightEntry {
        guard byteCount(array.shape, type) == elements.count,
            let layout = StridedLayout(
                elementSize: type.size, shape: array.shape, isFortranOrder: array.isFortranOrder)
        else {
            throw FileError(
                .corrupt, file: path, place: name, expected: "\(type) elements of the shape \(array.shape)",
                found: "\(elements.count) bytes")
        }
        return WeightEntry(
            name: name, shape: array.shape, type: type,
            source: StridedElements(storage: ByteElements(bytes: elements), layout: layout))
    }

    /// A tensor as an entry, if it lies within its storage.
    private func entry(
        _ name: String, _ tensor: PickleTensor,
        _ find: (PickleStorage) throws(FileError) -> (source: any ElementSource, byteCount: Int, start: Int?)
    ) throws(FileError) -> WeightEntry {
        let storage = try find(tensor.storage)
        let storedSize = tensor.storage.type.size
        let (claimed, overflow) = tensor.storage.count.multipliedReportingOverflow(by: storedSize)
        guard !overflow, claimed <= storage.byteCount else {
            throw FileError(
                .truncated, file: path, place: "storage \(tensor.storage.key)",
                expected: "\(tensor.storage.count) elements of \(storedSize) bytes", found: "\(storage.byteCount) bytes"
            )
        }
        let viewStart = (tensor.storage.view?.lowerBound ?? 0) * storedSize
        let viewEnd = (tensor.storage.view?.upperBound ?? tensor.storage.count) * storedSize
        let size = tensor.type.size
        let (offset, overflow2) = tensor.offset.addingReportingOverflow(viewStart / size)
        guard !overflow2, viewStart % size == 0,
            let layout = StridedLayout(
                elementSize: size, offset: offset, shape: tensor.shape, strides: tensor.strides,
                capacity: viewEnd / size)
        else {
            throw FileError(
                .corrupt, file: path, place: name,
                expected: "elements within a storage of \((viewEnd - viewStart) / size)",
                found: "the shape \(tensor.shape) with strides \(tensor.strides) from element \(tensor.offset) on")
        }
        var range: Range<Int>?
        if let start = storage.start, layout.isContiguous {
            range = start + offset * size..<start + (offset + layout.count) * size
        }
        return WeightEntry(
            name: name, shape: tensor.shape, type: tensor.type, byteRange: range,
            source: StridedElements(storage: storage.source, layout: layout))
    }
}
