/// The largest element of each window that slides over `[batch, height, width, channels]`.
///
/// The output's size along each axis is ⌊(input + padding − dilation·(kernel − 1) − 1) / stride⌋ + 1, rounded up with
/// `ceilMode`, where padding is that of both sides.
public final class MaxPool2D: Layer {
    public let kernelSize, stride, dilation: Size2D
    public let padding: Padding
    public let ceilMode: Bool

    /// - Parameters:
    ///   - kernelSize: the window's height and width.
    ///   - stride: the distance between neighbouring windows, in pixels; the window's size if nil, so that windows tile
    ///     the image.
    ///   - padding: a number for all sides, `.same`, `.valid` or one for each side. What it adds is never the largest.
    ///   - dilation: the distance between neighbouring elements of a window.
    ///   - ceilMode: whether a last window that reaches beyond the padded image counts too.
    public init(
        _ kernelSize: Size2D, stride: Size2D? = nil, padding: Padding = 0, dilation: Size2D = 1, ceilMode: Bool = false
    ) {
        self.kernelSize = kernelSize
        self.stride = stride ?? kernelSize
        self.padding = padding
        self.dilation = dilation
        self.ceilMode = ceilMode
    }

    public func callAsFunction(_ x: Tensor) -> Tensor {
        let geometry = requireShapes(of: "\(self)") { () throws(ShapeError) in try self.geometry(for: x.shape) }
        return ForwardObserver.observe(self, maxPool2D(x, geometry))
    }

    private func geometry(for inputShape: [Int]) throws(ShapeError) -> PoolingGeometry {
        try PoolingGeometry(
            inputShape: inputShape, kernel: kernelSize, stride: stride, padding: padding, dilation: dilation,
            ceilMode: ceilMode)
    }

    public func outputShape(for input: [Int]) throws(ShapeError) -> [Int] {
        Array(try geometry(for: batchOfOne(input)).outputShape.dropFirst())
    }

    public var details: String { "\(kernelSize), stride: \(stride), padding: \(padding)" }
}

/// The mean of each window that slides over `[batch, height, width, channels]`; output sizes as `MaxPool2D`.
public final class AveragePool2D: Layer {
    public let kernelSize, stride: Size2D
    public let padding: Padding
    public let ceilMode, countIncludePadding: Bool

    /// - Parameters:
    ///   - kernelSize: the window's height and width.
    ///   - stride: the distance between neighbouring windows, in pixels; the window's size if nil, so that windows tile
    ///     the image.
    ///   - padding: a number for all sides, `.same`, `.valid` or one for each side.
    ///   - ceilMode: whether a last window that reaches beyond the padded image counts too.
    ///   - countIncludePadding: whether the zeros around the image count in the mean.
    public init(
        _ kernelSize: Size2D, stride: Size2D? = nil, padding: Padding = 0, ceilMode: Bool = false,
        countIncludePadding: Bool = true
    ) {
        self.kernelSize = kernelSize
        self.stride = stride ?? kernelSize
        self.padding = padding
        self.ceilMode = ceilMode
        self.countIncludePadding = countIncludePadding
    }

    public func callAsFunction(_ x: Tensor) -> Tensor {
        let geometry = requireShapes(of: "\(self)") { () throws(ShapeError) in try self.geometry(for: x.shape) }
        return ForwardObserver.observe(self, averagePool2D(x, geometry, countIncludePadding: countIncludePadding))
    }

    private func geometry(for inputShape: [Int]) throws(ShapeError) -> PoolingGeometry {
        try PoolingGeometry(
            inputShape: inputShape, kernel: kernelSize, stride: stride, padding: padding, ceilMode: ceilMode)
    }

    public func outputShape(for input: [Int]) throws(ShapeError) -> [Int] {
        Array(try geometry(for: batchOfOne(input)).outputShape.dropFirst())
    }

    public var details: String { "\(kernelSize), stride: \(stride), padding: \(padding)" }
}

/// The mean of each of `outputSize` nearly equal parts of the image.
public final class AdaptiveAveragePool2D: Layer {
    public let outputSize: Size2D

    public init(_ outputSize: Size2D) { self.outputSize = outputSize }

    public func callAsFunction(_ x: Tensor) -> Tensor {
        let geometry = requireShapes(of: "\(self)") { () throws(ShapeError) in try self.geometry(for: x.shape) }
        return ForwardObserver.observe(self, averagePool2D(x, geometry))
    }

    private func geometry(for inputShape: [Int]) throws(ShapeError) -> PoolingGeometry {
        try PoolingGeometry(inputShape: inputShape, adaptiveTo: outputSize)
    }

    public func outputShape(for input: [Int]) throws(ShapeError) -> [Int] {
        Array(try geometry(for: batchOfOne(input)).outputShape.dropFirst())
    }

    public var details: String { "\(outputSize)" }
}

/// The largest element of each of `outputSize` nearly equal parts of the image.
public final class AdaptiveMaxPool2D: Layer {
    public let outputSize: Size2D

    public init(_ outputSize: Size2D) { self.outputSize = outputSize }

    public func callAsFunction(_ x: Tensor) -> Tensor {
        let geometry = requireShapes(of: "\(self)") { () throws(ShapeError) in try self.geometry(for: x.shape) }
        return ForwardObserver.observe(self, maxPool2D(x, geometry))
    }

    private func geometry(for inputShape: [Int]) throws(ShapeError) -> PoolingGeometry {
        try PoolingGeometry(inputShape: inputShape, adaptiveTo: outputSize)
    }

    public func outputShape(for input: [Int]) throws(ShapeError) -> [Int] {
        Array(try geometry(for: batchOfOne(input)).outputShape.dropFirst())
    }

    public var details: String { "\(outputSize)" }
}

/// The mean over the whole image: `[batch, height, width, channels]` becomes `[batch, channels]`.
public final class GlobalAveragePool2D: Layer {
    public init() {}

    public func callAsFunction(_ x: Tensor) -> Tensor {
        prepare(for: x)
        return ForwardObserver.observe(self, x.mean(axes: [1, 2]))
    }

    public func outputShape(for input: [Int]) throws(ShapeError) -> [Int] { [try imageChannels(input)] }
}

/// The largest element of the whole image: `[batch, height, width, channels]` becomes `[batch, channels]`.
public final class GlobalMaxPool2D: Layer {
    public init() {}

    public func callAsFunction(_ x: Tensor) -> Tensor {
        prepare(for: x)
        let output = adaptiveMaxPool2D(x, outputSize: 1).reshaped([x.shape[0], x.shape[3]])
        return ForwardObserver.observe(self, output)
    }

    public func outputShape(for input: [Int]) throws(ShapeError) -> [Int] { [try imageChannels(input)] }
}

private func imageChannels(_ input: [Int]) throws(ShapeError) -> Int {
    guard input.count == 3, input[0] > 0, input[1] > 0 else {
        throw ShapeError("expected [height, width, channels], found \(input)")
    }
    return input[2]
}
