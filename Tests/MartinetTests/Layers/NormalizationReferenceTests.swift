import Martinet
import Testing

@Suite struct NormalizationReferenceTests {
    static func cases(_ operations: String...) throws -> [ReferenceCase] {
        try ReferenceCase.load("normalization").filter { operations.contains($0.operation) }
    }

    /// Several steps in training mode with the statistics after each, then one in evaluation mode.
    @Test(arguments: try cases("batchNorm", "batchNormKeras"))
    func batchNorm(_ reference: ReferenceCase) throws {
        let layer = BatchNorm(
            try reference.tensor("input.x0").shape.last ?? 0, epsilon: try reference.float("epsilon"),
            momentum: try reference.float("momentum"), affine: try reference.bool("affine"),
            correctsRunningVariance: reference.operation == "batchNorm")
        try check(layer, reference)
    }

    /// The layer with Keras's defaults, made without its number of features.
    @Test(arguments: try cases("batchNormKeras"))
    func batchNormWithKerasDefaults(_ reference: ReferenceCase) throws {
        let layer = BatchNorm.keras()
        layer.build(for: try reference.tensor("input.x0").shape)
        try check(layer, reference)
    }

    private func check(_ layer: BatchNorm, _ reference: ReferenceCase) throws {
        try reference.verify { inputs in
            try inputs.load("weight", into: layer.weight)
            try inputs.load("bias", into: layer.bias)
            var outputs: [String: Tensor] = [:]
            for step in 0..<(try reference.int("steps")) {
                outputs["y\(step)"] = layer(try inputs("x\(step)"))
                outputs["mean\(step)"] = layer.runningMean.value
                outputs["variance\(step)"] = layer.runningVar.value
            }
            outputs["evaluated"] = layer.eval()(try inputs("evaluated"))
            return outputs
        }
        #expect(layer.numBatchesTracked.value.scalar == Float(try reference.int("steps")))
    }

    @Test(arguments: try cases("layerNorm"))
    func layerNorm(_ reference: ReferenceCase) throws {
        let layer = LayerNorm(
            try reference.ints("shape"), epsilon: try reference.float("epsilon"), affine: try reference.bool("affine"))
        try reference.verify {
            try $0.load("weight", into: layer.weight)
            try $0.load("bias", into: layer.bias)
            return layer(try $0("x"))
        }
    }

    @Test(arguments: try cases("groupNorm"))
    func groupNorm(_ reference: ReferenceCase) throws {
        let layer = GroupNorm(
            groups: try reference.int("groups"), channels: try reference.tensor("input.x").shape.last ?? 0,
            epsilon: try reference.float("epsilon"), affine: try reference.bool("affine"))
        try reference.verify {
            try $0.load("weight", into: layer.weight)
            try $0.load("bias", into: layer.bias)
            return layer(try $0("x"))
        }
    }

    @Test(arguments: try cases("dense"))
    func dense(_ reference: ReferenceCase) throws {
        let shape = try reference.tensor("input.weight").shape
        let layer = Dense(shape[0], shape[1], bias: reference.tensors["input.bias"] != nil)
        try reference.verify {
            try $0.load("weight", into: layer.weight)
            try $0.load("bias", into: layer.bias)
            return layer(try $0("x"))
        }
    }

    @Test func everyOperationIsRecorded() throws {
        let recorded = try Set(ReferenceCase.load("normalization").map(\.operation))
        #expect(recorded == ["batchNorm", "batchNormKeras", "layerNorm", "groupNorm", "dense"])
    }
}
