import CKernels

/// Winograd's minimal filtering F(4x4, 3x3), or F(2x2, 3x3): a 3x3 convolution as 36, or 16, products of matrices over
/// transformed tiles.
///
/// Each 4x4 tile `y` of the result comes from a 6x6 patch `d` of the source, the patches overlapping by two pixels:
/// `y = A^T ((G g G^T) * (B^T d B)) A`, elementwise for each pair of channels and summed over the source's, which makes every
/// one of the 36 elements a product of matrices. See Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks"
/// (2016).
struct Winograd: ConvolutionMethod, Hashable {
    /// Outputs of a tile along each axis: 4 or 2.
    let tile: Int

    static let large = Winograd(tile: Int(MK_WINOGRAD_TILE))
    static let small = Winograd(tile: Int(MK_WINOGRAD_SMALL_TILE))

    /// Pixels of a patch along each axis.
    var patch: Int { tile + 2 }

    /// Products a tile, for each pair of channels.
    var planes: Int { patch * patch }

    /// Whether it can compute a convolution: a 3x3 kernel without stride, dilation and groups, and channels that fill the
    /// vectors. The gradient by the weight has large tiles only.
    func canCompute(_ geometry: ConvolutionGeometry, _ direction: ConvolutionDirection) -> Bool {
        [geometry.vertical, geometry.horizontal].allSatisfy { $0.kernel == 3 && $0.stride == 1 && $0.dilation == 1 }
            && geometry.groups == 1 && geometry.inputChannels % 16 == 0 && geometry.outputChannels % 16 == 0
            && (self == .large || direction != .weightGradient)
    }

    /// Whether it is faster than reading the windows in place, in multiplications for each pair of channels.
    ///
    /// Its products do 36 a tile, against 9 a position. Transforming the tiles adds to that the more, the fewer channels
    /// there are to multiply them with; transforming the weight costs as much as some 700, which a few small images do not
    /// earn back unless it is done once for many calls. Both were measured, on layers of 16 to 512 channels.
    func pays(_ geometry: ConvolutionGeometry, weightIsPrepared: Bool) -> Bool {
        let transforms = 1.2 + 16 / Double(min(geometry.inputChannels, geometry.outputChannels))
        return Double(tiles(of: geometry) * planes) * transforms + (weightIsPrepared ? 0 : 700)
            < Double(geometry.outputPositions * 9)
    }

    /// Whether large tiles would be so few, and the weight so large, that reading the weight's 36 planes would take longer
    /// than multiplying with all 16 of small tiles.
    static func isBoundByWeight(_ geometry: ConvolutionGeometry) -> Bool {
        large.tiles(of: geometry) <= 4 && geometry.inputChannels * geometry.outputChannels >= 1 << 16
    }

    /// Whether the workers had better share blocks of tiles than each read all planes of the weight: where these are large,
    /// 16 MB, or, at a few tiles, where reading them is most of the work and they leave the second-level cache. For the
    /// gradient by the weight, of which each worker would need its own to add up in, from a quarter of the 16 MB.
    private func sharesBlocks(_ geometry: ConvolutionGeometry, _ direction: ConvolutionDirection) -> Bool {
        let pairs = geometry.inputChannels * geometry.outputChannels
        if direction == .weightGradient { return pairs > 1 << 15 }
        return pairs > 1 << 17 || tiles(of: geometry) <= 64 && pairs >= 1 << 14
    }

    func blocks(_ geometry: ConvolutionGeometry, _ direction: ConvolutionDirection) -> ConvolutionBlocks {
        // The planes of both matrices, 144 KB a tile at 512 channels, fit the third-level cache where workers share
        // blocks, else the second-level cache. The sums of the gradient by the weight pass through that once a block,
        // hence longer ones there.
        if sharesBlocks(geometry, direction) { return ConvolutionBlocks(rows: 96, areShared: true) }
        return ConvolutionBlocks(rows: direction == .weightGradient ? 32 : 24)
    }

    func prepare(_ weight: NDArray, groups: Int) -> WinogradWeight {
        WinogradWeight(self, weight, inputs: weight.shape[2], outputs: weight.shape[3], isTransposed: false)
    }

    /// Two for each multiply-add of the planes' products.
    func productOperations(_ geometry: ConvolutionGeometry) -> Double {
        2 * Double(tiles(of: geometry) * planes) * Double(geometry.inputChannels * geometry.outputChannels)
    }

