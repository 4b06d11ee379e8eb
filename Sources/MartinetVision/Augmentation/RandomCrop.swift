import Martinet
import MartinetBase

/// Cuts a piece out of each image at a random place, after padding it all around: the standard augmentation of CIFAR's
/// images, which shifts them by up to `padding` pixels (He et al., "Deep residual learning", 2016, section 4.2).
///
/// As torchvision's `RandomCrop`. With zero padding, what is black depends on whether normalisation comes before or after: in front
/// of it, padding is black as in the paper's code.
///
/// An image that has no such piece is a `TrainingError` of `fit`, which names both sizes.
public struct RandomCrop: Transform {
    /// The pixels beyond an image's border.
    public enum PaddingMode: Sendable {
        /// Zeros.
        case zero
        /// The image mirrored in its outermost pixels, which are not repeated: `c b | a b c | b a`.
        case reflect
    }

    /// Of the piece.
    public let height, width: Int

    /// Pixels on each side.
    public let padding: Int
    public let mode: PaddingMode

    /// - Parameters:
    ///   - size: height and width of the piece.
    ///   - padding: pixels to add on each side first.
    ///   - mode: what they hold.
    public init(_ size: Int, padding: Int = 0, mode: PaddingMode = .zero) {
        self.init(height: size, width: size, padding: padding, mode: mode)
    }

    /// - Parameters:
    ///   - height: of the piece.
    ///   - width: of the piece.
    ///   - padding: pixels to add on each side first.
    ///   - mode: what they hold.
    public init(height: Int, width: Int, padding: Int = 0, mode: PaddingMode = .zero) {
        require(
            height > 0 && width > 0 && padding >= 0,
            "RandomCrop: expected positive sizes and a padding of at least 0, found \(height), \(width) and \(padding)")
        self.height = height
        self.width = width
        self.padding = padding
        self.mode = mode
    }

    public func apply(to sample: inout Tensor, using generator: RandomGenerator) {
        sample.mutateArray { change(&$0, using: generator) }
    }

    private func change(_ image: inout NDArray, using generator: RandomGenerator) {
        guard let shape = ImageShape(image, of: "RandomCrop") else { return }
        let rows = shape.height + 2 * padding - height
        let columns = shape.width + 2 * padding - width
        guard rows >= 0 && columns >= 0 else {
            return BatchProblem.report(
                "RandomCrop: an image of shape \(image.shape) padded by \(padding) has no piece of \([height, width])")
        }
        guard mode == .zero || padding < min(shape.height, shape.width) else {
            return BatchProblem.report(
                "RandomCrop: an image of shape \(image.shape) cannot be reflected over \(padding) pixels")
        }
        let top = generator.integer(below: rows + 1) - padding
        let left = generator.integer(below: columns + 1) - padding
        image = crop(image, shape, top: top, left: left)
    }

    /// The piece whose first pixel is at (`top`, `left`) of the image, which may lie outside of it.
    func crop(_ image: NDArray, _ shape: ImageShape, top: Int, left: Int) -> NDArray {
        let channels = shape.channels
        // The columns of the piece that lie within the image.
        let first = min(width, max(0, -left))
        let inside = first..<max(first, min(width, shape.width - left))
        return NDArray(shape: [height, width, channels]) { out in
            image.withUnsafePointer { source in
                for row in 0..<height {
                    let target = out + row * width * channels
                    guard let line = place(top + row, shape.height) else {
                        target.update(repeating: 0, count: width * channels)
                        continue
                    }
                    let pixels = source + line * shape.width * channels
                    (target + inside.lowerBound * channels).update(
                        from: pixels + (left + inside.lowerBound) * channels, count: inside.count * channels)
                    for column in 0..<inside.lowerBound { fill(target, column) }
                    for column in inside.upperBound..<width { fill(target, column) }

                    func fill(_ target: UnsafeMutablePointer<Float>, _ column: Int) {
                        let pixel = place(left + column, shape.width).map { pixels + $0 * channels }
                        for channel in 0..<channels { target[column * channels + channel] = pixel?[channel] ?? 0 }
                    }
                }
            }
        }
    }

    /// Where in an axis of `size` the place `position` has its values from; nil where it is zero.
    private func place(_ position: Int, _ size: Int) -> Int? {
        if position >= 0 && position < size { return position }
        guard mode == .reflect else { return nil }
        return position < 0 ? -position : 2 * (size - 1) - position
    }
}
