import Martinet
import Testing

@Suite struct LossReferenceTests {
    typealias Operation = @Sendable (ReferenceCase, ReferenceCase.Inputs, Reduction) throws -> Tensor

    static let operations: [String: Operation] = [
        "crossEntropy": {
            try crossEntropy(
                $1("x"), $1.indices("labels").values, weights: $1.optional("weights"),
                labelSmoothing: $0.float("labelSmoothing"), reduction: $2)
        },
        "nll": {
            try nllLoss($1("x"), $1.indices("labels").values, weights: $1.optional("weights"), reduction: $2)
        },
        "sparseCategorical": {
            try sparseCategoricalCrossEntropy($1("x"), $1.indices("labels").values, reduction: $2)
        },
        "binaryCrossEntropy": {
            try binaryCrossEntropy(
                logits: $1("x"), $1("target"), positiveWeight: $1.optional("positiveWeight"), reduction: $2)
        },
        "meanSquaredError": { try mseLoss($1("x"), $1("target"), reduction: $2) },
        "l1": { try l1Loss($1("x"), $1("target"), reduction: $2) },
        "huber": { try huberLoss($1("x"), $1("target"), delta: $0.float("delta"), reduction: $2) },
        "smoothL1": { try smoothL1Loss($1("x"), $1("target"), beta: $0.float("beta"), reduction: $2) },
    ]

    static let reductions: [String: Reduction] = ["mean": .mean, "sum": .sum, "none": .none]

    @Test(arguments: try ReferenceCase.load("losses"))
    func agreesWithPyTorchAndKeras(_ reference: ReferenceCase) throws {
        let operation = try #require(Self.operations[reference.operation])
        let reduction = try #require(Self.reductions[try reference.string("reduction")])
        try reference.verify { try operation(reference, $0, reduction) }
    }

    @Test func everyOperationIsRecorded() throws {
        #expect(try Set(ReferenceCase.load("losses").map(\.operation)) == Set(Self.operations.keys))
    }
}
