import CKernels
import MartinetBase

extension NDArray {
    /// The 2-D convolution (cross-correlation, as everywhere in deep learning) of this array, an input `[N, H, W, C]`.
    ///
    /// `output[n, y, x, o] = bias[o] + sum over i, j, c of
    /// input[n, y * stride + i * dilation - padding, x * stride + j * dilation - padding, c] * weight[i, j, c, o]`,
    /// with zeros outside the image.
    ///
    /// - Parameters:
    ///   - weight: `[kH, kW, C / groups, O]`.
    ///   - bias: `[O]`, added to every position; nil adds nothing.
    ///   - addend: `[N, oH, oW, O]`, a residual connection for one, added at no extra pass over the result; nil adds
    ///     nothing.
    ///   - geometry: the convolution's sizes, made from the shapes of input and weight.
    ///   - relu: whether negative results become 0 (NaN stays), at no extra pass over memory.
    ///   - plan: how to compute it; nil takes the kept plan of the geometry.
    /// - Returns: `[N, oH, oW, O]`.
    package func convolved(
        with weight: NDArray, bias: NDArray? = nil, adding addend: NDArray? = nil, geometry: ConvolutionGeometry,
        relu: Bool = false, plan: ConvolutionPlan? = nil
    ) -> NDArray {
        geometry.require("input", self, geometry.inputShape)
        geometry.require("weight", weight, geometry.weightShape)
        if let bias { geometry.require("bias", bias, [geometry.outputChannels]) }
        if let addend { geometry.require("addend", addend, geometry.outputShape) }
        let plan = geometry.plan(.forward, plan)
        return NDArray(shape: geometry.outputShape) { out in
            let epilogue = mk_epilogue(bias: bias?.pointer, addend: addend?.pointer, relu: relu)
            withExtendedLifetime((self, bias, addend)) {
                plan.algorithm.method.forward(plan, input: pointer, preparing: weight, epilogue, out)
            }
        }
    }

    /// The gradient of a convolution by its input, `[N, H, W, C]`.
    ///
    /// - Parameters:
    ///   - outputGradient: the gradient by the convolution's output, `[N, oH, oW, O]`.
    ///   - weight: `[kH, kW, C / groups, O]`.
    ///   - geometry: the convolution's sizes.
    ///   - plan: how to compute it; nil takes the kept plan of the geometry.
    package static func convolutionInputGradient(
        _ outputGradient: NDArray, weight: NDArray, geometry: ConvolutionGeometry, plan: ConvolutionPlan? = nil
    ) -> NDArray {
        geometry.require("output gradient", outputGradient, geometry.outputShape)
        geometry.require("weight", weight, geometry.weightShape)
        let plan = geometry.plan(.inputGradient, plan)
        return NDArray(shape: geometry.inputShape) { out in
            plan.algorithm.method.inputGradient(plan, outputGradient: outputGradient.pointer, weight: weight, out)
        }
    }

    /// The gradient of a convolution by its weight, `[kH, kW, C / groups, O]`.
    ///
    /// The gradient by the bias is `outputGradient.sum(axes: [0, 1, 2])`.
    ///
    /// - Parameters:
    ///   - outputGradient: the gradient by the convolution's output, `[N, oH, oW, O]`.
    ///   - input: `[N, H, W, C]`.
    ///   - geometry: the convolution's sizes.
    ///   - plan: how to compute it; nil takes the kept plan of the geometry.
    package static func convolutionWeightGradient(
        _ outputGradient: NDArray, input: NDArray, geometry: ConvolutionGeometry, plan: ConvolutionPlan? = nil
    ) -> NDArray {
        geometry.require("output gradient", outputGradient, geometry.outputShape)
        geometry.require("input", input, geometry.inputShape)
        let plan = geometry.plan(.weightGradient, plan)
        return NDArray(shape: geometry.weightShape) { out in
            plan.algorithm.method.weightGradient(
                plan, outputGradient: outputGradient.pointer, input: input.pointer, out)
        }
    }
}

extension ConvolutionGeometry {
    /// Stops unless `array` has the shape that the kernels are going to read.
    fileprivate func require(_ name: String, _ array: NDArray, _ shape: [Int]) {
        MartinetBase.require(
            array.shape == shape, "convolution \(self): expected a \(name) \(shape), found \(array.shape)")
    }

    /// The plan that was given, if it is one for this, else the kept one.
    fileprivate func plan(_ direction: ConvolutionDirection, _ given: ConvolutionPlan?) -> ConvolutionPlan {
        guard let given else { return .plan(for: self, direction) }
        MartinetBase.require(
            given.geometry == self && given.direction == direction,
            "convolution: a plan for the \(given) cannot serve the \(direction.rawValue) of \(self)")
        return given
    }
}
