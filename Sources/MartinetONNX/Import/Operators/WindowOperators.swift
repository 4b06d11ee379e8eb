import Martinet

// Convolution and pooling.
extension ProgramBuilder {
    static let windowOperators: [String: Operator] = [
        "Conv": ofLines { (builder, node) throws(ONNXError) in try builder.convolution(node) },
        "ConvTranspose": ofLines { (builder, node) throws(ONNXError) in try builder.transposedConvolution(node) },
        "MaxPool": ofLines { (builder, node) throws(ONNXError) in try builder.pooling(node, isMaximum: true) },
        "AveragePool": ofLines { (builder, node) throws(ONNXError) in try builder.pooling(node, isMaximum: false) },
        "LpPool": ofLines { (builder, node) throws(ONNXError) in try builder.lengthPooling(node) },
        "GlobalAveragePool": ofLines { (builder, node) throws(ONNXError) in
            try builder.globalPooling(node) { $0.mean(axes: [1, 2], keepingAxes: true) }
        },
        "GlobalMaxPool": ofLines { (builder, node) throws(ONNXError) in
            try builder.globalPooling(node) { adaptiveMaxPool2D($0, outputSize: 1) }
        },
    ]

    /// `body` for lines `[batch, channels, length]` too, which are images of one row.
    private static func ofLines(_ body: @escaping Operator) -> Operator {
        { (builder, node) throws(ONNXError) in
            guard try node.operand(0).shape.count == 3 else { return try body(&builder, node) }
            func withRow(_ operand: Operand) -> Operand {
                builder.reshaped(operand, to: Array(operand.shape[..<2]) + [1] + Array(operand.shape[2...]))
            }
            var operands = node.operands
            for index in operands.indices.prefix(2) {
                if let operand = operands[index], operand.shape.count == 3 { operands[index] = withRow(operand) }
            }
            let one = ["kernel_shape": 1, "strides": 1, "dilations": 1, "output_padding": 0, "output_shape": 1]
            var attributes = node.node.attributes
            for (name, value) in attributes {
                if let first = one[name], value.ints.count == 1 { attributes[name]?.ints = [Int64(first)] + value.ints }
                if name == "pads", value.ints.count == 2 {
                    attributes[name]?.ints = [0, value.ints[0], 0, value.ints[1]]
                }
            }
            let image = try body(&builder, node.with(operands: operands, attributes: attributes))
            return builder.reshaped(image, to: Array(image.shape[..<2]) + Array(image.shape[3...]))
        }
    }

    /// The p-th root of the sum of each window's p-th powers.
    private mutating func lengthPooling(_ node: NodeReader) throws(ONNXError) -> Operand {
        let x = physical(try node.image(0), channelsLast: true)
        let p = try node.int("p", or: 2)
        try node.require((1...64).contains(p), "p of at least 1", "\(p)")
        // A window that hangs over the end would be averaged over less.
        try node.require(try node.int("ceil_mode", or: 0) == 0, "no ceil_mode", "1")
        let powers = emit(x, shape: x.shape) { pow(abs($0), Float(p)) }
        var attributes = node.node.attributes
        var counts = ONNXAttributeProto()
        counts.name = "count_include_pad"
        counts.i = 1
        attributes["count_include_pad"] = counts
        let means = try pooling(node.with(operands: [.computed(powers)], attributes: attributes), isMaximum: false)
        guard case .computed(let value) = means else { return means }
        let kernel = try node.pair("kernel_shape", or: 1)
        let count = Float(kernel.0 * kernel.1)
        return .computed(emit(value, shape: value.shape) { pow($0 * count, 1 / Float(p)) })
    }

    private mutating func convolution(_ node: NodeReader) throws(ONNXError) -> Operand {
        let x = physical(try node.image(0), channelsLast: true)
        let weight = try node.weight(1)
        try node.require(
            weight.shape.count == 4, "a weight [outputs, inputs / group, height, width]", "the shape \(weight.shape)")
        let groups = try node.int("group", or: 1)
        let (outputs, channels) = (weight.shape[0], weight.shape[1])
        try node.require(
            groups > 0 && groups <= outputs && outputs % groups == 0 && channels * groups == x.shape[1],
            "a weight for \(x.shape[1]) channels in \(groups) groups", "one of the shape \(weight.shape)")
        let kernel = (weight.shape[2], weight.shape[3])
        if let declared = node.ints("kernel_shape") {
            try node.require(declared == [kernel.0, kernel.1], "a kernel_shape of \(kernel)", "\(declared)")
        }
        let bias = try node.optional(2) == nil ? nil : node.weight(2)
        try node.require(bias.map { $0.shape == [outputs] } ?? true, "a bias of \(outputs)", "\(bias?.shape ?? [])")
        let window = try window(node, kernel: kernel, image: x.shape)
        let filter = Tensor(array: weight.permuted([2, 3, 1, 0]))
        let shift = bias.map { Tensor(array: $0.array) }
        let result = emit(x, shape: [x.shape[0], outputs, window.outputs.0, window.outputs.1]) {
            conv2D(
                $0, filter, bias: shift, stride: window.stride, padding: window.padding, dilation: window.dilation,
                groups: groups)
        }
        return .computed(result)
    }

