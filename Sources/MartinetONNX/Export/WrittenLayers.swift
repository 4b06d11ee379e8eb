import Martinet

// Convolutions, products, normalisations and poolings as ONNX's nodes.
extension GraphWriter {
    mutating func convolved(_ x: Value, _ convolution: TracedConvolution) -> Value {
        let geometry = convolution.geometry.withBatch(x.shape[0])
        let layer = layerName(convolution.origin) ?? "conv"
        let inputs = [x.name] + weightAndBias(of: convolution, layer: layer) { $0.permuted([3, 2, 0, 1]) }
        let name = emit(
            "Conv", inputs, name: layer,
            attributes: Self.windows(geometry.vertical, geometry.horizontal)
                + [
                    .ints("dilations", [geometry.vertical.dilation, geometry.horizontal.dilation]),
                    .int("group", geometry.groups),
                ])
        return Value(name: name, shape: geometry.outputShape)
    }

    /// The product of the last axis with a matrix, which a 1x1 convolution's weight holds.
    mutating func dense(_ x: Value, _ product: TracedConvolution) -> Value {
        // Of images' channels: that is a convolution.
        if x.shape.count == 4 { return convolved(x, product.ofImages(x.shape)) }
        let (inputs, outputs) = (product.weight.shape[2], product.weight.shape[3])
        let layer = layerName(product.origin) ?? "dense"
        let operands = weightAndBias(of: product, layer: layer) { $0.reshaped([inputs, outputs]) }
        let shape = Array(x.shape.dropLast()) + [outputs]
        guard x.shape.count != 2 else {
            return Value(name: emit("Gemm", [x.name] + operands, name: layer), shape: shape)
        }
        let name = emit("MatMul", [x.name, operands[0]], name: layer)
        guard operands.count == 2 else { return Value(name: name, shape: shape) }
        return Value(name: emit("Add", [name, operands[1]]), shape: shape)
    }

    /// The names of a layer's weight, which `arrange` puts in order, and of its bias if it has one.
    private mutating func weightAndBias(
        of convolution: TracedConvolution, layer: String, _ arrange: (NDArray) -> NDArray
    ) -> [String] {
        let isShared = ObjectIdentifier(convolution.weight.storage) == convolution.origin
        let weight = weight(origin: convolution.origin, isShared: isShared, name: layer + ".weight") {
            arrange(convolution.weight)
        }
        return [weight] + (convolution.bias.map { [initializer($0, name: layer + ".bias")] } ?? [])
    }

    mutating func normalized(_ x: Value, _ normalization: TracedNormalization) -> Value {
        let layer = layerName(ObjectIdentifier(normalization.mean.storage)) ?? "batch_norm"
        guard x.shape.count == 2 || x.shape.count == 4 else {
            // ONNX's has its channels on the second axis.
            let scaled = emit("Mul", [x.name, initializer(normalization.scale, name: layer + ".scale")], name: layer)
            let shift = normalization.shift - normalization.mean * normalization.scale
            return Value(name: emit("Add", [scaled, initializer(shift, name: layer + ".shift")]), shape: x.shape)
        }
        let features = normalization.mean.shape
        let inputs = [
            x.name, initializer(normalization.weight ?? .ones(features), name: layer + ".weight"),
            initializer(normalization.bias ?? .zeros(features), name: layer + ".bias"),
            initializer(normalization.mean, name: layer + ".running_mean"),
            initializer(normalization.variance, name: layer + ".running_var"),
        ]
        let name = emit(
            "BatchNormalization", inputs, name: layer, attributes: [.float("epsilon", normalization.epsilon)])
        return Value(name: name, shape: x.shape)
    }

    /// - Parameter countIncludePadding: of an average; nil for a maximum.
    mutating func pooled(
        _ x: Value, _ geometry: PoolingGeometry, _ operation: String, countIncludePadding: Bool?
    ) throws(ONNXExportError) -> Value {
        let (input, output) = (geometry.inputShape, geometry.outputShape)
        let kind = countIncludePadding == nil ? "Max" : "Average"
        if geometry.slidingAxes == nil, output[1] == 1, output[2] == 1 {
            return Value(name: emit("Global\(kind)Pool", [x.name]), shape: output)
        }
        guard let axes = geometry.slidingAxes else {
            guard input[1] % output[1] == 0, input[2] % output[2] == 0 else {
                throw .unsupportedOperation(
                    operation, reason: "divides \(input) adaptively into parts of different sizes, \(output)")
            }
            let window = [input[1] / output[1], input[2] / output[2]]
            let name = emit(
                "\(kind)Pool", [x.name], attributes: [.ints("kernel_shape", window), .ints("strides", window)])
            return Value(name: name, shape: output)
        }
        // ONNX's own ceil_mode differs between versions, so what hangs over is padding that does not count.
        let overhang = [axes.vertical, axes.horizontal].map(\.overhang)
        var attributes = Self.windows(axes.vertical, axes.horizontal, overhang: overhang)
        if let countIncludePadding {
            let padding = [axes.vertical, axes.horizontal].map { $0.paddingBefore + $0.paddingAfter }
            let isPadded = padding != [0, 0]
            guard overhang == [0, 0] || !countIncludePadding || !isPadded else {
                throw .unsupportedOperation(
                    operation, reason: "counts the padding, but not what its last window hangs over")
            }
            attributes.append(.int("count_include_pad", countIncludePadding && isPadded ? 1 : 0))
        } else {
            attributes.append(.ints("dilations", [axes.vertical.dilation, axes.horizontal.dilation]))
        }
        return Value(name: emit("\(kind)Pool", [x.name], attributes: attributes), shape: output)
    }

    private static func windows(
        _ vertical: WindowAxis, _ horizontal: WindowAxis, overhang: [Int] = [0, 0]
    ) -> [ONNXAttributeProto] {
        [
            .ints("kernel_shape", [vertical.kernel, horizontal.kernel]),
            .ints("strides", [vertical.stride, horizontal.stride]),
            .ints(
                "pads",
                [
                    vertical.paddingBefore, horizontal.paddingBefore, vertical.paddingAfter + overhang[0],
                    horizontal.paddingAfter + overhang[1],
                ]),
        ]
    }
}

extension WindowAxis {
    /// By how much the last window reaches beyond the padded image.
    fileprivate var overhang: Int { max(0, (output - 1) * stride + extent - input - paddingBefore - paddingAfter) }
}
