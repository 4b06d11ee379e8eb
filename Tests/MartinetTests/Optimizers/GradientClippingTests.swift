import Martinet
import Testing

@Suite struct GradientClippingTests {
    private func parameters(_ gradients: [[Float]?]) -> [Parameter] {
        gradients.map { gradient in
            let parameter = Parameter(.zeros([2]))
            parameter.gradient = gradient.map { Tensor($0) }
            return parameter
        }
    }

    @Test func normOverAllParameters() {
        let some = parameters([[3, 0], nil, [0, -4]])
        #expect(clipGradientNorm(some, maximumNorm: 10) == 5)
        #expect(some[2].gradient?.elements == [0, -4])
        #expect(clipGradientNorm(some, maximumNorm: 1) == 5)
        #expect(some[0].gradient.map { abs($0.elements[0] - 0.6) < 1e-6 } == true)
        #expect(some[2].gradient.map { abs($0.elements[1] + 0.8) < 1e-6 } == true)
        #expect(some[1].gradient == nil)
    }

    @Test func infinityNorm() {
        let some = parameters([[3, 1], [0, -4]])
        #expect(clipGradientNorm(some, maximumNorm: 2, norm: .infinity) == 4)
        #expect(some[0].gradient.map { abs($0.elements[0] - 1.5) < 1e-5 } == true)
        #expect(clipGradientNorm(parameters([nil]), maximumNorm: 2, norm: .infinity) == 0)
    }

    @Test func normOfManyElements() {
        let parameter = Parameter(.zeros([70_001]))
        parameter.gradient = .full([70_001], 0.5)
        let norm = clipGradientNorm([parameter], maximumNorm: 1)
        #expect(abs(norm - 0.5 * Float(70_001).squareRoot()) < 1e-4)
        #expect(abs(clipGradientNorm([parameter], maximumNorm: 1) - 1) < 1e-5)
    }

    @Test func notANumberShows() {
        for norm in [GradientNorm.euclidean, .infinity] {
            let some = parameters([[1, .nan], [1, 1]])
            #expect(clipGradientNorm(some, maximumNorm: 1, norm: norm).isNaN)
            #expect(some[1].gradient?.elements.allSatisfy(\.isNaN) == true)
        }
    }

    @Test func gradientsThatOthersHoldStay() {
        let gradient = Tensor([3, 4])
        let parameter = Parameter(.zeros([2]))
        parameter.gradient = gradient
        clipGradientNorm([parameter], maximumNorm: 1)
        #expect(gradient.elements == [3, 4])
    }

    @Test func values() {
        let some = parameters([[3, -0.5], nil])
        clipGradientValue(some, limit: 1)
        #expect(some[0].gradient?.elements == [1, -0.5])
        #expect(some[1].gradient == nil)
    }
}
