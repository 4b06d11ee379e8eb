import CKernels

/// A convolution's weight in the form that an algorithm multiplies with.
enum ConvolutionWeight: Sendable {
    case plain(NDArray)
    case panels(PanelMatrix)
    case winograd(Winograd, WinogradWeight)

    /// What tells the forms of one weight apart.
    enum Form: Hashable, Sendable {
        case plain, panels
        case winograd(Winograd)
    }

    init(_ weight: NDArray, for plan: ConvolutionPlan) {
        switch plan.weightForm {
        case .plain: self = .plain(weight)
        case .panels: self = .panels(PanelMatrix(weight, plan.geometry))
        case .winograd(let winograd):
            let (inputs, outputs) = (plan.geometry.inputChannels, plan.geometry.outputChannels)
            self = .winograd(
                winograd, WinogradWeight(winograd, weight, inputs: inputs, outputs: outputs, isTransposed: false))
        }
    }
}

extension ConvolutionPlan {
    /// The form of the weight that the forward direction takes.
    var weightForm: ConvolutionWeight.Form {
        switch algorithm {
        case .pointwise, .columns, .depthwise: .plain
        case .indirect, .fewChannels: .panels
        case .winograd: .winograd(.large)
        case .winogradSmall: .winograd(.small)
        }
    }

    /// Computes the convolution.
    ///
    /// - Parameters:
    ///   - weight: in this plan's form.
    ///   - epilogue: what is done to each block of the result. Its addend may be `out`.
    func runForward(
        _ input: UnsafePointer<Float>, _ weight: ConvolutionWeight, _ epilogue: mk_epilogue,
        _ out: UnsafeMutablePointer<Float>
    ) {
        switch weight {
        case .plain(let matrix) where algorithm == .depthwise:
            depthwiseForward(geometry, input: input, weight: matrix.pointer, epilogue, out)
        case .plain(let matrix):
            columnForward(
                self, input: input,
                .rows(
                    ParallelInput(matrix.pointer), stride: geometry.outputChannels,
                    groupStride: geometry.groupOutputChannels),
                epilogue, out)
            withExtendedLifetime(matrix) {}
        case .panels(let panels):
            columnForward(self, input: input, .panels(panels), epilogue, out)
        case .winograd(let winograd, let planes):
            winograd.forward(self, input: input, planes, epilogue, out)
        }
    }
}
