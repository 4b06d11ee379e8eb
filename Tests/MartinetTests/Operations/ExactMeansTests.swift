import Foundation
import Martinet
import Testing

@testable import MartinetCore

/// Sums and means have all the digits that a float has: they are made in double precision, and rounded once.
@Suite struct ExactMeansTests {
    private let counts = Array(1...300) + [1000, 4097, 65_537, 200_001]

    @Test func meansOfEqualNumbersAreThatNumber() {
        for value: Float in [1, 0.1, 0.33333334, .leastNormalMagnitude / 100, 3e38] {
            for count in counts {
                let tensor = Tensor.full([count], value)
                #expect(tensor.mean().scalar == value, "\(count) times \(value)")
            }
            for count in counts.prefix(100) {
                let tensor = Tensor.full([2, count, 3], value)
                for axes in [[1], [0, 1], [1, 2], [2], [0, 2]] {
                    #expect(tensor.mean(axes: axes).elements.allSatisfy { $0 == value }, "\(count) times \(value)")
                }
                #expect(tensor.variance().scalar == 0)
            }
        }
    }

    @Test func sumsAreRoundedOnce() {
        let generator = RandomGenerator(seed: 31)
        for count in [1, 41, 1000, 70_001] {
            let tensor = Tensor.normal([count], generator: generator)
            let exact = tensor.elements.reduce(0) { $0 + Double($1) }
            #expect(tensor.sum().scalar == Float(exact))
            #expect(tensor.mean().scalar == Float(exact / Double(count)))
            let squares = tensor.elements.reduce(0) {
                $0 + (Double($1) - exact / Double(count)) * (Double($1) - exact / Double(count))
            }
            let variance = tensor.variance(correction: 0).scalar
            #expect(abs(Double(variance) - squares / Double(count)) <= 3 * Double(variance.ulp))
        }
        let columns = Tensor.normal([1001, 70], generator: generator)
        let rows = columns.elements
        for (column, sum) in columns.sum(axes: [0]).elements.enumerated() {
            #expect(sum == Float((0..<1001).reduce(0) { $0 + Double(rows[$1 * 70 + column]) }))
        }
    }

    @Test func lossesOfEqualDistancesAreThatDistance() {
        for count in counts.prefix(200) {
            let (zeros, ones) = (Tensor.zeros([count]), Tensor.ones([count]).requiringGradient())
            for loss in [mseLoss(ones, zeros), l1Loss(ones, zeros)] { #expect(loss.scalar == 1) }
            let share = gradients(of: l1Loss(ones, zeros), at: [ones])[0].elements
            #expect(share.allSatisfy { $0 == 1 / Float(count) })
            let byMean = gradients(of: ones.mean(), at: [ones])[0].elements
            #expect(byMean.allSatisfy { $0 == 1 / Float(count) })
            let one = crossEntropy(.zeros([1, 3]), [1]).scalar
            #expect(crossEntropy(.zeros([count, 3]), Array(repeating: 1, count: count)).scalar == one)
        }
    }

    @Test func pooledOnesAreOne() {
        for height in 1...13 {
            for width in 1...13 {
                let image = Tensor.ones([1, height, width, 19]).requiringGradient()
                let pooled = averagePool2D(image, kernelSize: Size2D(height, width))
                #expect(pooled.elements.allSatisfy { $0 == 1 }, "\(height)x\(width)")
                let adaptive = adaptiveAveragePool2D(image, outputSize: 1)
                #expect(adaptive.elements.allSatisfy { $0 == 1 }, "\(height)x\(width)")
                let shares = gradients(of: pooled.sum(), at: [image])[0].elements
                #expect(shares.allSatisfy { $0 == 1 / Float(height * width) }, "\(height)x\(width)")
            }
        }
    }

    @Test func momentsOfABatch() {
        for count in [2, 41, 63, 64, 65, 1000, 40_001] {
            for value: Float in [1, 0.1, 12345.678] {
                let moments = NDArray(repeating: value, shape: [count, 21]).channelMoments()
                #expect(moments.mean.elements.allSatisfy { $0 == value })
                #expect(moments.variance.elements.allSatisfy { $0 == 0 })
            }
        }
        let (rows, columns) = (5000, 67)
        for mean in [Float(0), 1000] {
            let x = NDArray.normal([rows, columns], generator: RandomGenerator(seed: 32)) + mean
            let (elements, moments) = (x.elements, x.channelMoments())
            for column in 0..<columns {
                let values = (0..<rows).map { Double(elements[$0 * columns + column]) }
                let mean = values.reduce(0, +) / Double(rows)
                let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(rows)
                // As near as the standard deviation, which is 1, has digits, and a float of the mean's size.
                #expect(
                    abs(Double(moments.mean.elements[column]) - mean) <= max(1e-7, Double(Float(mean).ulp) / 2 * 1.001))
                #expect(abs(Double(moments.variance.elements[column]) - variance) <= 3 * Double(Float(variance).ulp))
            }
        }
    }

    /// As PyTorch 2 computes them in double precision, with digits that 1 + erf(x / √2) and 1 / (1 + exp(-x)) do not have.
    @Test func smallValues() throws {
        #expect(erf(Tensor([1e-8, 1e-6, 1e-5])).elements == [1.1283792e-8, 1.1283792e-6, 1.12837915e-5])
        func check(_ name: String, _ function: (Tensor) -> Tensor, _ values: [(Float, String)], within units: Float)
            throws
        {
            for (x, text) in values {
                let expected = try #require(Float(text))
                #expect(abs(function(Tensor(x)).scalar - expected) <= units * expected.magnitude.ulp, "\(name)(\(x))")
            }
        }
        try check(
            "erf", erf,
            [
                (0.5, "0.5204998850822449"), (1, "0.8427007794380188"), (-2, "-0.9953222870826721"),
                (3.5, "0.9999992847442627"),
            ],
            within: 1)
        try check(
            "gelu", gelu,
            [
                (-10, "-7.619853024160593e-23"), (-5, "-1.433257807548216e-06"), (-3, "-0.004049694165587425"),
                (-1, "-0.15865525603294373"), (2, "1.9544997215270996"),
            ], within: 4)
        try check(
            "sigmoid", sigmoid,
            [(-88, "6.054601485195952e-39"), (-95, "5.521115949439779e-42"), (-100, "3.783505853677006e-44")], within: 2
        )
    }
}
