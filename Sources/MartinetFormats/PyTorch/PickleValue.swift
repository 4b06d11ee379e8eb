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
    /// A NumPy type, as "f8".
    case numpyType(String)
    /// Something that is allowed but of no use here, such as a device.
    case opaque(String)

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
        case .global(let global): "\(global)"
        case .storage: "a storage"
        case .tensor: "a tensor"
        case .numpyType: "a NumPy type"
        case .opaque(let text): text
        }
    }
}

/// A Python object that a pickle may name. Nothing of it is executed; what follows from it is known here.
enum PickleGlobal {
    case orderedDictionary
    case counter
    case set
    case rebuildTensor
    case rebuildTensorWithType
    case rebuildParameter
    case size
    case device
    case storageClass(ElementType)
    case untypedStorageClass
    case type(ElementType)
    case numpyScalar
    case numpyType
    case encode

    /// All that are allowed, by module and name.
    private static let known: [String: PickleGlobal] = {
        var known: [String: PickleGlobal] = [
            "collections.OrderedDict": .orderedDictionary, "collections.Counter": .counter,
            "__builtin__.set": .set, "builtins.set": .set,
            "torch._utils._rebuild_tensor": .rebuildTensor, "torch._utils._rebuild_tensor_v2": .rebuildTensor,
            "torch._utils._rebuild_tensor_v3": .rebuildTensorWithType,
            "torch._utils._rebuild_parameter": .rebuildParameter,
            "torch._utils._rebuild_parameter_with_state": .rebuildParameter,
            "torch.Size": .size, "torch.device": .device,
            "torch.storage.UntypedStorage": .untypedStorageClass, "torch.UntypedStorage": .untypedStorageClass,
            "numpy.core.multiarray.scalar": .numpyScalar, "numpy._core.multiarray.scalar": .numpyScalar,
            "numpy.dtype": .numpyType, "_codecs.encode": .encode,
        ]
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
                known["torch.\(storage)Storage"] = .storageClass(type)
                known["torch.cuda.\(storage)Storage"] = .storageClass(type)
            }
            for name in names { known["torch.\(name)"] = .type(type) }
        }
        return known
    }()

    init?(module: String, name: String) {
        guard let global = Self.known["\(module).\(name)"] else { return nil }
        self = global
    }
}

/// A storage that a pickle speaks of; its elements lie elsewhere in the file.
struct PickleStorage {
    /// Under which the elements are found.
    let key: String
    /// nil for one that is counted in bytes.
    let type: ElementType?
    /// In elements of `type`, or bytes.
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
