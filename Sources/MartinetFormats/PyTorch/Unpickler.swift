import Foundation
import MartinetFiles

/// Reads the part of Python's pickle format (protocols 2 to 5) that tensors, dictionaries, lists and plain values need.
///
/// It executes nothing: of the objects that a pickle names, the meaning of those in `PickleGlobal` is known here; what is made of
/// any other is an object of which nothing but the name is read. Memory and time are in proportion to the pickle's length.
struct Unpickler {
    private let bytes: [UInt8]
    private let path: String
    /// The pickle's name, for messages.
    private let name: String
    private(set) var position: Int

    /// The contents of containers and tensors.
    private(set) var lists: [[PickleValue]] = []
    private(set) var tuples: [[PickleValue]] = []
    private(set) var dictionaries: [[(key: PickleValue, value: PickleValue)]] = []
    private(set) var storages: [PickleStorage] = []
    private(set) var tensors: [PickleTensor] = []
    private(set) var numpyTypes: [PickleNumPyType] = []
    /// nil while nothing has been said of one.
    private(set) var numpyArrays: [PickleNumPyArray?] = []

    private var stack: [PickleValue] = []
    private var marks: [Int] = []
    private var memo: [Int: PickleValue] = [:]
    /// The elements of containers that have been copied, of which a pickle of a few bytes could ask for any number.
    private var copied = 0

    /// Pickles that are longer than this are refused: 256 MiB. They hold names, shapes, and the elements of NumPy arrays.
    static let limit = 1 << 28

    /// - Parameters:
    ///   - bytes: what the pickles are in.
    ///   - position: where the first starts.
    ///   - path: the file's path, for messages.
    ///   - name: what the pickle is called there.
    init(_ bytes: [UInt8], at position: Int = 0, path: String, name: String) {
        self.bytes = bytes
        self.position = position
        self.path = path
        self.name = name
    }

    func error(_ kind: FileError.Kind = .corrupt, expected: String, found: String) -> FileError {
        FileError(kind, file: path, place: "\(name), byte \(position)", expected: expected, found: found)
    }

    /// Reads the next pickle.
    mutating func next() throws(FileError) -> PickleValue {
        stack = []
        marks = []
        memo = [:]
        while true {
            let code = try take(1).first ?? 0
            guard let operation = PickleOperation(rawValue: code) else {
                throw error(
                    .unsupported, expected: "an operation that tensors and plain values need",
                    found: "the pickle operation \(hexadecimal(code))")
            }
            if operation == .stop { break }
            try run(operation)
        }
        guard stack.count == 1, marks.isEmpty else {
            throw error(expected: "one value at the end of the pickle", found: "\(stack.count)")
        }
        return try pop()
    }

    // MARK: Bytes

    private mutating func take(_ count: Int) throws(FileError) -> ArraySlice<UInt8> {
        guard count >= 0, count <= bytes.count - position else {
            throw error(.truncated, expected: "\(count) more bytes", found: "\(bytes.count - position)")
        }
        position += count
        return bytes[position - count..<position]
    }

    private mutating func number(_ size: Int) throws(FileError) -> Int {
        let value = try take(size).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard let number = Int(exactly: value) else {
            throw error(expected: "a length below 2^63", found: "\(value)")
        }
        return number
    }

    private mutating func line() throws(FileError) -> String {
        guard let end = bytes[position...].prefix(1024).firstIndex(of: UInt8(ascii: "\n")) else {
            throw error(.truncated, expected: "a line", found: "none")
        }
        let text = String(decoding: bytes[position..<end], as: UTF8.self)
        position = end + 1
        return text
    }

    private mutating func string(_ count: Int) throws(FileError) -> PickleValue {
        .string(String(decoding: try take(count), as: UTF8.self))
    }

    /// An integer in two's complement.
    private mutating func long(_ count: Int) throws(FileError) -> PickleValue {
        let digits = try take(count)
        guard count > 0 else { return .int(0) }
        guard count <= 8 else { return .bytes(Array(digits)) }
        let negative = digits.last.map { $0 >= 0x80 } ?? false
        let bits = digits.reversed().reduce(negative ? UInt64.max : 0) { $0 << 8 | UInt64($1) }
        return .int(Int(Int64(bitPattern: bits)))
    }

