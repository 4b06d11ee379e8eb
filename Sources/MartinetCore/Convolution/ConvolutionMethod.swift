import CKernels

/// A way to compute convolutions. Its type and its `ConvolutionAlgorithm`s lie in a file of `Methods`, and rules in
/// `ConvolutionRules.swift` say when it is chosen; nothing else knows it.
///
/// The arrays that it is given pointers to have the shapes of the plan's geometry: input `[N, H, W, C]`, weight
/// `[kH, kW, C / G, O]`, output `[N, oH, oW, O]`, and gradients the shapes of what they are the gradients by. All of `out` is
/// written, whatever it held.
protocol ConvolutionMethod: Sendable {
    /// The form of a weight that `forward` multiplies with.
    associatedtype Weight: Sendable

    /// Whether it can compute `direction` of `geometry` at all.
    func canCompute(_ geometry: ConvolutionGeometry, _ direction: ConvolutionDirection) -> Bool

    /// The pieces in which it computes `direction` of `geometry`.
    func blocks(_ geometry: ConvolutionGeometry, _ direction: ConvolutionDirection) -> ConvolutionBlocks

    /// The floating-point operations of its products; transforms around them do not count.
    func productOperations(_ geometry: ConvolutionGeometry) -> Double

    /// A weight `[kH, kW, C / G, O]` in the form that `forward` multiplies with.
    func prepare(_ weight: NDArray, groups: Int) -> Weight

    /// The convolution.
    ///
    /// - Parameter epilogue: what is done to each block of the result. Its addend may be `out`.
    func forward(
        _ plan: ConvolutionPlan, input: UnsafePointer<Float>, _ weight: Weight, _ epilogue: mk_epilogue,
        _ out: UnsafeMutablePointer<Float>)

    /// The gradient by the input.
    func inputGradient(
        _ plan: ConvolutionPlan, outputGradient: UnsafePointer<Float>, weight: NDArray,
        _ out: UnsafeMutablePointer<Float>)

    /// The gradient by the weight.
    func weightGradient(
        _ plan: ConvolutionPlan, outputGradient: UnsafePointer<Float>, input: UnsafePointer<Float>,
        _ out: UnsafeMutablePointer<Float>)
}

extension ConvolutionMethod {
    func productOperations(_ geometry: ConvolutionGeometry) -> Double { geometry.operations }

    /// `forward` with a weight that is prepared for this call.
    func forward(
        _ plan: ConvolutionPlan, input: UnsafePointer<Float>, preparing weight: NDArray, _ epilogue: mk_epilogue,
        _ out: UnsafeMutablePointer<Float>
    ) {
        forward(plan, input: input, prepare(weight, groups: plan.geometry.groups), epilogue, out)
    }

    /// `forward` with a weight that is prepared now, for many calls.
    func prepared(_ weight: NDArray, groups: Int) -> PreparedForward {
        let weight = prepare(weight, groups: groups)
        return { plan, input, epilogue, out in forward(plan, input: input, weight, epilogue, out) }
    }
}

/// A method's `forward` with its weight: plan, input, epilogue and output are missing.
typealias PreparedForward =
    @Sendable (ConvolutionPlan, UnsafePointer<Float>, mk_epilogue, UnsafeMutablePointer<Float>) -> Void

/// The convolution itself, or one of its gradients.
package enum ConvolutionDirection: String, Sendable, CaseIterable {
    case forward
    case inputGradient = "input gradient"
    case weightGradient = "weight gradient"
}

/// The pieces that a convolution is computed in.
struct ConvolutionBlocks: Sendable, Hashable {
    /// The length of a piece in the method's own measure: windows, tiles, or rows of an image.
    var rows: Int

    /// Whether all workers compute the same piece together, instead of one each.
    var areShared = false
}

/// A method by name. `allCases` are those of the rules.
package struct ConvolutionAlgorithm: RawRepresentable, Hashable, Sendable {
    /// The name, as the environment variable `MARTINET_CONVOLUTION` has it.
    package let rawValue: String

    let method: any ConvolutionMethod

    init(_ name: String, _ method: any ConvolutionMethod) {
        rawValue = name
        self.method = method
    }

    package init?(rawValue: String) {
        guard let known = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
        self = known
    }

    /// Whether it can compute `direction` of `geometry` at all.
    package func canCompute(_ geometry: ConvolutionGeometry, _ direction: ConvolutionDirection) -> Bool {
        method.canCompute(geometry, direction)
    }
}
