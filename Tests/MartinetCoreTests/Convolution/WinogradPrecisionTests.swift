import Testing

@testable import MartinetCore

/// The rounding errors of Winograd's algorithms on the layers of ResNets, against double precision.
///
/// The errors are norms relative to the result's, over some hundred of its elements. Those that docs/convolution.md states
/// were measured with this; the limits here are about twice as large.
@Suite struct WinogradPrecisionTests {
    struct Layer: Sendable, CustomTestStringConvertible {
        var size, channels: Int
        var testDescription: String { "\(size)x\(size), \(channels) channels" }
    }

    static let layers = [
        (56, 64), (28, 128), (14, 256), (7, 512), (32, 16), (16, 32), (8, 64),
    ].map { Layer(size: $0.0, channels: $0.1) }

    private static let limits: [ConvolutionAlgorithm: Double] = [
        .columns: 1e-6, .winogradSmall: 2e-6, .winograd: 8e-6,
    ]

    @Test(arguments: layers)
    func errorsAreAsDocumented(_ layer: Layer) {
        let check = SampledConvolution(size: layer.size, channels: layer.channels)
        for algorithm in [ConvolutionAlgorithm.columns, .winogradSmall, .winograd] {
            for direction in ConvolutionDirection.allCases
            where algorithm.canCompute(check.geometry, direction) {
                let error = check.error(ConvolutionPlan(check.geometry, direction, algorithm: algorithm))
                #expect(error < Self.limits[algorithm]!, "\(algorithm.rawValue), \(direction.rawValue): \(error)")
            }
        }
    }

    @Test func rulesKeepToTheLimit() {
        let geometry = convolutionGeometry([16, 28, 28, 128], [3, 3, 128, 128], padding: .same)
        let expected: [WinogradLimit: [ConvolutionAlgorithm]] = [
            .large: [.winograd, .winograd, .winograd],
            .small: [.winogradSmall, .winogradSmall, .indirect],
            .none: [.indirect, .indirect, .indirect],
        ]
        for (limit, algorithms) in expected {
            let chosen = ConvolutionDirection.allCases.map {
                ConvolutionPlan(geometry, $0, winogradLimit: limit).algorithm
            }
            #expect(chosen == algorithms, "\(limit)")
        }
    }

    /// Where the larger tiles' weight would be most of the work, the smaller tiles are taken.
    @Test func fewTilesTakeTheSmallerWeight() {
        let geometry = convolutionGeometry([1, 7, 7, 512], [3, 3, 512, 512], padding: .same)
        #expect(ConvolutionPlan(geometry, .forward, weightIsPrepared: true).algorithm == .winogradSmall)
        #expect(ConvolutionPlan(geometry, .forward, weightIsPrepared: false).algorithm == .indirect)
    }
}

/// A 3x3 convolution of random arrays, some of whose elements are computed in double precision.
private struct SampledConvolution {
    let geometry: ConvolutionGeometry
    private let input, weight, gradient: NDArray
    private let x, w, dy: [Float]

    init(size: Int, channels: Int) {
        geometry = convolutionGeometry([2, size, size, channels], [3, 3, channels, channels], padding: .same)
        let generator = RandomGenerator(seed: 31)
        input = .normal(geometry.inputShape, generator: generator)
        weight = .normal(geometry.weightShape, generator: generator)
        gradient = .normal(geometry.outputShape, generator: generator)
        (x, w, dy) = (input.elements, weight.elements, gradient.elements)
    }

    func error(_ plan: ConvolutionPlan) -> Double {
        let result =
            switch plan.direction {
            case .forward: input.convolved(with: weight, geometry: geometry, plan: plan)
            case .inputGradient:
                NDArray.convolutionInputGradient(gradient, weight: weight, geometry: geometry, plan: plan)
            case .weightGradient:
                NDArray.convolutionWeightGradient(gradient, input: input, geometry: geometry, plan: plan)
            }
        let found = result.elements
        let generator = RandomGenerator(seed: 37)
        var (difference, norm) = (0.0, 0.0)
        for _ in 0..<150 {
            let index = generator.integer(below: found.count)
            let exact = element(index, of: plan.direction)
            difference += (Double(found[index]) - exact) * (Double(found[index]) - exact)
            norm += exact * exact
        }
        return (difference / norm).squareRoot()
    }

    private func element(_ index: Int, of direction: ConvolutionDirection) -> Double {
        let channels = geometry.inputChannels
        let size = geometry.outputHeight
        func pixel(_ image: Int, _ row: Int, _ column: Int) -> Int? {
            (0..<size).contains(row) && (0..<size).contains(column)
                ? ((image * size + row) * size + column) * channels : nil
        }
        var sum = 0.0
        let (first, second) = (index / channels, index % channels)
        switch direction {
        case .forward, .inputGradient:
            let (image, row, column) = (first / size / size, first / size % size, first % size)
            for tap in 0..<9 {
                let (dr, dc) = (tap / 3 - 1, tap % 3 - 1)
                let sign = direction == .forward ? 1 : -1
                guard let start = pixel(image, row + sign * dr, column + sign * dc) else { continue }
                for c in 0..<channels {
                    sum +=
                        direction == .forward
                        ? Double(x[start + c]) * Double(w[(tap * channels + c) * channels + second])
                        : Double(dy[start + c]) * Double(w[(tap * channels + second) * channels + c])
                }
            }
        case .weightGradient:
            let (tap, c) = (first / channels, first % channels)
            for image in 0..<geometry.batch {
                for row in 0..<size {
                    for column in 0..<size {
                        guard let start = pixel(image, row + tap / 3 - 1, column + tap % 3 - 1) else { continue }
                        sum += Double(x[start + c]) * Double(dy[pixel(image, row, column)! + second])
                    }
                }
            }
        }
        return sum
    }
}
