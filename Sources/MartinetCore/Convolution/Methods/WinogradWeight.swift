import CKernels

/// The planes of a transformed 3x3 weight, each in panels: the right-hand matrices of Winograd's products.
struct WinogradWeight: Sendable {
    private let storage: Storage
    /// The distance between planes.
    let stride: Int

    /// - Parameters:
    ///   - winograd: the size of the tiles.
    ///   - weight: `[3, 3, inputs, outputs]`, or `[3, 3, outputs, inputs]` if transposed.
    ///   - inputs: the channels that are summed over.
    ///   - outputs: the channels of the result.
    ///   - isTransposed: whether the kernel is turned by 180 degrees and its channels swapped, as for the gradient by the
    ///     input.
    init(_ winograd: Winograd, _ weight: NDArray, inputs: Int, outputs: Int, isTransposed: Bool) {
        let stride = Winograd.planeStride(inputs * outputs)
        let transformed = Storage(uninitialized: winograd.planes * stride)
        let width = Int(MK_PANEL_WIDTH)
        parallelFor(outputs / width, grain: grainSize(itemSize: winograd.planes * width * inputs)) { panels, _ in
            mk_winograd_weight(
                Int32(winograd.tile), weight.pointer, isTransposed ? 1 : 0, inputs, outputs, panels.lowerBound,
                panels.upperBound,
                transformed.pointer, stride)
        }
        storage = transformed
        self.stride = stride
    }

    /// The panels of a plane, valid while this is alive.
    func panels(_ plane: Int) -> UnsafePointer<Float> { UnsafePointer(storage.pointer + plane * stride) }
}
