import MartinetBase

/// One axis of a window that slides over an image, as in convolution and pooling.
package struct WindowAxis: Sendable, Hashable {
    /// The image's size along this axis.
    package let input: Int

    /// The number of the window's elements.
    package let kernel: Int

    /// The distance between neighbouring windows.
    package let stride: Int

    /// The distance between a window's neighbouring elements.
    package let dilation: Int

    /// The zeros in front of the image and behind it.
    package let paddingBefore, paddingAfter: Int

    /// Whether a last window may hang over the end of the padded image (PyTorch's `ceil_mode`).
    package let ceilMode: Bool

    /// The number of windows:
    /// `floor((input + paddingBefore + paddingAfter - dilation * (kernel - 1) - 1) / stride) + 1`.
    ///
    /// With `ceilMode` the quotient is rounded up, and a last window that would start behind the image (in the padding
    /// after it) is dropped.
    package let output: Int

    /// The distance from a window's first element to its last, plus one.
    package var extent: Int { dilation * (kernel - 1) + 1 }

    /// - Parameter operation: the name of the operation and axis for messages, "convolution, height".
    init(
        input: Int, kernel: Int, stride: Int, dilation: Int, paddingBefore: Int, paddingAfter: Int,
        ceilMode: Bool = false, operation: String
    ) {
        require(input > 0, "\(operation): the image is empty")
        require(kernel > 0, "\(operation): the kernel must be at least 1, found \(kernel)")
        require(stride > 0, "\(operation): the stride must be at least 1, found \(stride)")
        require(dilation > 0, "\(operation): the dilation must be at least 1, found \(dilation)")
        require(
            paddingBefore >= 0 && paddingAfter >= 0,
            "\(operation): the padding must not be negative, found \(paddingBefore) and \(paddingAfter)")
        self.input = input
        self.kernel = kernel
        self.stride = stride
        self.dilation = dilation
        self.paddingBefore = paddingBefore
        self.paddingAfter = paddingAfter
        self.ceilMode = ceilMode
        let room = input + paddingBefore + paddingAfter - (dilation * (kernel - 1) + 1)
        require(
            room >= 0,
            "\(operation): a kernel of \(kernel) with dilation \(dilation) does not fit into \(input) with padding "
                + "\(paddingBefore) and \(paddingAfter)")
        var output = (ceilMode ? room + stride - 1 : room) / stride + 1
        if ceilMode && (output - 1) * stride >= input + paddingBefore { output -= 1 }
        self.output = output
    }

    /// The zeros before and after that `padding` means for an axis.
    static func resolve(_ padding: Padding, input: Int, kernel: Int, stride: Int, dilation: Int, vertical: Bool)
        -> (before: Int, after: Int)
    {
        switch padding {
        case .valid:
            return (0, 0)
        case .same:
            let stride = max(1, stride)
            let output = (input + stride - 1) / stride
            let total = max((output - 1) * stride + (kernel - 1) * dilation + 1 - input, 0)
            return (total / 2, total - total / 2)
        case .explicit(let top, let bottom, let left, let right):
            return vertical ? (top, bottom) : (left, right)
        }
    }
}
