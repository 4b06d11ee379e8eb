import Foundation
import Martinet
import MartinetFormats
import Testing

/// Files that were damaged or made to do harm: each gives an error, none a crash, a hang or much memory.
@Suite struct HostileTests {
    /// Opens a file and reads all of it.
    @discardableResult
    static func read(_ bytes: [UInt8]) throws(FileError) -> Int {
        var count = 0
        for entry in try openWeights(bytes).entries { count += try entry.array().count }
        return count
    }

    @Test(arguments: RecordedWeights.files)
    func refusesEveryTruncation(name: String) throws {
        let bytes = try RecordedWeights.bytes(name)
        var accepted: [Int] = []
        for length in 0..<bytes.count {
            do {
                try Self.read(Array(bytes[..<length]))
                accepted.append(length)
            } catch {}
        }
        #expect(accepted.isEmpty, "read though cut")
    }

    @Test(arguments: RecordedWeights.files)
    func survivesDamage(name: String) throws {
        let bytes = try RecordedWeights.bytes(name)
        let generator = RandomGenerator(seed: 3)
        for _ in 0..<1000 {
            var damaged = bytes
            let choices = NDArray.uniform([9], generator: generator).elements
            for flip in 0..<1 + Int(choices[0] * 4) {
                let place = min(bytes.count - 1, Int(choices[1 + flip] * Float(bytes.count)))
                damaged[place] = UInt8(choices[5 + flip] * 255)
            }
            // What is still a file of weights is read; anything else than a `FileError` would fail to compile.
            do { try Self.read(damaged) } catch { #expect(!error.description.isEmpty) }
        }
    }

    // MARK: safetensors

    @Test(arguments: [
        #"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}"#,
        #"{"a":{"dtype":"F32","shape":[9223372036854775807,2],"data_offsets":[0,8]}}"#,
        #"{"a":{"dtype":"F32","shape":[-1,-1],"data_offsets":[0,4]}}"#,
        #"{"a":{"dtype":"F32","shape":[1e30],"data_offsets":[0,4]}}"#,
        #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,9223372036854775807]}}"#,
        #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[-4,4]}}"#,
        #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}"#,
        #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0]}}"#,
        #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
        #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#,
        #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
        #"{"a":{"dtype":"F4","shape":[16],"data_offsets":[0,8]}}"#,
        #"{"a":{"dtype":"F8_E4M3","shape":[8],"data_offsets":[0,8]}}"#,
        #"{"a":{"shape":[2],"data_offsets":[0,8]}}"#, #"{"a":1}"#, #"{"__metadata__":{"a":1}}"#, "{", "{]", "[]",
    ])
    func refusesHeaders(header: String) {
        #expect(throws: FileError.self) { try Self.read(safetensors(header, elements: littleEndian([1, 2]))) }
    }

    @Test func refusesLongAndDeepHeaders() {
        #expect(throws: FileError.self) { try Self.read([UInt8](repeating: 0xff, count: 64)) }
        for opening in ["[", #"{"a":"#] {
            let deep = String(repeating: opening, count: 200_000)
            #expect(throws: FileError.self) { try Self.read(safetensors("{\"a\":" + deep)) }
        }
    }

    // MARK: Pickles

    /// A PyTorch file with this pickle, and eight bytes under the key 0.
    static func pytorch(_ pickle: [UInt8]) -> [UInt8] {
        zip([ZipMember("a/data.pkl", [0x80, 2] + pickle), ZipMember("a/data/0", littleEndian([1, 2]))])
    }

    /// Rebuilds a tensor of a float storage that is said to have `count` elements.
    static func tensor(count: [UInt8] = [0x4b, 2], offset: [UInt8] = [0x4b, 0], shape: [UInt8], strides: [UInt8])
        -> [UInt8]
    {
        let pieces: [[UInt8]] = [
            Array("ctorch._utils\n_rebuild_tensor_v2\n((".utf8), [0x58, 7, 0, 0, 0],
            Array("storagectorch\nFloatStorage\n".utf8), [0x58, 1, 0, 0, 0, 0x30, 0x58, 3, 0, 0, 0],
            Array("cpu".utf8), count, Array("tQ".utf8), offset, shape, strides, [0x89], Array("}tR".utf8),
        ]
        return Array(pieces.joined())
    }

    /// An integer of eight bytes, as a pickle has it.
    static func long(_ value: Int) -> [UInt8] {
        [0x8a, 8] + withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }

    @Test func readsATensorMadeByHand() throws {
        let one: [UInt8] = [0x4b, 1, 0x85]
        let file = try openWeights(Self.pytorch(Self.tensor(shape: [0x4b, 2, 0x85], strides: one) + ".".utf8))
        #expect(try file.entries[0].array().elements == [1, 2])
    }

    @Test func refusesTensorsOutsideOfTheirStorage() {
        let (one, two): ([UInt8], [UInt8]) = ([0x4b, 1, 0x85], [0x4b, 2, 0x85])
        let huge = Self.long(1 << 62) + [0x85]
        let cases: [[UInt8]] = [
            Self.tensor(shape: [0x4b, 3, 0x85], strides: one),
            Self.tensor(offset: [0x4b, 1], shape: two, strides: one),
            Self.tensor(offset: Self.long(-1), shape: one, strides: one),
            Self.tensor(offset: Self.long(.max), shape: one, strides: one),
            Self.tensor(shape: huge, strides: one),
            Self.tensor(shape: huge, strides: [0x4b, 0, 0x85]),
            Self.tensor(shape: two, strides: huge),
            Self.tensor(shape: two, strides: Self.long(-1) + [0x85]),
            Self.tensor(shape: Self.long(-2) + [0x85], strides: one),
            Self.tensor(shape: Self.long(1 << 32) + Self.long(1 << 32) + [0x86], strides: [0x4b, 0, 0x4b, 0, 0x86]),
            Self.tensor(count: Self.long(.max), shape: two, strides: one),
            Self.tensor(count: Self.long(-1), shape: two, strides: one),
            Self.tensor(count: [0x4b, 3], shape: two, strides: one),
            Self.tensor(shape: two, strides: [0x29]),
        ]
        for (index, pickle) in cases.enumerated() {
            #expect(throws: FileError.self, "case \(index)") { try Self.read(Self.pytorch(pickle + ".".utf8)) }
        }
    }

    @Test(arguments: ["os\nsystem", "builtins\neval", "posix\nsystem", "torch.nn.modules.linear\nLinear", "\n"])
    func refusesObjectsByName(name: String) {
        let error = #expect(throws: FileError.self) {
            try Self.read(Self.pytorch(Array("c\(name)\n(X".utf8) + [2, 0, 0, 0] + "lstR.".utf8))
        }
        #expect(error?.kind == .unsupported)
        #expect(error?.found.contains(name.replacing("\n", with: ".")) == true)
    }

