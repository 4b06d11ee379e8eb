import CKernels

@testable import MartinetCore

/// Sizes that fit each other, input `[N, H, W, C]` and weight `[kH, kW, C / groups, O]`.
func convolutionGeometry(
    _ input: [Int], _ weight: [Int], stride: Size2D = 1, padding: Padding = .valid, dilation: Size2D = 1,
    groups: Int = 1
) -> ConvolutionGeometry {
    requireShapes(of: "a test's convolution") { () throws(ShapeError) in
        try ConvolutionGeometry(
            inputShape: input, weightShape: weight, stride: stride, padding: padding, dilation: dilation, groups: groups
        )
    }
}

/// Geometries for the sweeps: chosen ones where algorithms differ, and seeded random ones.
enum ConvolutionCases {
    static let all = chosen + random(count: 90, seed: 5)

    /// A few that together use every algorithm: for the slower sweeps over threads and instruction sets.
    static let few = chosen

    private static let chosen: [ConvolutionGeometry] = [
        convolutionGeometry([2, 5, 6, 7], [1, 1, 7, 9]),
        convolutionGeometry([1, 4, 4, 6], [1, 1, 3, 4], groups: 2),
        convolutionGeometry([3, 6, 5, 8], [1, 1, 8, 5], stride: 2),
        convolutionGeometry([2, 9, 8, 4], [3, 3, 4, 6], padding: .same),
        convolutionGeometry([2, 9, 8, 4], [3, 3, 4, 6], stride: 2, padding: .same),
        convolutionGeometry([1, 12, 11, 3], [7, 7, 3, 8], stride: 2, padding: 3),
        convolutionGeometry([2, 10, 7, 1], [3, 3, 1, 16], padding: .same),
        convolutionGeometry([2, 7, 10, 5], [3, 3, 5, 4], padding: 2, dilation: Size2D(2, 3)),
        // Stride and dilation with a common divisor: phases without taps.
        convolutionGeometry([2, 9, 9, 3], [3, 3, 3, 4], stride: 2, padding: 2, dilation: 2),
        // A stride larger than the kernel leaves gaps, and rows at the end that no window sees.
        convolutionGeometry([1, 10, 11, 2], [2, 2, 2, 3], stride: 3),
        convolutionGeometry([2, 8, 9, 6], [3, 3, 1, 6], padding: 1, groups: 6),
        convolutionGeometry([2, 8, 9, 6], [3, 3, 1, 12], stride: Size2D(2, 1), padding: 1, groups: 6),
        convolutionGeometry(
            [1, 6, 6, 4], [5, 3, 2, 6], padding: .explicit(top: 3, bottom: 1, left: 0, right: 2), groups: 2),
        // 3x3 with stride 1 and channels in multiples of 16, whole and partial tiles, paddings of all kinds.
        convolutionGeometry([2, 8, 5, 16], [3, 3, 16, 32], padding: 1),
        convolutionGeometry([1, 6, 7, 32], [3, 3, 32, 16]),
        convolutionGeometry([2, 6, 7, 16], [3, 3, 16, 16], padding: .explicit(top: 2, bottom: 0, left: 1, right: 3)),
        convolutionGeometry([1, 3, 5, 16], [3, 3, 16, 16], padding: 4),
        convolutionGeometry([7, 9, 9, 16], [3, 3, 16, 16], padding: .same),
        // Few positions and a wide matrix.
        convolutionGeometry([1, 3, 3, 40], [3, 3, 40, 260], padding: 1),
        convolutionGeometry([1, 4, 4, 40], [3, 3, 40, 260], stride: 2, padding: 1),
        // Padding that is wider than the kernel: windows that see nothing but zeros.
        convolutionGeometry([1, 3, 3, 2], [2, 2, 2, 2], padding: 4),
        convolutionGeometry([1, 1, 1, 3], [1, 1, 3, 2], padding: 1),
    ]

