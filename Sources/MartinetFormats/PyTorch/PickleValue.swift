/// A value that a pickle describes. Containers and tensors are numbers of places in the unpickler's heap, so that values have no depth:
/// nothing recurses when one is released, and a container may hold itself.
enum PickleValue {
    case none
    case bool(Bool)
    case int(Int)
    case float(Double)
    /// An integer that is too large for an `Int`, as its bytes, or bytes.
    case bytes([UInt8])
    case string(String)
    case tuple(Int)
    case list(Int)
    case dictionary(Int)
    case global(PickleGlobal)
    case storage(Int)
    case tensor(Int)
    case numpyType(Int)
    case numpyArray(Int)
    /// Something that is allowed but of no use here, such as a device.
    case opaque(String)
    /// An object of a class that is not known here, of which nothing is read, by the class's name.
    case object(String)

    /// The kind of value, for messages.
    var kind: String {
        switch self {
        case .none: "None"
        case .bool: "a bool"
        case .int: "an integer"
        case .float: "a float"
        case .bytes: "bytes"
        case .string: "a string"
        case .tuple: "a tuple"
        case .list: "a list"
        case .dictionary: "a dictionary"
        case .global(.foreign(let name)): "the Python object \(name)"
        case .global(let global): "\(global)"
        case .storage: "a storage"
        case .tensor: "a tensor"
        case .numpyType: "a NumPy type"
        case .numpyArray: "a NumPy array"
        case .opaque(let text): text
        case .object(let name): "the Python object \(name)"
        }
    }
}

/// A Python object that a pickle may name. Nothing of it is executed; what follows from it is known here.
enum PickleGlobal {
    /// A dictionary of Python's, be it ordered, counting or with defaults.
    case dictionary
    case set
    case rebuildTensor
    case rebuildTensorWithType
    case rebuildParameter
    case rebuildFromType
    case size
    case device
    case storageClass(StoredType)
    case type(ElementType)
    case numpyScalar
    case numpyType
    case numpyArray
    case numpyFromBuffer
    case encode
    case bytes
    /// Any other, by its name: what is made of it is not read.
    case foreign(String)

    /// All that are known, by module and name.
    private static let known: [String: PickleGlobal] = {
        var known: [String: PickleGlobal] = [
            "collections.OrderedDict": .dictionary, "collections.Counter": .dictionary,
            "collections.defaultdict": .dictionary, "builtins.dict": .dictionary, "__builtin__.dict": .dictionary,
            "__builtin__.set": .set, "builtins.set": .set,
            "torch._utils._rebuild_tensor": .rebuildTensor, "torch._utils._rebuild_tensor_v2": .rebuildTensor,
            "torch._utils._rebuild_tensor_v3": .rebuildTensorWithType,
            "torch._utils._rebuild_parameter": .rebuildParameter,
            "torch._utils._rebuild_parameter_with_state": .rebuildParameter,
            "torch._tensor._rebuild_from_type_v2": .rebuildFromType,
            "torch.Size": .size, "torch.device": .device,
            "torch.storage.UntypedStorage": .storageClass(.bytes), "torch.UntypedStorage": .storageClass(.bytes),
            "numpy.core.multiarray.scalar": .numpyScalar, "numpy._core.multiarray.scalar": .numpyScalar,
            "numpy.core.multiarray._reconstruct": .numpyArray, "numpy._core.multiarray._reconstruct": .numpyArray,
            "numpy.core.numeric._frombuffer": .numpyFromBuffer, "numpy._core.numeric._frombuffer": .numpyFromBuffer,
            "numpy.dtype": .numpyType, "_codecs.encode": .encode, "builtins.bytes": .bytes, "__builtin__.bytes": .bytes,
        ]
        // Types of elements that are not read here, but whose size has to be known to find what lies behind them.
        let foreign = [
            ("ComplexFloat", 8), ("ComplexDouble", 16), ("QInt8", 1), ("QUInt8", 1), ("QInt32", 4), ("QUInt4x2", 1),
            ("QUInt2x4", 1),
        ]
        for (name, size) in foreign { known["torch.\(name)Storage"] = .storageClass(.foreign(name, size: size)) }
        let types: [(storage: String?, names: [String], type: ElementType)] = [
            ("Float", ["float32", "float"], .float32), ("Double", ["float64", "double"], .float64),
            ("Half", ["float16", "half"], .float16), ("BFloat16", ["bfloat16"], .bfloat16),
            ("Long", ["int64", "long"], .int64), ("Int", ["int32", "int"], .int32),
            ("Short", ["int16", "short"], .int16), ("Char", ["int8"], .int8), ("Byte", ["uint8"], .uint8),
            ("Bool", ["bool"], .bool), (nil, ["uint16"], .uint16), (nil, ["uint32"], .uint32),
            (nil, ["uint64"], .uint64),
        ]
        for (storage, names, type) in types {
            if let storage {
                known["torch.\(storage)Storage"] = .storageClass(.elements(type))
                known["torch.cuda.\(storage)Storage"] = .storageClass(.elements(type))
            }
            for name in names { known["torch.\(name)"] = .type(type) }
        }
        return known
    }()

    init(module: String, name: String) {
        self = Self.known["\(module).\(name)"] ?? .foreign("\(module.prefix(100)).\(name.prefix(100))")
    }
}

/// What a storage's elements are.
enum StoredType {
    case elements(ElementType)
    /// It is counted in bytes, and tensors say their type themselves.
    case bytes
    /// Elements that are not read here, such as complex numbers, by PyTorch's name.
    case foreign(String, size: Int)

    /// Of an element, in bytes.
    var size: Int {
        switch self {
        case .elements(let type): type.size
        case .bytes: 1
        case .foreign(_, let size): size
        }
    }
}

/// The type of a NumPy array's elements, as "f8".
struct PickleNumPyType {
    let name: String
    var isBigEndian = false

    /// nil where it is none that is read here.
    var element: ElementType? {
        guard !isBigEndian else { return nil }
        return ElementType(numpy: "<\(name)") ?? ElementType(numpy: "|\(name)")
    }
}

/// A NumPy array, whose elements are in the pickle.
struct PickleNumPyArray {
    let type: PickleNumPyType
    let shape: [Int]
    /// Whether the first axis turns fastest.
    let isFortranOrder: Bool
    /// nil where they are no bytes, but Python objects.
    let elements: [UInt8]?
}

/// A storage that a pickle speaks of; its elements lie elsewhere in the file.
struct PickleStorage {
    /// Under which the elements are found.
    let key: String
    let type: StoredType
    /// In elements of `type`.
    let count: Int
    /// The part that the tensor sees, of a file before 1.6; nil for the whole.
    let view: Range<Int>?
}

/// A tensor that a pickle speaks of; not checked against its storage yet.
struct PickleTensor {
    let storage: PickleStorage
    let type: ElementType
    let offset: Int
    let shape, strides: [Int]
}
