import CKernels

/// The sizes of a 2-D pooling of an input `[N, H, W, C]` to an output `[N, oH, oW, C]`: sliding windows, or adaptive ones.
package struct PoolingGeometry: Sendable, Hashable {
    /// The number of images.
    package private(set) var batch: Int

    /// The channels of the images.
    package let channels: Int

    private let vertical, horizontal: PoolingAxis

    /// Windows of `kernel` elements that slide over the image.
    ///
    /// The output's size along each axis is `WindowAxis.output`.
    ///
    /// - Parameters:
    ///   - inputShape: `[N, H, W, C]`.
    ///   - kernel: the window's size.
    ///   - stride: the distance between neighbouring windows.
    ///   - padding: what is around the image: nothing for a maximum, zeros for an average.
    ///   - dilation: the distance between a window's neighbouring elements.
    ///   - ceilMode: whether a last window may hang over the end of the padded image, if it starts inside the image or
    ///     the padding before it.
    /// - Throws: `ShapeError` if a window does not fit into the padded image, or would be all padding: that before and
    ///   after the image must be smaller than the window's extent.
    package init(
        inputShape: [Int], kernel: Size2D, stride: Size2D, padding: Padding = .valid, dilation: Size2D = 1,
        ceilMode: Bool = false
    ) throws(ShapeError) {
        try Self.check(inputShape)
        func axis(_ side: WindowAxis.Side, _ input: Int, _ kernel: Int, _ stride: Int, _ dilation: Int)
            throws(ShapeError) -> PoolingAxis
        {
            let window = try WindowAxis(
                side, input: input, kernel: kernel, stride: stride, padding: padding, dilation: dilation,
                ceilMode: ceilMode)
            guard max(window.paddingBefore, window.paddingAfter) < window.extent else {
                throw ShapeError(
                    "padding of \(window.paddingBefore) and \(window.paddingAfter) along the \(side) leaves windows of "
                        + "\(window.extent) with nothing inside")
            }
            return .sliding(window)
        }
        batch = inputShape[0]
        channels = inputShape[3]
        vertical = try axis(.height, inputShape[1], kernel.height, stride.height, dilation.height)
        horizontal = try axis(.width, inputShape[2], kernel.width, stride.width, dilation.width)
    }

    /// Windows that divide the image into `outputSize` nearly equal parts: window `i` of `out` goes from
    /// `floor(i * in / out)` to `ceil((i + 1) * in / out)` (PyTorch's adaptive pooling).
    ///
    /// - Throws: `ShapeError` for anything but images of at least one pixel.
    package init(inputShape: [Int], adaptiveTo outputSize: Size2D) throws(ShapeError) {
        try Self.check(inputShape)
        batch = inputShape[0]
        channels = inputShape[3]
        vertical = .adaptive(input: inputShape[1], output: outputSize.height)
        horizontal = .adaptive(input: inputShape[2], output: outputSize.width)
    }

    /// The same for another number of images.
    package func withBatch(_ batch: Int) -> PoolingGeometry {
        var geometry = self
        geometry.batch = batch
        return geometry
    }

    private static func check(_ inputShape: [Int]) throws(ShapeError) {
        guard inputShape.count == 4, inputShape[1] > 0, inputShape[2] > 0 else {
            throw ShapeError("expected images [batch, height, width, channels], found \(inputShape)")
        }
    }

    /// `[N, H, W, C]`
    package var inputShape: [Int] { [batch, vertical.input, horizontal.input, channels] }

    /// `[N, oH, oW, C]`
    package var outputShape: [Int] { [batch, vertical.output, horizontal.output, channels] }

    /// The windows along the height and along the width where they slide; nil where they are adaptive.
    package var slidingAxes: (vertical: WindowAxis, horizontal: WindowAxis)? {
        guard case .sliding(let vertical) = vertical, case .sliding(let horizontal) = horizontal else { return nil }
        return (vertical, horizontal)
    }

    /// The elements of the largest window.
    var taps: Int { vertical.taps * horizontal.taps }

    /// Calls `body` with the windows as the kernels take them.
    ///
    /// - Parameter countsPadding: whether an average divides by the elements in the padding too.
    func withGrid<Result>(countsPadding: Bool = true, _ body: (ParallelInput<mk_pool_grid>) -> Result) -> Result {
        let rows = vertical.windows(countsPadding: countsPadding)
        let columns = horizontal.windows(countsPadding: countsPadding)
        return rows.withUnsafeBufferPointer { rows in
            columns.withUnsafeBufferPointer { columns in
                let grid = mk_pool_grid(
                    height: vertical.input, width: horizontal.input, channels: channels, windows_y: rows.count,
                    windows_x: columns.count, dilation_y: vertical.dilation, dilation_x: horizontal.dilation,
                    taps_x: horizontal.taps, vertical: rows.baseAddress, horizontal: columns.baseAddress)
                return withUnsafePointer(to: grid) { body(ParallelInput($0)) }
            }
        }
    }
}

extension PoolingGeometry: CustomStringConvertible {
    /// "256x28x28x64 -> 256x14x14x64, height: kernel 2, stride 2, …"
    package var description: String {
        let input = inputShape.map(String.init).joined(separator: "x")
        let output = outputShape.map(String.init).joined(separator: "x")
        return "\(input) -> \(output), height: \(vertical), width: \(horizontal)"
    }
}

/// The windows along one axis.
private enum PoolingAxis: Sendable, Hashable, CustomStringConvertible {
    case sliding(WindowAxis)
    case adaptive(input: Int, output: Int)

    var input: Int {
        switch self {
        case .sliding(let axis): axis.input
        case .adaptive(let input, _): input
        }
    }

    var output: Int {
        switch self {
        case .sliding(let axis): axis.output
        case .adaptive(_, let output): output
        }
    }

    var dilation: Int {
        switch self {
        case .sliding(let axis): axis.dilation
        case .adaptive: 1
        }
    }

    /// The elements of the longest window.
    var taps: Int {
        switch self {
        case .sliding(let axis): axis.kernel
        case .adaptive: windows(countsPadding: false).map(\.hi).max() ?? 0
        }
    }

    func windows(countsPadding: Bool) -> [mk_pool_window] {
        switch self {
        case .sliding(let axis):
            return (0..<axis.output).map { window in
                let start = window * axis.stride - axis.paddingBefore
                // Taps in front of `end`: none below 0, at most all.
                func taps(before end: Int) -> Int {
                    min(axis.kernel, max(0, (end - start + axis.dilation - 1) / axis.dilation))
                }
                let inside = taps(before: 0)..<max(taps(before: 0), taps(before: axis.input))
                let count = countsPadding ? taps(before: axis.input + axis.paddingAfter) : inside.count
                return mk_pool_window(start: start, lo: inside.lowerBound, hi: inside.upperBound, count: max(1, count))
            }
        case .adaptive(let input, let output):
            return (0..<output).map { window in
                let start = window * input / output
                let length = ((window + 1) * input + output - 1) / output - start
                return mk_pool_window(start: start, lo: 0, hi: length, count: length)
            }
        }
    }

    var description: String {
        switch self {
        case .sliding(let axis):
            "kernel \(axis.kernel), stride \(axis.stride), padding \(axis.paddingBefore),\(axis.paddingAfter), "
                + "dilation \(axis.dilation)\(axis.ceilMode ? ", ceil mode" : "")"
        case .adaptive: "adaptive"
        }
    }
}
