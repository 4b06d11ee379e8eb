/// The largest element of each window that slides over the image.
///
/// - Parameters:
///   - x: `[batch, height, width, channels]`.
///   - kernelSize: the window.
///   - stride: the distance between windows; the window's size if nil.
///   - padding: around the image; what lies there is never the largest.
///   - dilation: the distance between a window's elements.
///   - ceilMode: whether a last window may hang over the end.
/// - Returns: `[batch, outputHeight, outputWidth, channels]`.
public func maxPool2D(
    _ x: Tensor, kernelSize: Size2D, stride: Size2D? = nil, padding: Padding = 0, dilation: Size2D = 1,
    ceilMode: Bool = false
) -> Tensor {
    let geometry = requireShapes(of: "maxPool2D") { () throws(ShapeError) in
        try PoolingGeometry(
            inputShape: x.shape, kernel: kernelSize, stride: stride ?? kernelSize, padding: padding,
            dilation: dilation, ceilMode: ceilMode)
    }
    return maxPool2D(x, geometry)
}

/// The mean of each window that slides over the image.
///
/// - Parameters:
///   - x: `[batch, height, width, channels]`.
///   - kernelSize: the window.
///   - stride: the distance between windows; the window's size if nil.
///   - padding: zeros around the image.
///   - ceilMode: whether a last window may hang over the end.
///   - countIncludePadding: whether the zeros count in the mean, as by default in PyTorch; they do not in Keras.
/// - Returns: `[batch, outputHeight, outputWidth, channels]`.
public func averagePool2D(
    _ x: Tensor, kernelSize: Size2D, stride: Size2D? = nil, padding: Padding = 0, ceilMode: Bool = false,
    countIncludePadding: Bool = true
) -> Tensor {
    let geometry = requireShapes(of: "averagePool2D") { () throws(ShapeError) in
        try PoolingGeometry(
            inputShape: x.shape, kernel: kernelSize, stride: stride ?? kernelSize, padding: padding, ceilMode: ceilMode)
    }
    return averagePool2D(x, geometry, countIncludePadding: countIncludePadding)
}

/// The largest element of each of `outputSize` nearly equal parts of the image.
public func adaptiveMaxPool2D(_ x: Tensor, outputSize: Size2D) -> Tensor {
    let geometry = requireShapes(of: "adaptiveMaxPool2D") { () throws(ShapeError) in
        try PoolingGeometry(inputShape: x.shape, adaptiveTo: outputSize)
    }
    return maxPool2D(x, geometry)
}

/// The mean of each of `outputSize` nearly equal parts of the image.
public func adaptiveAveragePool2D(_ x: Tensor, outputSize: Size2D) -> Tensor {
    let geometry = requireShapes(of: "adaptiveAveragePool2D") { () throws(ShapeError) in
        try PoolingGeometry(inputShape: x.shape, adaptiveTo: outputSize)
    }
    return averagePool2D(x, geometry)
}

/// The pooling of sizes that have been checked.
func maxPool2D(_ x: Tensor, _ geometry: PoolingGeometry) -> Tensor {
    guard x.requiresGradient, Recording.isEnabled else {
        let output = x.array.maxPooledWithoutIndices(geometry)
        Trace.report("maxPool2D", .maxPool(geometry), [x.array], output)
        return Tensor(array: output)
    }
    let (output, indices) = x.array.maxPooled(geometry)
    return record("maxPool2D", output, from: x) { .maxPoolingGradient($0, indices: indices) }
}

/// The pooling of sizes that have been checked.
func averagePool2D(_ x: Tensor, _ geometry: PoolingGeometry, countIncludePadding: Bool = true) -> Tensor {
    let output = x.array.averagePooled(geometry, countIncludePadding: countIncludePadding)
    Trace.report(
        "averagePool2D", .averagePool(geometry, countIncludePadding: countIncludePadding), [x.array], output)
    return record("averagePool2D", output, from: x) {
        .averagePoolingGradient($0, geometry: geometry, countIncludePadding: countIncludePadding)
    }
}
