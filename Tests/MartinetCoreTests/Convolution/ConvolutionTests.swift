import CKernels
import Foundation
import Testing

@testable import MartinetCore

@Suite struct ConvolutionTests {
    @Test(arguments: ConvolutionCases.all)
    func matchesReference(geometry: ConvolutionGeometry) {
        for (what, error) in ConvolutionCheck(geometry).errors() {
            #expect(error < 1e-5, "\(what)")
        }
    }

    /// In a process of its own, since both settings are the process's.
    @Test func everyThreadCountAndInstructionSetMatchesReference() async {
        await #expect(processExitsWith: .success) {
            let best = Int(mk_simd_supported())
            for (level, threads) in [(0, 2), (1, 2), (best, 1), (best, 2), (best, 4)] {
                mk_set_simd_level(Int32(level))
                Threads.count = threads
                for geometry in ConvolutionCases.few {
                    for (what, error) in ConvolutionCheck(geometry).errors() {
                        #expect(error < 1e-5, "\(threads) threads, SIMD level \(level): \(what)")
                    }
                }
            }
        }
    }

    @Test func repeatsBitForBit() {
        let geometry = convolutionGeometry([6, 16, 16, 8], [3, 3, 8, 16], padding: .same)
        let generator = RandomGenerator(seed: 3)
        let input = NDArray.normal(geometry.inputShape, generator: generator)
        let gradient = NDArray.normal(geometry.outputShape, generator: generator)
        for algorithm in ConvolutionAlgorithm.allCases where algorithm.canCompute(geometry, .weightGradient) {
            let plan = ConvolutionPlan(geometry, .weightGradient, algorithm: algorithm)
            let first = NDArray.convolutionWeightGradient(gradient, input: input, geometry: geometry, plan: plan)
            let second = NDArray.convolutionWeightGradient(gradient, input: input, geometry: geometry, plan: plan)
            #expect(first.elements == second.elements, "\(plan)")
        }
    }

    /// Winograd's rounding error grows with the channels and the tiles that are summed over, which the sweep has few of.
    @Test func winogradIsAccurateOnDeepLayers() {
        let geometry = convolutionGeometry([4, 12, 12, 256], [3, 3, 256, 64], padding: .same)
        let generator = RandomGenerator(seed: 29)
        let input = NDArray.uniform(geometry.inputShape, generator: generator)
        let weight = NDArray.normal(geometry.weightShape, generator: generator)
        let gradient = NDArray.normal(geometry.outputShape, generator: generator)
        func check(_ direction: ConvolutionDirection, _ body: (ConvolutionPlan) -> NDArray) {
            let found = body(ConvolutionPlan(geometry, direction, algorithm: .winograd))
            let expected = body(ConvolutionPlan(geometry, direction, algorithm: .columns))
            #expect(relativeError(found.elements, expected.elements.map(Double.init)) < 1e-5, "\(direction)")
        }
        check(.forward) { input.convolved(with: weight, geometry: geometry, plan: $0) }
        check(.inputGradient) {
            .convolutionInputGradient(gradient, weight: weight, geometry: geometry, plan: $0)
        }
        check(.weightGradient) { .convolutionWeightGradient(gradient, input: input, geometry: geometry, plan: $0) }
    }

    @Test func emptyBatchGivesEmptyResultAndZeroWeightGradient() {
        for groups in [1, 2, 4] {
            let geometry = convolutionGeometry([0, 5, 5, 4], [3, 3, 4 / groups, 8], padding: .same, groups: groups)
            let check = ConvolutionCheck(geometry)
            for (what, error) in check.errors() { #expect(error == 0, "\(what)") }
        }
    }

    @Test func reluKeepsNaN() {
        let geometry = convolutionGeometry([1, 4, 4, 1], [3, 3, 1, 2])
        let input = NDArray(repeating: .nan, shape: geometry.inputShape)
        for algorithm in ConvolutionAlgorithm.allCases where algorithm.canCompute(geometry, .forward) {
            let plan = ConvolutionPlan(geometry, .forward, algorithm: algorithm)
            let output = input.convolved(with: .ones(geometry.weightShape), geometry: geometry, relu: true, plan: plan)
            #expect(output.elements.allSatisfy { $0.isNaN }, "\(plan)")
        }
    }

    /// In a process of its own, since the peak is the process's.
    @Test func workingMemoryDoesNotGrowWithTheBatch() async {
        await #expect(processExitsWith: .success) {
            Threads.count = 2
            for algorithm in ConvolutionAlgorithm.allCases {
                var working: [[Int]] = []
                for batch in [32, 128] {
                    let geometry = convolutionGeometry([batch, 16, 16, 16], [3, 3, 16, 16], padding: .same)
                    let input = NDArray.ones(geometry.inputShape)
                    let weight = NDArray.ones(geometry.weightShape)
                    let gradient = NDArray.ones(geometry.outputShape)
                    func measured(_ direction: ConvolutionDirection, _ body: (ConvolutionPlan) -> NDArray) -> Int {
                        let plan = ConvolutionPlan(geometry, direction, algorithm: algorithm)
                        // Results are powers of two, and no larger block is left over: what is counted is what is asked for.
                        Memory.trim()
                        Memory.resetPeak()
                        let before = Memory.used
                        let result = body(plan)
                        return Memory.peak - before - result.count * MemoryLayout<Float>.stride
                    }
                    working.append([
                        measured(.forward) { input.convolved(with: weight, geometry: geometry, plan: $0) },
                        measured(.inputGradient) {
                            .convolutionInputGradient(gradient, weight: weight, geometry: geometry, plan: $0)
                        },
                        measured(.weightGradient) {
                            .convolutionWeightGradient(gradient, input: input, geometry: geometry, plan: $0)
                        },
                    ])
                }
                for direction in 0..<3 {
                    #expect(
                        working[1][direction] <= working[0][direction] * 5 / 4,
                        "\(algorithm), direction \(direction): \(working)")
                }
            }
        }
    }
}

