import Martinet
import Testing

/// Tensors beside numbers.
@Suite struct NumberArithmeticTests {
    private let x = Tensor([1, 2, 4])

    @Test func assigningOperatorsTakeNumbers() {
        var y = x
        y += 1
        #expect(y.elements == [2, 3, 5])
        y *= 0.5
        #expect(y.elements == [1, 1.5, 2.5])
        y -= 2
        #expect(y.elements == [-1, -0.5, 0.5])
        y /= 4
        #expect(y.elements == [-0.25, -0.125, 0.125])
        #expect(x.elements == [1, 2, 4])
    }

    @Test func comparisonsTakeNumbers() {
        #expect((x .== 2).elements == [0, 1, 0])
        #expect((x .!= 2).elements == [1, 0, 1])
        #expect((x .< 2).elements == [1, 0, 0])
        #expect((x .<= 2).elements == [1, 1, 0])
        #expect((x .> 2).elements == [0, 0, 1])
        #expect((x .>= 2).elements == [0, 1, 1])
    }

    @Test func gradientsFlowThroughBothSides() {
        let point = x.requiringGradient()
        var y = 3 * point - 1
        y *= 2
        let formula = y + (1 - point) / 2 + 8 / point
        #expect(formula.elements == [12, 13.5, 22.5])
        #expect(gradients(of: formula.sum(), at: [point])[0].elements == [-2.5, 3.5, 5])
    }
}
