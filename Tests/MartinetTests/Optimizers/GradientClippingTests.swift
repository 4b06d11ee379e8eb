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

    /// Squares that a float cannot hold: PyTorch, whose norm overflows, makes them all 0, unless it computes in double precision.
    @Test func largeAndTinyGradients() throws {
        let large = parameters([[3e30, 0], [0, -4e30]])
        #expect(clipGradientNorm(large, maximumNorm: 1) == 5e30)
        let clipped = try large.map { try #require($0.gradient).elements }
        #expect(abs(clipped[0][0] - 0.6) < 1e-7 && abs(clipped[1][1] + 0.8) < 1e-7)
        #expect(clipped[0][1] == 0 && clipped[1][0] == 0)

        let largest = parameters([[3e38, 3e38]])
        #expect(clipGradientNorm(largest, maximumNorm: 1e-3) == .infinity)
        let share = try #require(largest[0].gradient).elements[0]
        #expect(abs(share - 1e-3 * Float(0.5).squareRoot()) < 1e-9)

        let tiny = parameters([[3e-30, 0], [4e-30, 0]])
        #expect(abs(clipGradientNorm(tiny, maximumNorm: 1) - 5e-30) < 1e-36)
        #expect(tiny[0].gradient?.elements == [3e-30, 0])
        // PyTorch's 1e-6 beside the norm outweighs it.
        clipGradientNorm(tiny, maximumNorm: 1e-31)
        #expect(tiny[0].gradient?.elements == [0, 0])

        for maximum in [Float(1), 0] {
            let zeros = parameters([[0, 0], [0, 0]])
            #expect(clipGradientNorm(zeros, maximumNorm: maximum) == 0)
            #expect(zeros[0].gradient?.elements == [0, 0])
        }
    }

    /// As PyTorch 2: [nan, 0], [0, 0].
    @Test func infiniteGradients() {
        for norm in [GradientNorm.euclidean, .infinity] {
            let some = parameters([[.infinity, 1], [2, 0]])
            #expect(clipGradientNorm(some, maximumNorm: 1, norm: norm) == .infinity)
            #expect(some[0].gradient.map { $0.elements[0].isNaN && $0.elements[1] == 0 } == true)
            #expect(some[1].gradient?.elements == [0, 0])
        }
    }

    @Test func nonfiniteNormsAreErrorsWhereAskedFor() throws {
        for bad in [Float.infinity, .nan] {
            let some = parameters([[bad, 1]])
            let error = #expect(throws: NonfiniteGradientError.self) {
                try clipGradientNorm(some, maximumNorm: 1, errorIfNonfinite: true)
            }
            #expect(error?.norm.isNaN == bad.isNaN && error?.norm.isFinite == false)
            #expect(some[0].gradient?.elements[1] == 1)
            #expect(!(try clipGradientNorm(some, maximumNorm: 1, errorIfNonfinite: false)).isFinite)
        }
        let finite = parameters([[3, 4]])
        #expect(try clipGradientNorm(finite, maximumNorm: 10, errorIfNonfinite: true) == 5)
    }
}
