/// The types of a tensor's elements that are read, by ONNX's numbers.
enum ElementType: Int32 {
    case float = 1
    case int32 = 6
    case int64 = 7
    case bool = 9
    case float16 = 10
    case double = 11
    case bfloat16 = 16

    /// The bytes of an element.
    var size: Int {
        switch self {
        case .bool: 1
        case .float16, .bfloat16: 2
        case .float, .int32: 4
        case .int64, .double: 8
        }
    }

    /// Whether it stands for shapes and indices rather than for what a network computes.
    var isInteger: Bool {
        switch self {
        case .int32, .int64, .bool: true
        case .float, .float16, .double, .bfloat16: false
        }
    }
}