    private mutating func pooling(_ node: NodeReader, isMaximum: Bool) throws(ONNXError) -> Operand {
        let x = physical(try node.image(0), channelsLast: true)
        try node.require(node.node.attributes["kernel_shape"] != nil, "a kernel_shape", "none")
        let kernel = try node.pair("kernel_shape", or: 1)
        let ceilMode = try node.int("ceil_mode", or: 0) != 0
        let window = try window(node, kernel: kernel, image: x.shape, ceilMode: ceilMode)
        let extents = window.extent(kernel)
        guard case .explicit(let top, let bottom, let left, let right) = window.padding else {
            throw node.failure(expected: "padding", found: "\(window.padding)")
        }
        try node.require(
            max(top, bottom) < extents.0 && max(left, right) < extents.1,
            "padding smaller than the window of \(extents)",
            "\([top, left, bottom, right])")
        let shape = [x.shape[0], x.shape[1], window.outputs.0, window.outputs.1]
        let size = Size2D(kernel.0, kernel.1)
        if isMaximum {
            let result = emit(x, shape: shape) {
                maxPool2D(
                    $0, kernelSize: size, stride: window.stride, padding: window.padding, dilation: window.dilation,
                    ceilMode: ceilMode)
            }
            return .computed(result)
        }
        try node.require(window.dilation == 1, "dilations of 1", "\(window.dilation)")
        let counts = try node.int("count_include_pad", or: 0) != 0
        let result = emit(x, shape: shape) {
            averagePool2D(
                $0, kernelSize: size, stride: window.stride, padding: window.padding, ceilMode: ceilMode,
                countIncludePadding: counts)
        }
        return .computed(result)
    }

    private mutating func globalPooling(
        _ node: NodeReader, _ body: @escaping @Sendable (Tensor) -> Tensor
    ) throws(ONNXError) -> Operand {
        let x = physical(try node.image(0), channelsLast: true)
        return .computed(emit(x, shape: [x.shape[0], x.shape[1], 1, 1], body))
    }
}

/// How a window slides, checked.
private struct Window: Sendable {
    let stride, dilation: Size2D
    let padding: Padding
    let outputs: (Int, Int)

    func extent(_ kernel: (Int, Int)) -> (Int, Int) {
        (dilation.height * (kernel.0 - 1) + 1, dilation.width * (kernel.1 - 1) + 1)
    }
}

extension ProgramBuilder {
    /// - Parameters:
    ///   - node: has the strides, dilations and padding.
    ///   - kernel: the window's size.
    ///   - shape: `[batch, channels, height, width]`.
    ///   - ceilMode: whether a last window may hang over the end.
    fileprivate func window(
        _ node: NodeReader, kernel: (Int, Int), image shape: [Int], ceilMode: Bool = false
    ) throws(ONNXError) -> Window {
        let image = (shape[2], shape[3])
        let strides = try node.pair("strides", or: 1)
        let dilations = try node.pair("dilations", or: 1)
        let pads = try padding(node, kernel: kernel, image: image, strides: strides, dilations: dilations)
        let extents = (dilations.0 * (kernel.0 - 1) + 1, dilations.1 * (kernel.1 - 1) + 1)
        let padded = [shape[0], shape[1], image.0 + pads[0] + pads[2], image.1 + pads[1] + pads[3]]
        try check(padded, node.node.place)
        try node.require(
            max(kernel.0, kernel.1) <= NodeReader.largestSize && padded[2] >= extents.0
                && padded[3] >= extents.1,
            "an image and padding for a window of \(extents)", "\(image) and \(pads)")
        let explicit = Padding.explicit(top: pads[0], bottom: pads[2], left: pads[1], right: pads[3])
        func axis(_ side: WindowAxis.Side, _ input: Int, _ kernel: Int, _ stride: Int, _ dilation: Int)
            throws(ONNXError) -> WindowAxis
        {
            do {
                return try WindowAxis(
                    side, input: input, kernel: kernel, stride: stride, padding: explicit, dilation: dilation,
                    ceilMode: ceilMode)
            } catch {
                throw node.failure(expected: "a window that fits the image", found: "\(error)")
            }
        }
        return Window(
            stride: Size2D(strides.0, strides.1), dilation: Size2D(dilations.0, dilations.1), padding: explicit,
            outputs: (
                try axis(.height, image.0, kernel.0, strides.0, dilations.0).output,
                try axis(.width, image.1, kernel.1, strides.1, dilations.1).output
            ))
    }
}

/// The rows and columns around an image: top, left, bottom, right.
private func padding(
    _ node: NodeReader, kernel: (Int, Int), image: (Int, Int), strides: (Int, Int), dilations: (Int, Int)
) throws(ONNXError) -> [Int] {
    switch node.string("auto_pad") ?? "NOTSET" {
    case "NOTSET", "":
        let pads = node.ints("pads") ?? [0, 0, 0, 0]
        try node.require(
            pads.count == 4 && pads.allSatisfy { (0...NodeReader.largestSize).contains($0) },
            "four paddings of at least 0", "\(pads)")
        return pads
    case "VALID": return [0, 0, 0, 0]
    case let rule where rule == "SAME_UPPER" || rule == "SAME_LOWER":
        func total(_ image: Int, _ kernel: Int, _ stride: Int, _ dilation: Int) -> (Int, Int) {
            let outputs = (image + stride - 1) / stride
            let total = max((outputs - 1) * stride + (kernel - 1) * dilation + 1 - image, 0)
            let (small, large) = (total / 2, total - total / 2)
            return rule == "SAME_UPPER" ? (small, large) : (large, small)
        }
        let vertical = total(image.0, kernel.0, strides.0, dilations.0)
        let horizontal = total(image.1, kernel.1, strides.1, dilations.1)
        return [vertical.0, horizontal.0, vertical.1, horizontal.1]
    case let other: throw node.failure(expected: "an auto_pad that is known", found: "\"\(other)\"")
    }
}