    /// The tiles along an axis of `size`, the last of which may be partly outside.
    func tiles(_ size: Int) -> Int { (size + tile - 1) / tile }

    /// The tiles over all outputs.
    private func tiles(of geometry: ConvolutionGeometry) -> Int {
        geometry.batch * tiles(geometry.outputHeight) * tiles(geometry.outputWidth)
    }

    /// The tiles over images of `height` x `width` x `channels`.
    func grid(height: Int, width: Int, channels: Int) -> mk_winograd_grid {
        mk_winograd_grid(
            height: height, width: width, channels: channels, tiles_y: tiles(height), tiles_x: tiles(width))
    }

    /// The patches along an axis of the source that the tiles of a result are made of.
    ///
    /// - Parameters:
    ///   - size: of the source.
    ///   - result: the size of the result.
    ///   - before: the zeros in front of the source.
    func patches(size: Int, result: Int, before: Int) -> mk_window_axis {
        mk_window_axis(size: size, windows: tiles(result), step: tile, taps: patch, first: -before, increment: 1)
    }

    /// The patches of a convolution's input.
    func inputPatches(_ geometry: ConvolutionGeometry, of input: UnsafePointer<Float>) -> WindowReader {
        let (v, h) = (geometry.vertical, geometry.horizontal)
        let grid = mk_window_grid(
            vertical: patches(size: v.input, result: v.output, before: v.paddingBefore),
            horizontal: patches(size: h.input, result: h.output, before: h.paddingBefore),
            channels: geometry.inputChannels, pixel_stride: geometry.inputChannels)
        return WindowReader(grid, source: input, mode: .pointers)
    }

    /// The distance between planes of `count` floats: off the powers of two, so that one position of all planes does not
    /// meet in one set of the cache.
    static func planeStride(_ count: Int) -> Int { (count + 15) / 16 * 16 + 16 }
}

extension ConvolutionAlgorithm {
    /// Winograd's minimal filtering F(4x4, 3x3): a quarter of the multiplications. 3x3 kernels without stride, dilation and
    /// groups, channels in multiples of 16. Its rounding errors are about ten times those of the others.
    package static let winograd = ConvolutionAlgorithm("winograd", Winograd.large)

    /// F(2x2, 3x3): four ninths of the multiplications, and less than half of the memory that `winograd` transforms the weight
    /// to. Its rounding errors are about twice those of the others. Not for the gradient by the weight.
    package static let winogradSmall = ConvolutionAlgorithm("winograd-2x2", Winograd.small)
}

/// The scratch memory for a block of tiles: the table of their patches, the planes of the transformed patches, and the planes
/// of a second matrix over the same tiles.
struct WinogradBuffers {
    let winograd: Winograd
    let source: WindowReader

    /// The distances between the planes.
    let firstStride, secondStride: Int

    /// Where the planes start, behind the table.
    let first, second: Int

    /// The size of all of it.
    let floats: Int

    /// - Parameters:
    ///   - tiles: the most tiles of a block.
    ///   - channels: of the second matrix.
    init(_ winograd: Winograd, source: WindowReader, tiles: Int, channels: Int) {
        self.winograd = winograd
        self.source = source
        firstStride = Winograd.planeStride(tiles * source.grid.channels)
        secondStride = Winograd.planeStride(tiles * channels)
        first = (source.scratchFloats(rows: tiles) + 15) / 16 * 16
        second = first + winograd.planes * firstStride
        floats = second + winograd.planes * secondStride
    }

    /// Transforms the patches of some of a block's tiles into the first planes.
    func transform(_ part: Range<Int>, in block: Range<Int>, _ scratch: UnsafeMutablePointer<Float>) {
        let offset = part.lowerBound - block.lowerBound
        let patches = source.read(part, group: 0, scratch + source.scratchFloats(rows: offset))
        mk_winograd_input(
            Int32(winograd.tile), patches.pointers, patches.pointer_stride, part.count, source.grid.channels,
            scratch + first + offset * source.grid.channels, firstStride)
    }

    /// One of the first planes, as the left matrix of a product.
    func left(_ plane: Int, channels: Int, _ scratch: UnsafeMutablePointer<Float>) -> mk_product_rows {
        mk_product_rows(
            taps: 1, channels: channels, pointers: nil, pointer_stride: 0,
            base: UnsafePointer(scratch + first + plane * firstStride), base_stride: channels)
    }
}