    private static func random(count: Int, seed: UInt64) -> [ConvolutionGeometry] {
        let generator = RandomGenerator(seed: seed)
        func pick<T>(_ choices: [T]) -> T { choices[Int(generator.next() % UInt64(choices.count))] }
        return (0..<count).map { _ in
            let kernel = (pick([1, 2, 3, 5, 7]), pick([1, 2, 3, 3, 5]))
            let dilation = (pick([1, 1, 2]), pick([1, 1, 1, 3]))
            let padding: Padding = pick([
                .valid, .same, .symmetric(1), .symmetric(vertical: 2, horizontal: 0),
                .explicit(top: pick([0, 1, 3]), bottom: pick([0, 1, 2]), left: pick([0, 2]), right: pick([0, 1])),
            ])
            let size = (
                dilation.0 * (kernel.0 - 1) + 1 + pick([0, 1, 3, 6]), dilation.1 * (kernel.1 - 1) + 1 + pick([0, 2, 5])
            )
            let groups = pick([1, 1, 1, 2, 3])
            let isDepthwise = pick([true, false, false, false])
            let channels = isDepthwise ? pick([3, 8, 17]) : groups * pick([1, 2, 3, 5])
            let outputs = isDepthwise ? channels * pick([1, 1, 2]) : groups * pick([1, 2, 7, 18])
            return convolutionGeometry(
                [pick([1, 2, 3]), size.0, size.1, channels],
                [kernel.0, kernel.1, isDepthwise ? 1 : channels / groups, outputs],
                stride: Size2D(pick([1, 1, 2, 3]), pick([1, 1, 2, 3])), padding: padding,
                dilation: Size2D(dilation.0, dilation.1),
                groups: isDepthwise ? channels : groups)
        }
    }
}

/// The three directions of a geometry computed with random numbers by every algorithm that can, against the reference.
struct ConvolutionCheck {
    let geometry: ConvolutionGeometry
    private let input, weight, bias, addend, outputGradient: NDArray

    init(_ geometry: ConvolutionGeometry) {
        let generator = RandomGenerator(seed: 11)
        self.geometry = geometry
        input = .normal(geometry.inputShape, generator: generator)
        weight = .normal(geometry.weightShape, generator: generator)
        bias = .normal([geometry.outputChannels], generator: generator)
        addend = .normal(geometry.outputShape, generator: generator)
        outputGradient = .normal(geometry.outputShape, generator: generator)
    }

    private func plans(_ direction: ConvolutionDirection) -> [ConvolutionPlan] {
        ConvolutionAlgorithm.allCases.filter { $0.canCompute(geometry, direction) }.flatMap { algorithm in
            let plan = ConvolutionPlan(geometry, direction, algorithm: algorithm)
            // Blocks so short that even these small images have several.
            var short = plan
            short.blocks.rows = 5
            var shared = short
            shared.blocks.areShared = true
            return algorithm.method is Winograd ? [plan, short, shared] : [plan, short]
        }
    }

    /// The result with bias, addend and ReLU, written over the addend.
    private func addedInPlace(_ plan: ConvolutionPlan) -> NDArray {
        var sum = addend
        sum.withUnsafeMutablePointer { out in
            let epilogue = mk_epilogue(bias: bias.pointer, addend: UnsafePointer(out), relu: true)
            plan.algorithm.method.forward(plan, input: input.pointer, preparing: weight, epilogue, out)
        }
        return sum
    }

    /// What each plan does, with its relative error.
    func errors() -> [(what: String, error: Double)] {
        let reference = ReferenceConvolution(geometry: geometry)
        var errors: [(String, Double)] = []
        let forward = reference.forward(input.elements, weight.elements, bias: nil)
        let biases = bias.elements
        let biased = forward.indices.map { max(0, forward[$0] + Double(biases[$0 % biases.count])) }
        let addends = addend.elements
        let residual = forward.indices.map { max(0, forward[$0] + Double(biases[$0 % biases.count] + addends[$0])) }
        for plan in plans(.forward) {
            let sum = input.convolved(
                with: weight, bias: bias, adding: addend, geometry: geometry, relu: true, plan: plan)
            errors.append(("\(plan) with bias, addend and ReLU", relativeError(sum.elements, residual)))
            let inPlace = addedInPlace(plan)
            errors.append(("\(plan) in the addend's memory", relativeError(inPlace.elements, residual)))
            let plainResult = input.convolved(with: weight, geometry: geometry, plan: plan)
            errors.append(("\(plan)", relativeError(plainResult.elements, forward)))
            let result = input.convolved(with: weight, bias: bias, geometry: geometry, relu: true, plan: plan)
            errors.append(("\(plan) with bias and ReLU", relativeError(result.elements, biased)))
        }
        let byInput = reference.inputGradient(outputGradient.elements, weight.elements)
        for plan in plans(.inputGradient) {
            let result = NDArray.convolutionInputGradient(
                outputGradient, weight: weight, geometry: geometry, plan: plan)
            errors.append(("\(plan)", relativeError(result.elements, byInput)))
        }
        let byWeight = reference.weightGradient(outputGradient.elements, input.elements)
        for plan in plans(.weightGradient) {
            let result = NDArray.convolutionWeightGradient(outputGradient, input: input, geometry: geometry, plan: plan)
            errors.append(("\(plan)", relativeError(result.elements, byWeight)))
        }
        return errors
    }
}
