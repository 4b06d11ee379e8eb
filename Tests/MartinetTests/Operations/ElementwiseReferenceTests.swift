import Martinet
import Testing

@Suite struct ElementwiseReferenceTests {
    typealias Operation = @Sendable (ReferenceCase, ReferenceCase.Inputs) throws -> Tensor

    static let operations: [String: Operation] = [
        "add": { try $1("a") + $1("b") },
        "subtract": { try $1("a") - $1("b") },
        "multiply": { try $1("a") * $1("b") },
        "divide": { try $1("a") / $1("b") },
        "pow": { try pow($1("a"), $1("b")) },
        "maximum": { try maximum($1("a"), $1("b")) },
        "minimum": { try minimum($1("a"), $1("b")) },
        "equal": { try $1("a") .== $1("b") },
        "notEqual": { try $1("a") .!= $1("b") },
        "less": { try $1("a") .< $1("b") },
        "lessOrEqual": { try $1("a") .<= $1("b") },
        "greater": { try $1("a") .> $1("b") },
        "greaterOrEqual": { try $1("a") .>= $1("b") },
        "addScalar": { try $1("x") + $0.float("scalar") },
        "subtractScalar": { try $1("x") - $0.float("scalar") },
        "subtractFromScalar": { try $0.float("scalar") - $1("x") },
        "multiplyScalar": { try $1("x") * $0.float("scalar") },
        "divideScalar": { try $1("x") / $0.float("scalar") },
        "divideIntoScalar": { try $0.float("scalar") / $1("x") },
        "powScalar": { try pow($1("x"), $0.float("exponent")) },
        "where": { try `where`($1("condition"), $1("a"), $1("b")) },
        "negate": { try -$1("x") },
        "abs": { try abs($1("x")) },
        "sign": { try sign($1("x")) },
        "square": { try square($1("x")) },
        "sqrt": { try sqrt($1("x")) },
        "reciprocal": { try 1 / $1("x") },
        "exp": { try exp($1("x")) },
        "log": { try log($1("x")) },
        "sin": { try sin($1("x")) },
        "cos": { try cos($1("x")) },
        "tanh": { try tanh($1("x")) },
        "sigmoid": { try sigmoid($1("x")) },
        "relu": { try relu($1("x")) },
        "gelu": { try gelu($1("x")) },
        "silu": { try silu($1("x")) },
        "softplus": { try softplus($1("x"), beta: number("beta", of: $0, or: 1)) },
        "expm1": { try expm1($1("x")) },
        "log1p": { try log1p($1("x")) },
        "elu": { try elu($1("x"), alpha: number("alpha", of: $0, or: 1)) },
        "selu": { try selu($1("x")) },
        "celu": { try celu($1("x"), alpha: number("alpha", of: $0, or: 1)) },
        "mish": { try mish($1("x")) },
        "softsign": { try softsign($1("x")) },
        "logSigmoid": { try logSigmoid($1("x")) },
        "tanhshrink": { try tanhshrink($1("x")) },
        "relu6": { try relu6($1("x")) },
        "hardsigmoid": { try hardsigmoid($1("x")) },
        "hardswish": { try hardswish($1("x")) },
        "hardtanh": {
            try hardtanh($1("x"), low: number("low", of: $0, or: -1), high: number("high", of: $0, or: 1))
        },
        "hardshrink": { try hardshrink($1("x"), lambda: number("lambda", of: $0, or: 0.5)) },
        "softshrink": { try softshrink($1("x"), lambda: number("lambda", of: $0, or: 0.5)) },
        "threshold": { try threshold($1("x"), $0.float("threshold"), value: $0.float("value")) },
        "prelu": { try prelu($1("x"), $1("weight")) },
        "glu": { try glu($1("x"), axis: $0.int("axis")) },
        "floor": { try floor($1("x")) },
        "ceil": { try ceil($1("x")) },
        "round": { try round($1("x")) },
        "leakyReLU": { try leakyReLU($1("x"), negativeSlope: $0.float("slope")) },
        "clamp": {
            try clamp(
                $1("x"), low: $0.has(attribute: "low") ? $0.float("low") : -.infinity,
                high: $0.has(attribute: "high") ? $0.float("high") : .infinity)
        },
        "softmax": { try softmax($1("x"), axis: $0.int("axis")) },
        "logSoftmax": { try logSoftmax($1("x"), axis: $0.int("axis")) },
    ]

    private static func number(_ name: String, of reference: ReferenceCase, or standard: Float) throws -> Float {
        reference.has(attribute: name) ? try reference.float(name) : standard
    }

    @Test(arguments: try ReferenceCase.load("elementwise"))
    func agreesWithPyTorch(_ reference: ReferenceCase) throws {
        let operation = try #require(Self.operations[reference.operation])
        try reference.verify { try operation(reference, $0) }
    }

    @Test func everyOperationIsRecorded() throws {
        #expect(try Set(ReferenceCase.load("elementwise").map(\.operation)) == Set(Self.operations.keys))
    }
}
