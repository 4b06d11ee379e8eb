import Foundation
import Martinet
import Testing

/// Compares what the initialisers draw with samples of PyTorch's and Keras's: the largest value and the spread.
@Suite struct InitializerReferenceTests {
    static let nonlinearities: [String: Initializer.Nonlinearity] = [
        "linear": .linear, "sigmoid": .sigmoid, "tanh": .tanh, "relu": .relu, "leaky_relu": .leakyReLU, "selu": .selu,
    ]

    static let operations: [String: @Sendable (ReferenceCase) throws -> Initializer] = [
        "kaimingUniform": {
            try .kaimingUniform(a: $0.float("slope"), mode: mode($0), nonlinearity: nonlinearity($0))
        },
        "kaimingNormal": {
            try .kaimingNormal(a: $0.float("slope"), mode: mode($0), nonlinearity: nonlinearity($0))
        },
        "xavierUniform": { try .xavierUniform(gain: $0.float("gain")) },
        "xavierNormal": { try .xavierNormal(gain: $0.float("gain")) },
        "heNormal": { _ in .heNormal },
        "heUniform": { _ in .heUniform },
        "glorotNormal": { _ in .glorotNormal },
        "glorotUniform": { _ in .glorotUniform },
        "lecunNormal": { _ in .lecunNormal },
        "truncatedNormal": {
            try .truncatedNormal(
                mean: $0.float("mean"), standardDeviation: $0.float("deviation"), low: $0.float("low"),
                high: $0.float("high"))
        },
    ]

    /// Layers as they are made, whose weights and biases have PyTorch's defaults.
    static let layers: [String: @Sendable (_ shape: [Int], _ groups: Int, RandomGenerator) -> Tensor?] = [
        "defaultConvolution": { convolution($0, groups: $1, generator: $2).weight.value },
        "defaultConvolutionBias": { convolution($0, groups: $1, generator: $2).bias?.value },
        "defaultDense": { Dense($0[0], $0[1], generator: $2).weight.value },
        "defaultDenseBias": { Dense($0[0], $0[1], generator: $2).bias?.value },
    ]

    static func cases(_ operations: some Collection<String>) throws -> [ReferenceCase] {
        try ReferenceCase.load("initializers").filter { operations.contains($0.operation) }
    }

    @Test(arguments: try cases(["gain"]))
    func gain(_ reference: ReferenceCase) throws {
        let nonlinearity = try Self.nonlinearity(reference)
        let slope = reference.has(attribute: "slope") ? try reference.float("slope") : 0.01
        let expected = try reference.tensor("output.gain").scalar
        #expect(abs(nonlinearity.gain(negativeSlope: slope) - expected) <= 1e-6 * expected)
    }

    @Test(arguments: try cases(operations.keys))
    func drawsAsPyTorchAndKeras(_ reference: ReferenceCase) throws {
        let make = try #require(Self.operations[reference.operation])
        let initializer = try make(reference)
        let shape = try reference.ints("shape")
        let generator = RandomGenerator(seed: 5)
        try compare(sample { initializer(shape: shape, generator: generator) }, reference)
    }

    @Test(arguments: try cases(layers.keys))
    func layersStartAsPyTorchs(_ reference: ReferenceCase) throws {
        let layer = try #require(Self.layers[reference.operation])
        let shape = try reference.ints("shape")
        let groups = reference.has(attribute: "groups") ? try reference.int("groups") : 1
        let generator = RandomGenerator(seed: 6)
        try compare(sample { try #require(layer(shape, groups, generator)) }, reference)
    }

    /// The elements of as many tensors as make a good sample.
    private func sample(_ draw: () throws -> Tensor) rethrows -> [Float] {
        var values: [Float] = []
        for _ in 0..<200 where values.count < 60_000 { values += try draw().elements }
        return values
    }

    private func compare(_ values: [Float], _ reference: ReferenceCase) throws {
        let count = Double(values.count)
        let mean = values.reduce(0.0) { $0 + Double($1) } / count
        let deviation = (values.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / count).squareRoot()
        let largest = values.reduce(0.0) { max($0, abs(Double($1))) }
        let expected = Double(try reference.tensor("output.deviation").scalar)
        // Five standard errors of a difference of two samples.
        #expect(abs(deviation / expected - 1) < 5 / count.squareRoot())
        #expect(
            abs(mean - Double(try reference.tensor("output.mean").scalar)) < 5 * 1.5 * expected / count.squareRoot())
        let bound = Double(try reference.tensor("output.largest").scalar)
        if bound < 3 * expected || reference.operation == "truncatedNormal" {
            // All but the plain normal distribution have a bound, which large samples reach.
            #expect(abs(largest / bound - 1) < 5e-3)
        } else {
            #expect(reference.operation == "kaimingNormal" || reference.operation == "xavierNormal")
            #expect(largest > 3.5 * expected)
        }
    }

    @Test func everyOperationIsRecorded() throws {
        let recorded = try Set(ReferenceCase.load("initializers").map(\.operation))
        #expect(recorded == Set(Self.operations.keys).union(Self.layers.keys).union(["gain"]))
    }

    private static func convolution(_ shape: [Int], groups: Int, generator: RandomGenerator) -> Conv2D {
        Conv2D(
            shape[2] * groups, shape[3], kernelSize: Size2D(shape[0], shape[1]), groups: groups, generator: generator)
    }

    private static func mode(_ reference: ReferenceCase) throws -> Initializer.FanMode {
        try reference.string("mode") == "fan_in" ? .fanIn : .fanOut
    }

    private static func nonlinearity(_ reference: ReferenceCase) throws -> Initializer.Nonlinearity {
        try #require(nonlinearities[try reference.string("nonlinearity")])
    }
}
