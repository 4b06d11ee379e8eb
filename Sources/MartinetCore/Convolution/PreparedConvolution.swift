import CKernels
import MartinetBase

/// A convolution whose weight is constant: packed or transformed once, for inference.
///
/// The forms that algorithms multiply with are made when a plan first needs them and then kept, beside the weight itself.
/// Safe to call from several threads at once.
package final class PreparedConvolution: Sendable {
    /// `[kH, kW, C / groups, O]`
    package let weight: NDArray
    /// `[O]`, or nil for none.
    package let bias: NDArray?
    /// Whether negative results become 0.
    package let relu: Bool

    private let geometry: ConvolutionGeometry
    private let forms = Locked<[ConvolutionAlgorithm: PreparedForward]>([:])

    /// - Parameters:
    ///   - weight: `[kH, kW, C / groups, O]`.
    ///   - bias: `[O]`; nil adds nothing.
    ///   - geometry: the convolution's sizes; any number of images.
    ///   - relu: whether negative results become 0, after bias and addend.
    package init(weight: NDArray, bias: NDArray? = nil, geometry: ConvolutionGeometry, relu: Bool = false) {
        require(
            weight.shape == geometry.weightShape && (bias == nil || bias?.shape == [geometry.outputChannels]),
            "PreparedConvolution: a weight \(weight.shape) and a bias \(bias?.shape ?? []) do not fit \(geometry)")
        self.weight = weight
        self.bias = bias
        self.geometry = geometry
        self.relu = relu
    }

    /// Makes what `batch` images need, so that the first of them do not wait for it.
    ///
    /// - Parameters:
    ///   - batch: the number of images.
    ///   - algorithm: the one to use; nil for the one that the rules, or a setting that forces one, choose.
    package func planned(batch: Int, algorithm: ConvolutionAlgorithm? = nil) -> PlannedConvolution {
        let plan = ConvolutionPlan(
            geometry.withBatch(batch), .forward, algorithm: algorithm ?? ConvolutionPlan.forcedAlgorithm,
            weightIsPrepared: true)
        let forward = forms.withLock { forms in
            if let form = forms[plan.algorithm] { return form }
            let form = plan.algorithm.method.prepared(weight, groups: geometry.groups)
            forms[plan.algorithm] = form
            return form
        }
        return PlannedConvolution(plan: plan, forward: forward, bias: bias, relu: relu)
    }
}

/// A `PreparedConvolution` for one number of images. A value that any number of threads may call at once.
package struct PlannedConvolution: Sendable {
    /// How it is computed.
    package let plan: ConvolutionPlan
    fileprivate let forward: PreparedForward
    fileprivate let bias: NDArray?
    fileprivate let relu: Bool

    /// The convolution of `input`, of the planned shape, plus `addend`, of the output's.
    package func callAsFunction(_ input: NDArray, adding addend: NDArray? = nil) -> NDArray {
        NDArray(shape: plan.geometry.outputShape) { run(input, adding: addend, into: $0) }
    }

    /// The same, written to `out`, which may be the addend's own memory.
    package func run(_ input: NDArray, adding addend: NDArray? = nil, into out: UnsafeMutablePointer<Float>) {
        let geometry = plan.geometry
        require(
            input.count == elementCount(geometry.inputShape)
                && (addend == nil || addend?.count == elementCount(geometry.outputShape)),
            "PlannedConvolution: input \(input.shape) and addend \(addend?.shape ?? []) do not fit \(geometry)")
        withExtendedLifetime((input, addend, bias)) {
            forward(plan, input.pointer, mk_epilogue(bias: bias?.pointer, addend: addend?.pointer, relu: relu), out)
        }
    }
}
