/// One axis of a window that slides over an image, as in convolution and pooling.
package struct WindowAxis: Sendable, Hashable {
    /// Which axis of an image.
    package enum Side: String, Sendable {
        case height, width
    }

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

    /// - Parameters:
    ///   - side: which of `padding` this axis gets, and its name in messages.
    ///   - input: the image's size.
    ///   - kernel: the number of the window's elements.
    ///   - stride: the distance between neighbouring windows.
    ///   - padding: the zeros around the image.
    ///   - dilation: the distance between a window's neighbouring elements.
    ///   - ceilMode: whether a last window may hang over the end of the padded image.
    /// - Throws: `ShapeError` if the image is empty, a size is less than 1, or the window does not fit into the padded
    ///   image.
    package init(
        _ side: Side, input: Int, kernel: Int, stride: Int, padding: Padding, dilation: Int = 1, ceilMode: Bool = false
    ) throws(ShapeError) {
        guard input > 0 else { throw ShapeError("expected a \(side) of at least 1, found \(input)") }
        guard kernel > 0, stride > 0, dilation > 0 else {
            throw ShapeError(
                "expected a kernel, stride and dilation of at least 1 along the \(side), found \(kernel), \(stride) and "
                    + "\(dilation)")
        }
        let (before, after) = Self.zeros(
            padding, side, input: input, kernel: kernel, stride: stride, dilation: dilation)
        guard before >= 0, after >= 0 else {
            throw ShapeError("expected a padding of at least 0 along the \(side), found \(before) and \(after)")
        }
        let room = input + before + after - (dilation * (kernel - 1) + 1)
        guard room >= 0 else {
            throw ShapeError(
                "a kernel of \(kernel)\(dilation == 1 ? "" : " with dilation \(dilation)") does not fit into a \(side) of "
                    + "\(input) with padding \(before) and \(after)")
        }
        var output = (ceilMode ? room + stride - 1 : room) / stride + 1
        if ceilMode && (output - 1) * stride >= input + before { output -= 1 }
        (self.input, self.kernel, self.stride, self.dilation) = (input, kernel, stride, dilation)
        (paddingBefore, paddingAfter) = (before, after)
        self.ceilMode = ceilMode
        self.output = output
    }

    /// The zeros before and after an axis that `padding` means.
    private static func zeros(
        _ padding: Padding, _ side: Side, input: Int, kernel: Int, stride: Int, dilation: Int
    ) -> (before: Int, after: Int) {
        switch padding {
        case .valid:
            return (0, 0)
        case .same:
            let output = (input + stride - 1) / stride
            let total = max((output - 1) * stride + (kernel - 1) * dilation + 1 - input, 0)
            return (total / 2, total - total / 2)
        case .explicit(let top, let bottom, let left, let right):
            return side == .height ? (top, bottom) : (left, right)
        }
    }
}
