import Martinet

extension ProgramBuilder {
    /// The gradient of a convolution by its input, as a convolution of the input with zeros between its pixels.
    mutating func transposedConvolution(_ node: NodeReader) throws(ONNXError) -> Operand {
        let x = physical(try node.image(0), channelsLast: true)
        let weight = try node.weight(1)
        let groups = try node.int("group", or: 1)
        try node.require(
            weight.shape.count == 4 && groups > 0 && weight.shape[0] == x.shape[1] && x.shape[1] % groups == 0,
            "a weight [\(x.shape[1]), outputs / group, height, width]", "the shape \(weight.shape)")
        let (inputs, columns) = (weight.shape[0] / groups, weight.shape[1])
        let kernel = (weight.shape[2], weight.shape[3])
        try node.require(max(kernel.0, kernel.1) <= NodeReader.largestSize, "a smaller kernel", "\(kernel)")
        let bias = try node.optional(2) == nil ? nil : node.weight(2)
        try node.require(
            bias.map { $0.shape == [columns * groups] } ?? true, "a bias of \(columns * groups)", "\(bias?.shape ?? [])"
        )
        let strides = try node.pair("strides", or: 1)
        let dilations = try node.pair("dilations", or: 1)
        let extra = node.ints("output_padding") ?? [0, 0]
        let limit = 0...NodeReader.largestSize
        try node.require(extra.count == 2 && extra.allSatisfy(limit.contains), "two paddings", "\(extra)")
        let rows = try transposedAxis(
            node, 0, input: x.shape[2], kernel: kernel.0, stride: strides.0, dilation: dilations.0, extra: extra[0])
        let line = try transposedAxis(
            node, 1, input: x.shape[3], kernel: kernel.1, stride: strides.1, dilation: dilations.1, extra: extra[1])
        // With the zeros between, and around it.
        try check([x.shape[0], x.shape[1], rows.spread + kernel.0, line.spread + kernel.1], node.node.place)
        let backwards = [kernel.0, kernel.1].map { Array((0..<$0).reversed()) }
        let filter = Tensor(array: weight.array).reshaped([groups, inputs, columns, kernel.0, kernel.1])
            .permuted([3, 4, 1, 0, 2]).reshaped([kernel.0, kernel.1, inputs, groups * columns])
            .selecting(backwards[0], axis: 0).selecting(backwards[1], axis: 1)
        let shift = bias.map { Tensor(array: $0.array) }
        let padding = Padding.explicit(
            top: max(rows.before, 0), bottom: max(rows.after, 0), left: max(line.before, 0), right: max(line.after, 0))
        let shape = [x.shape[0], columns * groups, rows.output, line.output]
        return .computed(
            emit(x, shape: shape) { x in
                let (batch, height, width, channels) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
                let spread = x.reshaped([batch, height, 1, width, 1, channels])
                    .padded([(0, 0), (0, 0), (0, strides.0 - 1), (0, 0), (0, strides.1 - 1), (0, 0)])
                    .reshaped([batch, height * strides.0, width * strides.1, channels])
                // Padding that is negative cuts off.
                let cut = spread.sliced([
                    0..<batch, max(-rows.before, 0)..<rows.spread + min(rows.after, 0),
                    max(-line.before, 0)..<line.spread + min(line.after, 0), 0..<channels,
                ])
                return conv2D(
                    cut, filter, bias: shift, stride: Size2D(1, 1), padding: padding,
                    dilation: Size2D(dilations.0, dilations.1), groups: groups)
            })
    }

    private func transposedAxis(
        _ node: NodeReader, _ index: Int, input: Int, kernel: Int, stride: Int, dilation: Int, extra: Int
    ) throws(ONNXError) -> TransposedAxis {
        let extent = (kernel - 1) * dilation + 1
        let whole = (input - 1) * stride + extent + extra
        var (before, after) = (0, 0)
        let rule = node.string("auto_pad") ?? "NOTSET"
        let isSame = rule == "SAME_UPPER" || rule == "SAME_LOWER"
        if let sizes = node.ints("output_shape") ?? (isSame ? [input * stride, input * stride] : nil) {
            try node.require(
                sizes.count >= 2 && sizes.allSatisfy { (1...NodeReader.largestSize).contains($0) }, "two sizes",
                "\(sizes)")
            // More than there would be is added at the end.
            let total = whole - sizes[sizes.count - 2 + index]
            before = total < 0 ? 0 : rule == "SAME_UPPER" ? total / 2 : total - total / 2
            after = total - before
        } else if rule == "NOTSET", let pads = node.ints("pads") {
            try node.require(
                pads.count == 4 && pads.allSatisfy { (0...NodeReader.largestSize).contains($0) },
                "four paddings of at least 0", "\(pads)")
            (before, after) = (pads[index], pads[index + 2])
        }
        let spread = (input - 1) * stride + 1
        let axis = TransposedAxis(
            spread: spread, before: extent - 1 - before, after: extent - 1 - after + extra,
            output: whole - before - after)
        try node.require(
            axis.output >= 1 && max(-axis.before, 0) < spread + min(axis.after, 0), "padding that leaves an output",
            "\(before) and \(after) of \(whole)")
        return axis
    }
}

/// An axis of a transposed convolution.
private struct TransposedAxis {
    /// The size with zeros between.
    let spread: Int
    /// The padding of that, negative where something is cut off.
    let before, after: Int
    let output: Int
}
