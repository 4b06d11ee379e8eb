import CKernels
import MartinetBase

/// A convolution whose weight is constant: packed or transformed once, for inference.
///
/// The forms that an algorithm multiplies with are made when a plan first needs them and then kept, beside the weight
/// itself. Safe to call from several threads at once.
package final class PreparedConvolution: Sendable {
    /// `[kH, kW, C / groups, O]`
    package let weight: NDArray
    /// `[O]`, or nil for none.
    package let bias: NDArray?
    /// Whether negative results become 0.
    package let relu: Bool

    private let stride, dilation: (Int, Int)
    private let padding: Padding
    private let groups: Int
    private let forms = Locked<[ConvolutionWeight.Form: ConvolutionWeight]>([:])

    /// - Parameters:
    ///   - weight: `[kH, kW, C / groups, O]`.
    ///   - bias: `[O]`; nil adds nothing.
    ///   - stride: the distance between neighbouring windows, (height, width).
    ///   - padding: the zeros around the image.
    ///   - dilation: the distance between neighbouring elements of the kernel, (height, width).
    ///   - groups: how many independent convolutions the channels are split into.
    ///   - relu: whether negative results become 0, after bias and addend.
    package init(
        weight: NDArray, bias: NDArray? = nil, stride: (Int, Int) = (1, 1), padding: Padding = .valid,
        dilation: (Int, Int) = (1, 1), groups: Int = 1, relu: Bool = false
    ) {
        require(
            weight.rank == 4 && (bias == nil || bias?.shape == [weight.shape[3]]),
            "PreparedConvolution: expected a weight of four axes and a bias [output channels], found \(weight.shape) and "
                + "\(bias?.shape ?? [])")
        self.weight = weight
        self.bias = bias
        self.stride = stride
        self.padding = padding
        self.dilation = dilation
        self.groups = groups
        self.relu = relu
    }

    /// The sizes for an input `[N, H, W, C]`.
    package func geometry(inputShape: [Int]) -> ConvolutionGeometry {
        ConvolutionGeometry(
            inputShape: inputShape, weightShape: weight.shape, stride: stride, padding: padding, dilation: dilation,
            groups: groups)
    }

    /// Makes what inputs of `shape` need, so that the first of them does not wait for it.
    ///
    /// - Parameters:
    ///   - shape: `[N, H, W, C]`.
    ///   - algorithm: the one to use; nil for the one that the rules, or a setting that forces one, choose.
    package func planned(forInputShape shape: [Int], algorithm: ConvolutionAlgorithm? = nil) -> PlannedConvolution {
        let plan = ConvolutionPlan(
            geometry(inputShape: shape), .forward, algorithm: algorithm ?? ConvolutionPlan.forcedAlgorithm,
            weightIsPrepared: true)
        let form = forms.withLock { forms in
            if let form = forms[plan.weightForm] { return form }
            let form = ConvolutionWeight(weight, for: plan)
            forms[plan.weightForm] = form
            return form
        }
        return PlannedConvolution(plan: plan, weight: form, bias: bias, relu: relu)
    }
}

/// A `PreparedConvolution` for inputs of one shape. A value that any number of threads may call at once.
package struct PlannedConvolution: Sendable {
    /// How it is computed.
    package let plan: ConvolutionPlan
    fileprivate let weight: ConvolutionWeight
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
            plan.runForward(
                input.pointer, weight, mk_epilogue(bias: bias?.pointer, addend: addend?.pointer, relu: relu), out)
        }
    }
}