    // MARK: The stack

    private mutating func pop() throws(FileError) -> PickleValue {
        guard let value = stack.last, stack.count > (marks.last ?? 0) else {
            throw error(expected: "a value on the stack", found: "none")
        }
        stack.removeLast()
        return value
    }

    /// The values above the stack's last mark.
    private mutating func popMark() throws(FileError) -> [PickleValue] {
        guard let mark = marks.popLast() else { throw error(expected: "a mark on the stack", found: "none") }
        defer { stack.removeSubrange(mark...) }
        return Array(stack[mark...])
    }

    private mutating func makeTuple(_ values: [PickleValue]) {
        tuples.append(values)
        stack.append(.tuple(tuples.count - 1))
    }

    private mutating func makeList(_ values: [PickleValue]) {
        lists.append(values)
        stack.append(.list(lists.count - 1))
    }

    private mutating func makeDictionary(_ pairs: [(key: PickleValue, value: PickleValue)]) {
        dictionaries.append(pairs)
        stack.append(.dictionary(dictionaries.count - 1))
    }

    private func pairs(_ values: [PickleValue]) throws(FileError) -> [(key: PickleValue, value: PickleValue)] {
        guard values.count % 2 == 0 else { throw error(expected: "keys and values", found: "a key without a value") }
        return stride(from: 0, to: values.count, by: 2).map { (values[$0], values[$0 + 1]) }
    }

    private mutating func append(_ values: [PickleValue]) throws(FileError) {
        if case .object? = stack.last { return }
        guard case .list(let index)? = stack.last else {
            throw error(expected: "a list to add to", found: stack.last?.kind ?? "nothing")
        }
        lists[index] += values
    }

    private mutating func set(_ values: [PickleValue]) throws(FileError) {
        if case .object? = stack.last { return }
        guard case .dictionary(let index)? = stack.last else {
            throw error(expected: "a dictionary to add to", found: stack.last?.kind ?? "nothing")
        }
        dictionaries[index] += try pairs(values)
    }

    private mutating func recall(_ index: Int) throws(FileError) {
        guard let value = memo[index] else {
            throw error(expected: "a value that was kept under \(index)", found: "none")
        }
        stack.append(value)
    }

    private mutating func keep(_ index: Int) throws(FileError) {
        guard let value = stack.last else { throw error(expected: "a value on the stack", found: "none") }
        memo[index] = value
    }

    /// Takes note that `count` elements of a container are copied.
    private mutating func copy(_ count: Int) throws(FileError) {
        copied += count
        guard copied <= bytes.count else {
            throw error(.tooLarge, expected: "a container to be copied once", found: "more")
        }
    }

    // MARK: Operations

