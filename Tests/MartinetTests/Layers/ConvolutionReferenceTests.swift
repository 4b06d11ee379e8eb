import Martinet
import Testing

@Suite struct ConvolutionReferenceTests {
    @Test(arguments: try ReferenceCase.load("convolution"))
    func functionAgreesWithPyTorch(_ reference: ReferenceCase) throws {
        let arguments = try ConvolutionArguments(reference)
        try reference.verify {
            conv2D(
                try $0("x"), try $0("weight"), bias: try $0.optional("bias"), stride: arguments.stride,
                padding: arguments.padding, dilation: arguments.dilation, groups: arguments.groups)
        }
    }

    @Test(arguments: try ReferenceCase.load("convolution"))
    func layerAgreesWithPyTorch(_ reference: ReferenceCase) throws {
        let arguments = try ConvolutionArguments(reference)
        let weight = try reference.tensor("input.weight").shape
        let layer = Conv2D(
            weight[2] * arguments.groups, weight[3], kernelSize: Size2D(weight[0], weight[1]),
            stride: arguments.stride, padding: arguments.padding, dilation: arguments.dilation,
            groups: arguments.groups, bias: reference.tensors["input.bias"] != nil)
        try reference.verify {
            try $0.load("weight", into: layer.weight)
            try $0.load("bias", into: layer.bias)
            return layer(try $0("x"))
        }
        let input = try reference.tensor("input.x").shape
        #expect(try layer.outputShape(for: Array(input[1...])) == Array(reference.tensor("output.y").shape[1...]))
    }
}

private struct ConvolutionArguments {
    let stride, dilation: Size2D
    let padding: Padding
    let groups: Int

    init(_ reference: ReferenceCase) throws {
        stride = try reference.size("stride")
        dilation = try reference.size("dilation")
        groups = try reference.int("groups")
        switch try reference.string("mode") {
        case "same": padding = .same
        case "valid": padding = .valid
        default:
            let widths = try reference.ints("padding")
            padding = .explicit(top: widths[0], bottom: widths[1], left: widths[2], right: widths[3])
        }
    }
}

extension ReferenceCase {
    /// A pair of whole numbers: height, width.
    func size(_ name: String) throws -> Size2D {
        let sizes = try ints(name)
        return Size2D(sizes[0], sizes[1])
    }
}
