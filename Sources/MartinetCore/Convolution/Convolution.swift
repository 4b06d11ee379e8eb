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
    ///   - geometry: the convolution's sizes.
    ///   - relu: whether negative results become 0 (NaN stays), at no extra pass over memory.
    ///   - plan: how to compute it; nil takes the kept plan of the geometry.
    /// - Returns: `[N, oH, oW, O]`.
    package func convolved(
        with weight: NDArray, bias: NDArray? = nil, adding addend: NDArray? = nil, geometry: ConvolutionGeometry,
        relu: Bool = false, plan: ConvolutionPlan? = nil
    ) -> NDArray {
        checkShapes(
            "convolution", geometry, [("input", self, geometry.inputShape), ("weight", weight, geometry.weightShape)])
        if let bias { checkShapes("convolution", geometry, [("bias", bias, [geometry.outputChannels])]) }
        if let addend { checkShapes("convolution", geometry, [("addend", addend, geometry.outputShape)]) }
        let plan = checkedPlan(plan, geometry, .forward)
        return NDArray(shape: geometry.outputShape) { out in
            let epilogue = mk_epilogue(bias: bias?.pointer, addend: addend?.pointer, relu: relu)
            withExtendedLifetime((self, bias, addend)) {
                plan.runForward(pointer, ConvolutionWeight(weight, for: plan), epilogue, out)
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
        checkShapes(
            "convolution's gradient by its input", geometry,
            [("output gradient", outputGradient, geometry.outputShape), ("weight", weight, geometry.weightShape)])
        let plan = checkedPlan(plan, geometry, .inputGradient)
        return NDArray(shape: geometry.inputShape) { out in
            switch plan.algorithm {
            case .pointwise, .columns, .indirect, .fewChannels:
                columnInputGradient(plan, outputGradient: outputGradient.pointer, weight: weight, out)
            case .winograd, .winogradSmall:
                (plan.algorithm == .winograd ? Winograd.large : .small).inputGradient(
                    plan, outputGradient: outputGradient.pointer, weight: weight, out)
            case .depthwise:
                depthwiseInputGradient(
                    geometry, outputGradient: outputGradient.pointer, weight: weight.pointer, out)
            }
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
        checkShapes(
            "convolution's gradient by its weight", geometry,
            [("output gradient", outputGradient, geometry.outputShape), ("input", input, geometry.inputShape)])
        let plan = checkedPlan(plan, geometry, .weightGradient)
        return NDArray(shape: geometry.weightShape) { out in
            switch plan.algorithm {
            case .pointwise, .columns, .indirect, .fewChannels:
                columnWeightGradient(plan, outputGradient: outputGradient.pointer, input: input.pointer, out)
            case .winograd, .winogradSmall:
                Winograd.large.weightGradient(plan, outputGradient: outputGradient.pointer, input: input.pointer, out)
            case .depthwise:
                depthwiseWeightGradient(
                    geometry, outputGradient: outputGradient.pointer, input: input.pointer, out)
            }
        }
    }
}

private func checkShapes(
    _ operation: String, _ geometry: ConvolutionGeometry, _ arrays: [(name: String, array: NDArray, expected: [Int])]
) {
    for (name, array, expected) in arrays {
        require(
            array.shape == expected,
            "\(operation): expected a \(name) of shape \(expected), found \(array.shape); the geometry is \(geometry)")
    }
}

private func checkedPlan(
    _ plan: ConvolutionPlan?, _ geometry: ConvolutionGeometry, _ direction: ConvolutionDirection
) -> ConvolutionPlan {
    guard let plan else { return .plan(for: geometry, direction) }
    require(
        plan.geometry == geometry && plan.direction == direction,
        "convolution: a plan for the \(plan) cannot serve the \(direction.rawValue) of \(geometry)")
    return plan
}
