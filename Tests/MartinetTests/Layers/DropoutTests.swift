import Martinet
import Testing

@Suite struct DropoutTests {
    @Test(arguments: [Float(0.1), 0.25, 0.5, 0.9])
    func zeroesTheRateAndScalesTheRest(rate: Float) {
        let x = Tensor.positive([100, 200])
        let y = dropout(x, rate: rate, generator: RandomGenerator(seed: 1))
        let kept = zip(x.elements, y.elements).filter { $0.1 != 0 }
        #expect(kept.allSatisfy { abs($0.1 - $0.0 / (1 - rate)) <= 1e-6 * $0.1 })
        // Four standard deviations of a share of 20,000.
        let share = Float(kept.count) / Float(x.count)
        #expect(abs(share - (1 - rate)) < 4 * (rate * (1 - rate) / Float(x.count)).squareRoot())
    }

    @Test func everyCallDropsOthersAndASeedRepeatsThem() {
        let layer = Dropout(0.5, generator: RandomGenerator(seed: 2))
        let first = layer(.ones([64])).elements
        #expect(layer(.ones([64])).elements != first)
        #expect(Dropout(0.5, generator: RandomGenerator(seed: 2))(.ones([64])).elements == first)
    }

    @Test func gradientFlowsWhereTheInputDid() {
        let x = Tensor.ones([50]).requiringGradient()
        let y = Dropout(0.4, generator: RandomGenerator(seed: 3))(x)
        #expect(gradients(of: y.sum(), at: [x])[0].elements == y.elements)
    }

    @Test func doesNothingInEvaluationNorAtRateZero() {
        let x = Tensor.smooth([50])
        #expect(Dropout(0.9).eval()(x).elements == x.elements)
        #expect(Dropout(0)(x).elements == x.elements)
        #expect(Dropout(1)(x).elements.allSatisfy { $0 == 0 })
    }
}
