extension WindowAxis {
    /// The number of windows along an axis, as `output`, or nil if the window does not fit into the padded image.
    /// `vertical` says whether the axis is the height, for padding that differs by side.
    package static func outputSize(
        input: Int, kernel: Int, stride: Int, padding: Padding, dilation: Int = 1, vertical: Bool,
        ceilMode: Bool = false
    ) -> Int? {
        let (before, after) = resolve(
            padding, input: input, kernel: kernel, stride: stride, dilation: dilation, vertical: vertical)
        guard input > 0, input + before + after >= dilation * (kernel - 1) + 1 else { return nil }
        return WindowAxis(
            input: input, kernel: kernel, stride: stride, dilation: dilation, paddingBefore: before,
            paddingAfter: after,
            ceilMode: ceilMode, operation: "window"
        ).output
    }
}
