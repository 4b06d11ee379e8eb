import MartinetCore
import Testing

@Suite struct PositiveMaskTests {
    @Test(arguments: [1, 15, 16, 17, 1000, 100_003]) func selectsWhatIsPositive(count: Int) {
        var elements = NDArray.normal([count], generator: RandomGenerator(seed: 1)).elements
        elements[0] = 0
        if count > 20 { (elements[16], elements[18]) = (.nan, -.infinity) }
        let mask = PositiveMask(of: NDArray(elements, shape: [count]))
        let gradient = NDArray.uniform([count], in: 1..<2, generator: RandomGenerator(seed: 2))
        let expected = zip(elements, gradient.elements).map { $0 > 0 ? $1 : 0 }

        // In place where nobody else holds the gradient, elsewhere where somebody does.
        var shared = gradient
        mask.select(&shared)
        #expect(shared.elements == expected)
        #expect(gradient.elements.allSatisfy { $0 >= 1 })
        var own = gradient + 0
        mask.select(&own)
        #expect(own.elements == expected)
    }
}
