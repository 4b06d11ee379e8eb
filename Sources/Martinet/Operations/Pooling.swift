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
    let stride = stride ?? kernelSize
    return maxPool(
        x,
        PoolingGeometry(
            inputShape: x.shape, kernel: (kernelSize.height, kernelSize.width), stride: (stride.height, stride.width),
            padding: padding, dilation: (dilation.height, dilation.width), ceilMode: ceilMode))
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
    let stride = stride ?? kernelSize
    return averagePool(
        x,
        PoolingGeometry(
            inputShape: x.shape, kernel: (kernelSize.height, kernelSize.width), stride: (stride.height, stride.width),
            padding: padding, ceilMode: ceilMode), countIncludePadding: countIncludePadding)
}

/// The largest element of each of `outputSize` nearly equal parts of the image.
public func adaptiveMaxPool2D(_ x: Tensor, outputSize: Size2D) -> Tensor {
    maxPool(x, PoolingGeometry(inputShape: x.shape, adaptiveTo: (outputSize.height, outputSize.width)))
}

/// The mean of each of `outputSize` nearly equal parts of the image.
public func adaptiveAveragePool2D(_ x: Tensor, outputSize: Size2D) -> Tensor {
    averagePool(x, PoolingGeometry(inputShape: x.shape, adaptiveTo: (outputSize.height, outputSize.width)))
}

private func maxPool(_ x: Tensor, _ geometry: PoolingGeometry) -> Tensor {
    guard x.requiresGradient, Recording.isEnabled else {
        let output = x.array.maxPooledWithoutIndices(geometry)
        Trace.report("maxPool2D", .maxPool(geometry), [x.array], output)
        return Tensor(array: output)
    }
    let (output, indices) = x.array.maxPooled(geometry)
    return record("maxPool2D", output, from: x) { .maxPoolingGradient($0, indices: indices) }
}

private func averagePool(_ x: Tensor, _ geometry: PoolingGeometry, countIncludePadding: Bool = true) -> Tensor {
    let output = x.array.averagePooled(geometry, countIncludePadding: countIncludePadding)
    Trace.report(
        "averagePool2D", .averagePool(geometry, countIncludePadding: countIncludePadding), [x.array], output)
    return record("averagePool2D", output, from: x) {
        .averagePoolingGradient($0, geometry: geometry, countIncludePadding: countIncludePadding)
    }
}
