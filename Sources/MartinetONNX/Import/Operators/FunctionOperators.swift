import Foundation
import Martinet

// Elementary functions that networks have seldom: those without a kernel go element by element.
extension ProgramBuilder {
    static let functionOperators: [String: Operator] = [
        "Sin": unary { sin($0) },
        "Cos": unary { cos($0) },
        "Sign": unary { sign($0) },
        "Tan": elementwise { Foundation.tan($0) },
        "Asin": elementwise { Foundation.asin($0) },
        "Acos": elementwise { Foundation.acos($0) },
        "Atan": elementwise { Foundation.atan($0) },
        "Sinh": elementwise { Foundation.sinh($0) },
        "Cosh": elementwise { Foundation.cosh($0) },
        "Asinh": elementwise { Foundation.asinh($0) },
        "Acosh": elementwise { Foundation.acosh($0) },
        "Atanh": elementwise { Foundation.atanh($0) },
        "Floor": unary { floor($0) },
        "Ceil": unary { ceil($0) },
        "Round": unary { round($0) },
        "Shrink": { (builder, node) throws(ONNXError) in
            let (bias, limit) = (try node.float("bias", or: 0), try node.float("lambd", or: 0.5))
            return try builder.unary(node) { x in
                each(of: x) { $0 < -limit ? $0 + bias : $0 > limit ? $0 - bias : 0 }
            }
        },
        "Mod": { (builder, node) throws(ONNXError) in
            if case .integers = try node.operand(0) {
                let isC = try node.int("fmod", or: 0) != 0
                return try combine(node) { a, b in
                    guard b != 0, !(a == .min && b == -1) else { return (0, b == 0) }
                    let rest = a % b
                    return (rest != 0 && !isC && (rest < 0) != (b < 0) ? rest + b : rest, false)
                }
            }
            let isC = try node.int("fmod", or: 0) != 0
            return try builder.combine(node, try node.tensor(0), try node.tensor(1)) { a, b in
                let shape = Shapes.broadcast(a.shape, b.shape) ?? a.shape
                let (x, y) = (a.broadcast(to: shape).elements, b.broadcast(to: shape).elements)
                return Tensor(zip(x, y).map { isC ? fmod($0, $1) : remainder(of: $0, by: $1) }, shape: shape)
            }
        },
        "Mean": { (builder, node) throws(ONNXError) in
            var total = try node.tensor(0)
            for index in node.operands.indices.dropFirst() {
                total = try builder.combine(node, total, try node.tensor(index)) { $0 + $1 }
            }
            let count = Float(node.operands.count)
            return try builder.apply(node, [total], shape: total.shape) { _ in { $0[0] / count } }
        },
    ]

    private static func elementwise(_ function: @escaping @Sendable (Float) -> Float) -> Operator {
        unary { each(of: $0, function) }
    }
}

/// With the divisor's sign, as Python's `%`.
@Sendable private func remainder(of x: Float, by y: Float) -> Float {
    let rest = fmod(x, y)
    guard rest != 0 else { return Float(signOf: y, magnitudeOf: 0) }
    return (rest < 0) != (y < 0) ? rest + y : rest
}

@Sendable private func each(of x: Tensor, _ function: (Float) -> Float) -> Tensor {
    Tensor(x.elements.map(function), shape: x.shape)
}
