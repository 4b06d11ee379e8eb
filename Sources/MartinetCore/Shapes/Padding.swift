/// How many zeros are put around an image before a window slides over it.
public enum Padding: Sendable, Hashable {
    /// No zeros: the window stays inside the image.
    case valid

    /// As many zeros as make the output `ceil(input / stride)`: with kernel `k`, stride `s` and dilation `d` in total
    /// `max((ceil(input / s) - 1) * s + (k - 1) * d + 1 - input, 0)` an axis, the smaller half in front (TensorFlow's and
    /// Keras's rule).
    case same

    /// Rows and columns of zeros on each side.
    case explicit(top: Int, bottom: Int, left: Int, right: Int)

    /// `amount` rows or columns of zeros on every side.
    public static func symmetric(_ amount: Int) -> Padding {
        .explicit(top: amount, bottom: amount, left: amount, right: amount)
    }

    /// `vertical` rows of zeros above and below, `horizontal` columns left and right.
    public static func symmetric(vertical: Int, horizontal: Int) -> Padding {
        .explicit(top: vertical, bottom: vertical, left: horizontal, right: horizontal)
    }
}

extension Padding: ExpressibleByIntegerLiteral {
    /// The same number of rows or columns of zeros on every side.
    public init(integerLiteral amount: Int) { self = .symmetric(amount) }
}

extension Padding: CustomStringConvertible {
    /// "same", "1" for one on every side, "1x3" for one above and below and three left and right.
    public var description: String {
        switch self {
        case .valid: "valid"
        case .same: "same"
        case .explicit(let top, let bottom, let left, let right):
            if top != bottom || left != right {
                "top \(top), bottom \(bottom), left \(left), right \(right)"
            } else {
                top == left ? "\(top)" : "\(top)x\(left)"
            }
        }
    }
}
