import Martinet
import Testing

@Suite struct ShapeReferenceTests {
    typealias Operation = @Sendable (ReferenceCase, ReferenceCase.Inputs) throws -> Tensor

    static let operations: [String: Operation] = [
        "matmul": {
            try matmul(
                $1("a"), $1("b"), transposeA: $0.bool("transposeA"), transposeB: $0.bool("transposeB"))
        },
        "reshape": { try $1("x").reshaped($0.ints("shape")) },
        "permute": { try $1("x").permuted($0.ints("axes")) },
        "broadcast": { try $1("x").broadcast(to: $0.ints("shape")) },
        "slice": { reference, inputs in
            let ranges = try zip(reference.ints("starts"), reference.ints("ends")).map { $0..<$1 }
            let x = try inputs("x")
            switch ranges.count {
            case 1: return x[ranges[0]]
            case 2: return x[ranges[0], ranges[1]]
            default: return x[ranges[0], ranges[1], ranges[2]]
            }
        },
        "concatenate": { try .concatenate([$1("a"), $1("b"), $1("c")], axis: $0.int("axis")) },
        "stack": { try .stack([$1("a"), $1("b"), $1("c")], axis: $0.int("axis")) },
        "pad": { reference, inputs in
            let amounts = try zip(reference.ints("before"), reference.ints("after")).map { (before: $0, after: $1) }
            return try inputs("x").padded(amounts, value: reference.float("value"))
        },
        "select": { try $1("x").selecting($1.indices("indices").values, axis: $0.int("axis")) },
        "gather": { try $1("x").gather($1.indices("indices"), axis: $0.int("axis")) },
        "matmulVector": { try matmul($1("a"), $1("b")) },
        "einsum": { reference, inputs in
            let (equation, names) = (try reference.string("equation"), reference.names("input"))
            switch names.count {
            case 1: return try einsum(equation, inputs("a"))
            case 2: return try einsum(equation, inputs("a"), inputs("b"))
            default: return try einsum(equation, inputs("a"), inputs("b"), inputs("c"))
            }
        },
        "tile": { try $1("x").tiled($0.ints("counts")) },
        "repeat": { try $1("x").repeated($0.int("count"), axis: $0.int("axis")) },
        "flip": { try $1("x").flipped(axes: $0.ints("axes")) },
        "roll": { try $1("x").rolled(by: $0.int("amount"), axis: $0.int("axis")) },
        "lowerTriangle": { try $1("x").lowerTriangle(diagonal: $0.int("diagonal")) },
        "upperTriangle": { try $1("x").upperTriangle(diagonal: $0.int("diagonal")) },
        "sort": { try $1("x").sorted(axis: $0.int("axis"), descending: $0.bool("descending")).values },
        "topK": { try $1("x").topK($0.int("k"), axis: $0.int("axis"), largest: $0.bool("largest")).values },
        "maxWithIndices": { try $1("x").maxWithIndices(axis: $0.int("axis")).values },
        "minWithIndices": { try $1("x").minWithIndices(axis: $0.int("axis")).values },
        "maskedFill": { try $1("x").maskedFill($1("mask"), $0.float("value")) },
        "scatter": { try $1("x").scattering($1("source"), at: $1.indices("indices"), axis: $0.int("axis")) },
        "scatterSum": { try $1("x").scatteringSum($1("source"), at: $1.indices("indices"), axis: $0.int("axis")) },
        "oneHot": { try .oneHot($1.indices("indices"), classes: $0.int("classes")) },
    ]

    @Test(arguments: try ReferenceCase.load("shapes"))
    func agreesWithPyTorch(_ reference: ReferenceCase) throws {
        let operation = try #require(Self.operations[reference.operation])
        try reference.verify { try operation(reference, $0) }
    }

    @Test func everyOperationIsRecorded() throws {
        #expect(try Set(ReferenceCase.load("shapes").map(\.operation)) == Set(Self.operations.keys))
    }
}