@Suite struct ConvolutionGeometryTests {
    @Test func samePaddingIsTensorFlows() {
        let geometry = convolutionGeometry([1, 6, 7, 1], [3, 4, 1, 1], stride: Size2D(2, 3), padding: .same)
        #expect(geometry.outputShape == [1, 3, 3, 1])
        #expect(geometry.vertical.paddingBefore == 0 && geometry.vertical.paddingAfter == 1)
        #expect(geometry.horizontal.paddingBefore == 1 && geometry.horizontal.paddingAfter == 2)
    }

    @Test func outputSizes() {
        let geometry = convolutionGeometry(
            [2, 224, 225, 3], [7, 5, 3, 64], stride: Size2D(2, 3), padding: 3, dilation: Size2D(1, 2))
        #expect(geometry.outputShape == [2, 112, 75, 64])
        #expect(
            geometry.description
                == "2x224x225x3 -> 2x112x75x64, kernel 7x5, stride 2x3, padding 3,3,3,3, dilation 1x2, groups 1")
    }

    @Test(arguments: [
        ([4, 4, 3], [3, 3, 3, 8], "expected images [batch, height, width, channels], found [4, 4, 3]"),
        ([1, 4, 4, 3], [3, 3, 4, 8], "expected 4 input channels, found 3 in [4, 4, 3]"),
        ([1, 2, 4, 3], [3, 3, 3, 8], "a kernel of 3 does not fit into a height of 2 with padding 0 and 0"),
        ([1, 4, 0, 3], [3, 3, 3, 8], "expected a width of at least 1, found 0"),
        ([1, 4, 4, 0], [3, 3, 0, 8], "expected a weight"),
    ])
    func mistakesAreNamed(input: [Int], weight: [Int], words: String) {
        let error = #expect(throws: ShapeError.self) {
            try ConvolutionGeometry(inputShape: input, weightShape: weight)
        }
        #expect(error?.description.contains(words) == true)
    }

    @Test func mistakesStop() async {
        await #expect(processExitsWith: .failure) {
            let geometry = convolutionGeometry([1, 4, 4, 3], [3, 3, 3, 8])
            _ = NDArray.ones([1, 4, 5, 3]).convolved(with: .ones(geometry.weightShape), geometry: geometry)
        }
    }
}

@Suite struct ConvolutionPlanTests {
    private let pointwise = convolutionGeometry([1, 4, 4, 3], [1, 1, 3, 8])

    @Test func rulesChoose() {
        #expect(ConvolutionPlan(pointwise, .forward).algorithm == .pointwise)
        #expect(ConvolutionPlan(pointwise, .forward, algorithm: .columns).algorithm == .columns)
        let strided = convolutionGeometry([1, 9, 9, 3], [1, 1, 3, 8], stride: 2)
        #expect(ConvolutionPlan(strided, .forward).algorithm == .columns)
        let wide = convolutionGeometry([1, 9, 9, 32], [3, 3, 32, 48], stride: 2)
        for direction in ConvolutionDirection.allCases {
            #expect(ConvolutionPlan(wide, direction).algorithm == .indirect)
        }
        let residual = convolutionGeometry([8, 14, 14, 64], [3, 3, 64, 64], padding: .same)
        for direction in ConvolutionDirection.allCases {
            #expect(ConvolutionPlan(residual, direction).algorithm == .winograd)
        }
        let small = convolutionGeometry([1, 7, 7, 512], [3, 3, 512, 512], padding: .same)
        #expect(ConvolutionPlan(small, .forward).algorithm == .indirect)
        #expect(
            ConvolutionPlan(strided, .forward, algorithm: .pointwise).algorithm == .columns,
            "what cannot be forced falls back to the rules")
    }

    @Test func environmentAndSettingForce() async {
        await #expect(processExitsWith: .success) {
            setenv("MARTINET_CONVOLUTION", "im2col", 1)
            let geometry = convolutionGeometry([1, 4, 4, 3], [1, 1, 3, 8])
            #expect(ConvolutionPlan.plan(for: geometry, .forward).algorithm == .columns)
            ConvolutionPlan.forcedAlgorithm = nil
            #expect(ConvolutionPlan.plan(for: geometry, .forward).algorithm == .pointwise)
        }
    }
}
