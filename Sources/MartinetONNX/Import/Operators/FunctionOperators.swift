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
        "Floor": elementwise { $0.rounded(.down) },
        "Ceil": elementwise { $0.rounded(.up) },
        "Round": elementwise { $0.rounded(.toNearestOrEven) },
        "Shrink": { (builder, node) throws(ONNXError) in
            let (bias, limit) = (try node.float("bias", or: 0), try node.float("lambd", or: 0.5))
            return try builder.unary(node) { x in
                each(of: x) { $0 < -limit ? $0 + bias : $0 > limit ? $0 - bias : 0 }
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

@Sendable private func each(of x: Tensor, _ function: (Float) -> Float) -> Tensor {
    Tensor(x.elements.map(function), shape: x.shape)
}