    @Test func refusesPicklesThatGrow() {
        func times(_ count: Int, _ pickle: [UInt8]) -> [UInt8] {
            Array([[UInt8]](repeating: pickle, count: count).joined())
        }
        let stop: [UInt8] = [0x2e]
        let (keep, recall): ([UInt8], [UInt8]) = ([0x71, 0], [0x68, 0])
        let deepTuple: [UInt8] = [0x29] + times(1_000_000, [0x85]) + stop
        let deepMarks = times(1_000_000, [0x28]) + stop
        let deepLists = times(300_000, [0x5d]) + times(299_999, [0x61]) + stop
        // A pair of the pair before, thirty times over.
        let doubling: [UInt8] = [0x5d] + times(30, keep + recall + [0x86]) + stop
        // A list that holds itself.
        let circle: [UInt8] = [0x5d] + keep + recall + [0x61] + stop
        // The same long list of pairs, copied again and again.
        let pairs: [UInt8] = [0x5d, 0x28] + times(20_000, [0x5d]) + [0x65] + keep
        let copies = times(20_000, [0x68, 1] + recall + [0x85, 0x52, 0x30])
        let copying = Array("ccollections\nOrderedDict\nq".utf8) + [1] + pairs + copies + stop
        for (name, pickle) in [
            ("tuples", deepTuple), ("marks", deepMarks), ("lists", deepLists), ("doubling", doubling),
            ("circle", circle),
            ("copying", copying),
        ] {
            #expect(throws: FileError.self, "\(name)") { try Self.read(Self.pytorch(pickle)) }
        }
    }

