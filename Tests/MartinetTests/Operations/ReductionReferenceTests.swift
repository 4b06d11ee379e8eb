import Martinet
import Testing

@Suite struct ReductionReferenceTests {
    typealias Operation = @Sendable (Tensor, _ axes: [Int]?, _ keepingAxes: Bool) -> Tensor

    static let operations: [String: Operation] = [
        "sum": { $0.sum(axes: $1, keepingAxes: $2) },
        "mean": { $0.mean(axes: $1, keepingAxes: $2) },
        "max": { $0.max(axes: $1, keepingAxes: $2) },
        "min": { $0.min(axes: $1, keepingAxes: $2) },
        "variance": { $0.variance(axes: $1, correction: 0, keepingAxes: $2) },
        "varianceUnbiased": { $0.variance(axes: $1, keepingAxes: $2) },
        "product": { $0.product(axes: $1, keepingAxes: $2) },
        "standardDeviation": { $0.standardDeviation(axes: $1, keepingAxes: $2) },
        "logSumExp": { $0.logSumExp(axes: $1, keepingAxes: $2) },
        "norm": { $0.norm(axes: $1, keepingAxes: $2) },
    ]

    /// With settings of their own.
    static let others: [String: @Sendable (ReferenceCase, Tensor) throws -> Tensor] = [
        "normOfOrder": { reference, x in
            let order = try reference.float("order")
            return x.norm(order < 0 ? .infinity : order, axes: [1])
        },
        "cumulativeSum": { reference, x in
            try x.cumulativeSum(
                axis: reference.int("axis"), exclusive: reference.bool("exclusive"),
                reversed: reference.bool("reversed"))
        },
    ]

    static let choices: [String: @Sendable (Tensor, _ axis: Int) -> IndexArray] = [
        "argmax": { $0.argmax(axis: $1) },
        "argmin": { $0.argmin(axis: $1) },
    ]

    static func cases(_ operations: some Collection<String>) throws -> [ReferenceCase] {
        try ReferenceCase.load("reductions").filter { operations.contains($0.operation) }
    }

    @Test(arguments: try cases(operations.keys))
    func agreesWithPyTorch(_ reference: ReferenceCase) throws {
        let operation = try #require(Self.operations[reference.operation])
        let axes = reference.has(attribute: "axes") ? try reference.ints("axes") : nil
        let keepingAxes = try reference.bool("keepingAxes")
        try reference.verify { operation(try $0("x"), axes, keepingAxes) }
    }

    @Test(arguments: try cases(others.keys))
    func agreesWithPyTorchInItsSettings(_ reference: ReferenceCase) throws {
        let operation = try #require(Self.others[reference.operation])
        try reference.verify { try operation(reference, $0("x")) }
    }

    @Test(arguments: try cases(choices.keys))
    func choosesAsPyTorch(_ reference: ReferenceCase) throws {
        let operation = try #require(Self.choices[reference.operation])
        let chosen = operation(try reference.tensor("input.x"), try reference.int("axis"))
        #expect(chosen == (try reference.indices("output.y")))
    }

    @Test func everyOperationIsRecorded() throws {
        let recorded = try Set(ReferenceCase.load("reductions").map(\.operation))
        #expect(recorded == Set(Self.operations.keys).union(Self.choices.keys).union(Self.others.keys))
    }
}
