/// The size of the output of a window that slides over `[height, width, channels]`.
func windowedSize(
    _ input: [Int], kernel: Size2D, stride: Size2D, padding: Padding, dilation: Size2D, ceilMode: Bool
) throws(ShapeError) -> Size2D {
    guard input.count == 3 else { throw ShapeError("expected [height, width, channels], found \(input)") }
    let height = WindowAxis.outputSize(
        input: input[0], kernel: kernel.height, stride: stride.height, padding: padding, dilation: dilation.height,
        vertical: true, ceilMode: ceilMode)
    let width = WindowAxis.outputSize(
        input: input[1], kernel: kernel.width, stride: stride.width, padding: padding, dilation: dilation.width,
        vertical: false, ceilMode: ceilMode)
    guard let height, let width else {
        throw ShapeError(
            "a window of \(kernel)\(dilation == 1 ? "" : " with dilation \(dilation)") does not fit into \(input)"
                + " with padding \(padding)")
    }
    return Size2D(height, width)
}