    @Test(
        arguments: [
            [0x2e], [0x30, 0x2e], [0x52, 0x2e], [0x75, 0x2e], [0x4e, 0x75, 0x2e], [0x28, 0x30, 0x2e], [0x68, 7, 0x2e],
            [0x58, 0xff, 0xff, 0xff, 0xff], [0x8e, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
            [0x8b, 0xff, 0xff, 0xff, 0xff], [0x80, 9], [0x69], [0x28, 0x4e, 0x64, 0x2e], [0x4e, 0x51, 0x2e],
            [0x4e, 0x4e],
            [0x4e, 0x62, 0x2e], [0x71, 0, 0x2e], [0x4e, 0x4e, 0x2e], [0x28, 0x4e, 0x2e],
        ] as [[UInt8]])
    func refusesMalformedPickles(pickle: [UInt8]) {
        #expect(throws: FileError.self) { try Self.read(Self.pytorch(pickle)) }
    }

    // MARK: Zip and NumPy

    @Test func refusesArchivesThatLie() throws {
        let array = try RecordedWeights.bytes("plain.npy")
        let honest = ZipMember("a.npy", array)
        #expect(try Self.read(zip([honest])) == 6)
        var zeros = ZipMember("a.npy", array + [UInt8](repeating: 0, count: 3_000_000))
        zeros.isDeflated = true
        let cases: [(String, (inout ZipMember) -> Void)] = [
            ("a wrong checksum", { $0.checksum = 1 }), ("a size too large", { $0.size = 1 << 30 }),
            ("compressed too large", { $0.compressedSize = 1 << 30 }), ("an offset outside", { $0.offset = 1 << 30 }),
            ("another size", { $0.size = 10 }), ("the data of others", { $0.offset = 3 }),
        ]
        for (name, lie) in cases {
            for deflated in [false, true] {
                var member = honest
                member.isDeflated = deflated
                lie(&member)
                #expect(throws: FileError.self, "\(name)") { try Self.read(zip([member])) }
            }
        }
        zeros.size = array.count
        #expect(throws: FileError.self) { try Self.read(zip([zeros])) }
        var bomb = zeros
        bomb.size = 0xffff_fff0
        #expect(throws: FileError.self) { try Self.read(zip([bomb])) }
        #expect(throws: FileError.self) { try Self.read(zip([honest, honest])) }
        var second = ZipMember("b.npy", array)
        second.offset = 0
        #expect(throws: FileError.self) { try Self.read(zip([honest, second])) }
    }

    @Test(arguments: [
        "{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775807, 9223372036854775807), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (0, 9223372036854775807), }",
        "{'descr': '<f4', 'fortran_order': True, 'shape': (9223372036854775807, 9223372036854775807, 0), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-1, 2), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999, ), }",
        "{'descr': '<f4', 'fortran_order': 0, 'shape': (2,), }",
        "{'descr': '<c8', 'fortran_order': False, 'shape': (1,), }",
        "{'descr': '<f4', 'shape': (2,)}", "{'descr", "{((((((((((((((((", "", "{'descr': '<f4' 'shape'}",
    ])
    func refusesArrayHeaders(text: String) {
        let file = [0x93] + "NUMPY".utf8 + [1, 0, UInt8(text.utf8.count), 0] + text.utf8 + littleEndian([1, 2])
        #expect(throws: FileError.self) { try Self.read(file) }
    }
}
