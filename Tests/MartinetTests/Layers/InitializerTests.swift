import Foundation
import Martinet
import Testing

@Suite struct InitializerTests {
    private struct Statistics {
        let mean, deviation, low, high: Double

        init(_ initializer: Initializer, shape: [Int], seed: UInt64 = 7) {
            let values = initializer(shape: shape, generator: RandomGenerator(seed: seed)).elements.map(Double.init)
            let average = values.reduce(0, +) / Double(values.count)
            mean = average
            deviation = (values.reduce(0) { $0 + ($1 - average) * ($1 - average) } / Double(values.count)).squareRoot()
            low = values.min()!
            high = values.max()!
        }
    }

    @Test func constants() {
        #expect(Initializer.zeros(shape: [2, 2]).elements == [0, 0, 0, 0])
        #expect(Initializer.ones(shape: [2]).elements == [1, 1])
        #expect(Initializer.constant(0.5)(shape: [1, 2]).elements == [0.5, 0.5])
        #expect(Initializer.zeros(shape: []).shape == [])
    }

    @Test func fansFollowTheLayouts() {
        #expect(Initializer.fans(of: [784, 256]) == (784, 256))
        // A convolution of 64 channels in 4 groups to 128.
        #expect(Initializer.fans(of: [3, 5, 16, 128]) == (240, 1920))
        #expect(Initializer.fans(of: [10]) == (10, 10))
        #expect(Initializer.fans(of: []) == (1, 1))
    }

    /// Standard deviations by the papers' formulas; the shape's fan-in is 288, its fan-out 576, and there are 18,432 elements.
    @Test func deviations() {
        let shape = [3, 3, 32, 64]
        func check(_ initializer: Initializer, deviation: Double, bound: Double, line: Int = #line) {
            let found = Statistics(initializer, shape: shape)
            let location = SourceLocation(fileID: #fileID, filePath: #filePath, line: line, column: 1)
            #expect(abs(found.mean) < 0.03 * deviation, sourceLocation: location)
            #expect(abs(found.deviation / deviation - 1) < 0.02, sourceLocation: location)
            #expect(max(-found.low, found.high) <= bound * (1 + 1e-6), sourceLocation: location)
            #expect(min(-found.low, found.high) > 0.95 * min(bound, 3 * deviation), sourceLocation: location)
        }
        let he = (2.0 / 288).squareRoot()
        check(.kaimingNormal(), deviation: he, bound: 6 * he)
        check(.kaimingNormal(nonlinearity: .relu), deviation: he, bound: 6 * he)
        check(.kaimingUniform(), deviation: he, bound: he * 3.0.squareRoot())
        let heOut = (2.0 / 576).squareRoot()
        check(.kaimingNormal(mode: .fanOut, nonlinearity: .relu), deviation: heOut, bound: 6 * heOut)
        let leaky = (2 / (1 + 0.04) / 288).squareRoot()
        check(.kaimingUniform(a: 0.2), deviation: leaky, bound: leaky * 3.0.squareRoot())
        let xavier = (2.0 / 864).squareRoot()
        check(.xavierNormal(), deviation: xavier, bound: 6 * xavier)
        check(.xavierUniform(gain: 2), deviation: 2 * xavier, bound: 2 * xavier * 3.0.squareRoot())
        check(.glorotUniform, deviation: xavier, bound: xavier * 3.0.squareRoot())
        // Keras's: cut at two standard deviations of a wider distribution, so that the variance is the formula's.
        check(.heNormal, deviation: he, bound: 2 * he / 0.87962566)
        check(.glorotNormal, deviation: xavier, bound: 2 * xavier / 0.87962566)
        check(.heUniform, deviation: he, bound: he * 3.0.squareRoot())
        let lecun = (1.0 / 288).squareRoot()
        check(.lecunNormal, deviation: lecun, bound: 2 * lecun / 0.87962566)
        check(.lecunUniform, deviation: lecun, bound: lecun * 3.0.squareRoot())
        // PyTorch's default is uniform within 1 / sqrt(fan-in).
        check(.pytorchDefault, deviation: lecun / 3.0.squareRoot(), bound: lecun)
        check(.pytorchDefaultBias(fanIn: 288), deviation: lecun / 3.0.squareRoot(), bound: lecun)
    }

    @Test func gains() {
        #expect(Initializer.Nonlinearity.linear.gain() == 1)
        #expect(Initializer.Nonlinearity.tanh.gain() == Float(5) / 3)
        #expect(Initializer.Nonlinearity.relu.gain() == Float(2).squareRoot())
        #expect(abs(Initializer.Nonlinearity.leakyReLU.gain(negativeSlope: 0.2) - 1.3867505) < 1e-6)
        #expect(Initializer.Nonlinearity.selu.gain() == 0.75)
    }

    /// The quantiles of the cut distribution, and limits far from the mean.
    @Test func truncatedNormal() {
        let values = Initializer.truncatedNormal(mean: 1, standardDeviation: 2, low: -1, high: 2)(
            shape: [40_001], generator: RandomGenerator(seed: 3)
        ).elements.sorted()
        #expect(values.first! >= -1 && values.last! <= 2)
        func distribution(_ x: Double) -> Double { 0.5 * (1 + erf((x - 1) / 2 / 2.0.squareRoot())) }
        for quantile in [0.05, 0.25, 0.5, 0.75, 0.95] {
            let value = Double(values[Int(quantile * 40_000)])
            let expected = (distribution(value) - distribution(-1)) / (distribution(2) - distribution(-1))
            #expect(abs(expected - quantile) < 0.01)
        }
        let tail = Statistics(.truncatedNormal(low: 4, high: 5), shape: [10_000])
        // The mean of a standard normal number given that it lies in 4 ... 5.
        #expect(abs(tail.mean - 4.2168) < 0.01)
        #expect(tail.low >= 4 && tail.high <= 5)
    }

    @Test(arguments: [[8, 8], [20, 6], [6, 20], [3, 3, 4, 10], [1, 1, 4, 10]]) func orthogonal(shape: [Int]) {
        let gain: Float = 1.5
        let weight = Initializer.orthogonal(gain: gain)(shape: shape, generator: RandomGenerator(seed: 1))
        #expect(weight.shape == shape)
        let matrix = weight.reshaped([-1, shape[shape.count - 1]])
        let (rows, columns) = (matrix.shape[0], matrix.shape[1])
        let product =
            rows < columns ? matmul(matrix, matrix, transposeB: true) : matmul(matrix, matrix, transposeA: true)
        let size = min(rows, columns)
        for (index, value) in product.elements.enumerated() {
            let expected = index % (size + 1) == 0 ? gain * gain : 0
            #expect(abs(value - expected) < 1e-5)
        }
    }

    @Test func sameSeedSameNumbers() {
        let shape = [64, 257]
        for initializer in [Initializer.heNormal, .xavierUniform(), .orthogonal(), .pytorchDefault] {
            let first = initializer(shape: shape, generator: RandomGenerator(seed: 5)).elements
            #expect(first == initializer(shape: shape, generator: RandomGenerator(seed: 5)).elements)
            #expect(first != initializer(shape: shape, generator: RandomGenerator(seed: 6)).elements)
        }
    }

    @Test func mistakesAreNamed() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Initializer.orthogonal()(shape: [4])
        }
        let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(message.contains("Initializer.orthogonal") && message.contains("[4]"))
    }
}
