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
        "klDivergence": { try klDivergence($1("x"), $1("target"), logTargets: $0.bool("logTargets"), reduction: $2) },
        "poisson": {
            try poissonNLLLoss(
                $1("x"), $1("target"), logInput: $0.bool("logInput"), full: $0.bool("full"), reduction: $2)
        },
        "gaussian": {
            try gaussianNLLLoss(
                $1("x"), $1("target"), variance: $1("variance"), full: $0.bool("full"), reduction: $2)
        },
        "focal": {
            try focalLoss(
                logits: $1("x"), $1("target"), alpha: $0.float("alpha"), gamma: $0.float("gamma"), reduction: $2)
        },
        "dice": { try diceLoss($1("x"), $1("target"), reduction: $2) },
        "cosineEmbedding": {
            try cosineEmbeddingLoss($1("a"), $1("b"), $1("target"), margin: $0.float("margin"), reduction: $2)
        },
        "triplet": {
            try tripletMarginLoss(
                $1("a"), $1("b"), $1("c"), margin: $0.float("margin"), order: $0.float("order"), swap: $0.bool("swap"),
                reduction: $2)
        },
        "contrastive": {
            try contrastiveLoss($1("a"), $1("b"), $1("target"), margin: $0.float("margin"), reduction: $2)
        },
        "marginRanking": {
            try marginRankingLoss($1("a"), $1("b"), $1("target"), margin: $0.float("margin"), reduction: $2)
        },
        "hinge": { try hingeLoss($1("x"), $1("target"), reduction: $2) },
        "logCosh": { try logCoshLoss($1("x"), $1("target"), reduction: $2) },
        "ctc": { reference, inputs, reduction in
            var labels = try reference.ints("targets")[...]
            let targets = try reference.ints("counts").map { count in
                defer { labels = labels.dropFirst(count) }
                return Array(labels.prefix(count))
            }
            return try ctcLoss(
                logSoftmax(inputs("x")), targets, inputLengths: reference.ints("lengths"),
                blank: reference.int("blank"),
                reduction: reduction, zeroInfinity: reference.bool("zeroInfinity"))
        },
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