    private mutating func run(_ operation: PickleOperation) throws(FileError) {
        switch operation {
        case .protocolVersion:
            let version = try number(1)
            guard (2...5).contains(version) else {
                throw error(.unsupported, expected: "pickle protocol 2 to 5", found: "\(version)")
            }
        case .frame: _ = try take(8)  // The length of a frame, which only helps to read ahead.

        case .none: stack.append(.none)
        case .newTrue: stack.append(.bool(true))
        case .newFalse: stack.append(.bool(false))
        case .binInt: stack.append(.int(Int(Int32(truncatingIfNeeded: try number(4)))))
        case .binInt1: stack.append(.int(try number(1)))
        case .binInt2: stack.append(.int(try number(2)))
        case .long1: stack.append(try long(number(1)))
        case .long4: stack.append(try long(number(4)))
        case .int, .long: stack.append(try decimal())
        case .binFloat:
            let bits = try take(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            stack.append(.float(Double(bitPattern: bits)))

        case .binUnicode: stack.append(try string(number(4)))
        case .shortBinUnicode: stack.append(try string(number(1)))
        case .binUnicode8: stack.append(try string(number(8)))
        // Python 2's strings.
        case .shortBinString: stack.append(try string(number(1)))
        case .binString: stack.append(try string(number(4)))
        case .shortBinBytes: stack.append(.bytes(Array(try take(number(1)))))
        case .binBytes: stack.append(.bytes(Array(try take(number(4)))))
        case .binBytes8, .byteArray8: stack.append(.bytes(Array(try take(number(8)))))

        case .mark: marks.append(stack.count)
        case .pop: _ = try pop()
        case .popMark: _ = try popMark()
        case .duplicate:
            let value = try pop()
            stack += [value, value]

        case .emptyTuple: makeTuple([])
        case .tuple1: makeTuple([try pop()])
        case .tuple2:
            let second = try pop()
            makeTuple([try pop(), second])
        case .tuple3:
            let (third, second) = (try pop(), try pop())
            makeTuple([try pop(), second, third])
        case .tuple: makeTuple(try popMark())
        case .emptyList, .emptySet: makeList([])
        case .list, .frozenSet: makeList(try popMark())
        case .emptyDictionary: makeDictionary([])
        case .dictionary: makeDictionary(try pairs(popMark()))
        case .append: try append([pop()])
        case .appends, .addItems: try append(popMark())
        case .setItem:
            let value = try pop()
            try set([pop(), value])
        case .setItems: try set(popMark())

        case .binPut: try keep(number(1))
        case .longBinPut: try keep(number(4))
        case .memoize: try keep(memo.count)
        case .binGet: try recall(number(1))
        case .longBinGet: try recall(number(4))

        case .global:
            let module = try line()
            stack.append(.global(PickleGlobal(module: module, name: try line())))
        case .stackGlobal:
            guard case .string(let name) = try pop(), case .string(let module) = try pop() else {
                throw error(expected: "the name of an object", found: "none")
            }
            stack.append(.global(PickleGlobal(module: module, name: name)))
        case .binPersistentID: try persistent(pop())
        case .reduce, .newObject:
            let arguments = try pop()
            stack.append(try call(pop(), arguments))
        case .newObjectEx:
            let (_, arguments) = (try pop(), try pop())
            stack.append(try call(pop(), arguments))
        case .object:
            let values = try popMark()
            guard let type = values.first else { throw error(expected: "a class and its arguments", found: "nothing") }
            makeTuple(Array(values.dropFirst()))
            stack.append(try call(type, pop()))
        case .instance:
            let module = try line()
            let type = PickleGlobal(module: module, name: try line())
            makeTuple(try popMark())
            stack.append(try call(.global(type), pop()))
        case .build: try build(pop())

        case .stop: break
        }
    }

    private mutating func decimal() throws(FileError) -> PickleValue {
        let text = try line()
        switch text {
        case "00": return .bool(false)
        case "01": return .bool(true)
        default:
            guard let value = Int(text.hasSuffix("L") ? String(text.dropLast()) : text) else {
                throw error(expected: "an integer", found: String(text.prefix(40)))
            }
            return .int(value)
        }
    }

    /// A reference to a storage: ("storage", class, key, place, count), and before 1.6 what part of it is meant. Before 1.6 also
    /// one to a class and its source: ("module", class, …).
    private mutating func persistent(_ value: PickleValue) throws(FileError) {
        if case .tuple(let index) = value, tuples[index].count >= 2, case .string("module") = tuples[index][0] {
            stack.append(tuples[index][1])
            return
        }
        guard case .tuple(let index) = value, tuples[index].count >= 5,
            case .string("storage") = tuples[index][0], case .global(let storageClass) = tuples[index][1],
            case .int(let count) = tuples[index][4], count >= 0, let key = tuples[index][2].key
        else { throw error(expected: "a reference to a storage", found: value.kind) }
        let type: StoredType
        switch storageClass {
        case .storageClass(let stored): type = stored
        case .foreign(let name):
            stack.append(.object(name))
            return
        default: throw error(expected: "a class of storages", found: "\(storageClass)")
        }
        var view: Range<Int>?
        if tuples[index].count > 5, case .tuple(let part) = tuples[index][5] {
            guard tuples[part].count == 3, case .int(let start) = tuples[part][1],
                case .int(let size) = tuples[part][2],
                start >= 0, start <= count, size >= 0, size <= count - start
            else { throw error(expected: "a part of a storage of \(count) elements", found: "something else") }
            view = start..<start + size
        }
        storages.append(PickleStorage(key: key, type: type, count: count, view: view))
        stack.append(.storage(storages.count - 1))
    }

    // MARK: Calls

    /// The result of calling an object with some arguments: of a known one, what it would be; of any other, an object of that name.
    private mutating func call(_ function: PickleValue, _ arguments: PickleValue) throws(FileError) -> PickleValue {
        if case .object = function { return function }
        guard case .global(let global) = function, case .tuple(let index) = arguments else {
            throw error(expected: "an object and its arguments", found: "\(function.kind), \(arguments.kind)")
        }
        if case .foreign(let name) = global { return .object(name) }
        let arguments = tuples[index]
        switch (global, arguments.first) {
        case (.dictionary, .list(let list)):
            try copy(lists[list].count)
            var pairs: [(key: PickleValue, value: PickleValue)] = []
            for case .list(let pair) in lists[list] where lists[pair].count == 2 {
                pairs.append((lists[pair][0], lists[pair][1]))
            }
            for case .tuple(let pair) in lists[list] where tuples[pair].count == 2 {
                pairs.append((tuples[pair][0], tuples[pair][1]))
            }
            makeDictionary(pairs)
            return try pop()
        case (.dictionary, .dictionary(let other)): return .dictionary(other)
        // The maker of defaults, where there is one, is not called.
        case (.dictionary, _):
            makeDictionary([])
            return try pop()
        case (.set, .list(let list)): return .list(list)
        case (.rebuildTensor, _): return try tensor(arguments, type: nil)
        case (.rebuildTensorWithType, _):
            guard arguments.count > 6, case .global(let type) = arguments[6] else { break }
            switch type {
            case .type(let type): return try tensor(arguments, type: type)
            case .foreign(let name): return .object("tensor of \(name)")
            default: break
            }
        case (.rebuildParameter, .tensor(let tensor)): return .tensor(tensor)
        case (.rebuildFromType, .global(let maker)):
            // A maker that is this one again could go on without end.
            if case .rebuildFromType = maker { break }
            guard arguments.count > 2 else { break }
            return try call(arguments[0], arguments[2])
        case (.size, .tuple(let size)): return .tuple(size)
        case (.device, _): return .opaque("a device")
        case (.numpyType, .string(let name)):
            numpyTypes.append(PickleNumPyType(name: String(name.prefix(100))))
            return .numpyType(numpyTypes.count - 1)
        case (.numpyScalar, .numpyType(let type)) where arguments.count == 2:
            return numpyScalar(numpyTypes[type], arguments[1])
        case (.numpyArray, _):
            numpyArrays.append(nil)
            return .numpyArray(numpyArrays.count - 1)
        case (.numpyFromBuffer, .bytes(let bytes)):
            guard arguments.count == 4, case .numpyType(let type) = arguments[1], case .tuple(let shape) = arguments[2],
                case .string(let order) = arguments[3]
            else { break }
            numpyArrays.append(
                PickleNumPyArray(
                    type: numpyTypes[type], shape: try sizes(shape), isFortranOrder: order == "F", elements: bytes))
            return .numpyArray(numpyArrays.count - 1)
        case (.encode, .string(let text)):
            try copy(text.utf8.count)
            // Latin-1: each character is a byte.
            return .bytes(text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) })
        case (.bytes, nil): return .bytes([])
        default: break
        }
        // What is made of an unknown object is as unknown.
        for case .object(let name) in arguments { return .object(name) }
        throw error(
            expected: "arguments that \(global) takes",
            found: "\(arguments.map(\.kind).prefix(8).joined(separator: ", "))")
    }

    /// The sizes in a tuple.
    private mutating func sizes(_ tuple: Int) throws(FileError) -> [Int] {
        try copy(tuples[tuple].count)
        let sizes = tuples[tuple].compactMap { if case .int(let size) = $0 { size } else { nil } }
        guard sizes.count == tuples[tuple].count, sizes.count <= 64 else {
            throw error(expected: "at most 64 sizes of axes", found: "\(tuples[tuple].count) values")
        }
        return sizes
    }

    private mutating func tensor(_ arguments: [PickleValue], type: ElementType?) throws(FileError) -> PickleValue {
        if case .object(let name)? = arguments.first { return .object("tensor of \(name)") }
        guard arguments.count >= 4, case .storage(let storage) = arguments[0], case .int(let offset) = arguments[1],
            case .tuple(let size) = arguments[2], case .tuple(let stride) = arguments[3]
        else {
            throw error(
                expected: "a storage, an offset, a shape and strides",
                found: "\(arguments.map(\.kind).prefix(8).joined(separator: ", "))")
        }
        let (shape, strides) = (try sizes(size), try sizes(stride))
        guard shape.count == strides.count else {
            throw error(expected: "a shape and as many strides", found: "\(shape.count) and \(strides.count)")
        }
        let stored: ElementType
        switch (type, storages[storage].type) {
        case (let type?, _), (nil, .elements(let type)): stored = type
        case (nil, .foreign(let name, _)): return .object("tensor of \(name)")
        case (nil, .bytes): throw error(expected: "the type of the elements", found: "a storage without one")
        }
        tensors.append(
            PickleTensor(storage: storages[storage], type: stored, offset: offset, shape: shape, strides: strides))
        return .tensor(tensors.count - 1)
    }

    /// A NumPy scalar, which is pickled as its bytes; of no use where they are neither numbers nor little-endian.
    private func numpyScalar(_ type: PickleNumPyType, _ value: PickleValue) -> PickleValue {
        guard case .bytes(let bytes) = value, bytes.count <= 8, !type.isBigEndian else {
            return .opaque("a NumPy scalar")
        }
        let bits = bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return switch (type.name, bytes.count) {
        case ("f8", 8): .float(Double(bitPattern: bits))
        case ("f4", 4): .float(Double(Float(bitPattern: UInt32(bits))))
        case ("i8", 8): .int(Int(Int64(bitPattern: bits)))
        case ("i4", 4): .int(Int(Int32(truncatingIfNeeded: Int64(bitPattern: bits))))
        default: .opaque("a NumPy scalar")
        }
    }

    /// Gives the object on the stack some attributes, of which none matters but those of NumPy's types and arrays.
    private mutating func build(_ state: PickleValue) throws(FileError) {
        switch (stack.last, state) {
        case (.numpyType(let type), .tuple(let index)):
            if tuples[index].count > 1, case .string(">") = tuples[index][1] { numpyTypes[type].isBigEndian = true }
        case (.numpyArray(let array), .tuple(let index)):
            // A version, the shape, the type, the order and the elements.
            let state = tuples[index]
            guard state.count == 5, case .tuple(let shape) = state[1], case .numpyType(let type) = state[2],
                case .bool(let isFortranOrder) = state[3]
            else {
                throw error(
                    expected: "an array's shape, type, order and elements",
                    found: state.map(\.kind).prefix(8).joined(separator: ", "))
            }
            let elements: [UInt8]? = if case .bytes(let bytes) = state[4] { bytes } else { nil }
            numpyArrays[array] = PickleNumPyArray(
                type: numpyTypes[type], shape: try sizes(shape), isFortranOrder: isFortranOrder, elements: elements)
        case (.dictionary, _), (.tensor, _), (.object, _), (.global(.foreign), _), (.opaque, _): break
        default: throw error(expected: "an object that has attributes", found: stack.last?.kind ?? "nothing")
        }
    }
}

extension PickleValue {
    /// The value as a dictionary's key; nil where it is no text or number.
    var key: String? {
        switch self {
        case .string(let text): text
        case .int(let number): "\(number)"
        case .bool(let flag): flag ? "True" : "False"
        default: nil
        }
    }
}
