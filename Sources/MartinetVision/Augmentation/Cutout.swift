import Martinet
import MartinetBase

/// Covers a square of each image, whose centre is anywhere in the image and which may stand out over its border (DeVries
/// and Taylor, "Improved regularization of convolutional neural networks with Cutout", 2017).
///
/// In the paper it comes after the normalisation, so that the cover, zero, is the mean colour.
public struct Cutout: Transform {
    /// Height and width of a square.
    public let size: Int

    /// How many squares.
    public let count: Int

    /// The value that they are filled with.
    public let fill: Float

    /// - Parameters:
    ///   - size: height and width of a square; 16 in the paper for CIFAR-10, 8 for CIFAR-100.
    ///   - count: how many squares, each at a place of its own.
    ///   - fill: what they are filled with.
    public init(_ size: Int, count: Int = 1, fill: Float = 0) {
        require(
            size > 0 && count >= 0,
            "Cutout: expected a positive size and a count of at least 0, found \(size), \(count)")
        self.size = size
        self.count = count
        self.fill = fill
    }

    public func apply(to sample: inout Tensor, using generator: RandomGenerator) {
        sample.mutateArray { change(&$0, using: generator) }
    }

    private func change(_ image: inout NDArray, using generator: RandomGenerator) {
        guard let shape = ImageShape(image, of: "Cutout") else { return }
        for _ in 0..<count {
            let rows = range(around: generator.integer(below: shape.height), within: shape.height)
            let columns = range(around: generator.integer(below: shape.width), within: shape.width)
            image.withUnsafeMutablePointer { pixels in
                for row in rows {
                    let start = pixels + (row * shape.width + columns.lowerBound) * shape.channels
                    start.update(repeating: fill, count: columns.count * shape.channels)
                }
            }
        }
    }

    private func range(around centre: Int, within limit: Int) -> Range<Int> {
        let start = centre - size / 2
        return max(0, start)..<min(limit, start + size)
    }
}
