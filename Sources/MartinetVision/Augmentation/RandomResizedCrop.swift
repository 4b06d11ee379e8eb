import Foundation
import Martinet
import MartinetBase

/// Cuts out a piece of random area and proportions and brings it to one size: the standard augmentation of ImageNet's
/// images (Szegedy et al., "Going deeper with convolutions", 2015); as torchvision's.
///
/// As an `ImageTransform` it resizes images as PIL does; as a `Transform` it resizes arrays of floats.
public struct RandomResizedCrop: ImageTransform, Transform {
    /// Of the result.
    public let height, width: Int

    /// The piece's part of the area.
    public let scale: ClosedRange<Float>

    /// The piece's width divided by its height.
    public let ratio: ClosedRange<Float>
    public let interpolation: Interpolation

    /// - Parameters:
    ///   - size: height and width of the result.
    ///   - scale: the piece's part of the area, uniform in this range.
    ///   - ratio: the piece's width divided by its height, its logarithm uniform.
    ///   - interpolation: how the piece is resized.
    public init(
        _ size: Int, scale: ClosedRange<Float> = 0.08...1, ratio: ClosedRange<Float> = 3 / 4...4 / 3,
        interpolation: Interpolation = .bilinear
    ) {
        self.init(height: size, width: size, scale: scale, ratio: ratio, interpolation: interpolation)
    }

    /// - Parameters:
    ///   - height: of the result.
    ///   - width: of the result.
    ///   - scale: the piece's part of the area, uniform in this range.
    ///   - ratio: the piece's width divided by its height, its logarithm uniform.
    ///   - interpolation: how the piece is resized.
    public init(
        height: Int, width: Int, scale: ClosedRange<Float> = 0.08...1, ratio: ClosedRange<Float> = 3 / 4...4 / 3,
        interpolation: Interpolation = .bilinear
    ) {
        require(
            height > 0 && width > 0 && scale.lowerBound > 0 && ratio.lowerBound > 0,
            "RandomResizedCrop: expected positive sizes, scales and ratios, found \([height, width]), \(scale), \(ratio)"
        )
        self.height = height
        self.width = width
        self.scale = scale
        self.ratio = ratio
        self.interpolation = interpolation
    }

    public func apply(to image: Image, using generator: RandomGenerator) -> Image {
        let piece = piece(height: image.height, width: image.width, using: generator)
        return image.cropped(top: piece.top, left: piece.left, height: piece.height, width: piece.width)
            .resized(height: height, width: width, interpolation: interpolation)
    }

    public func apply(to sample: inout Tensor, using generator: RandomGenerator) {
        sample.mutateArray { change(&$0, using: generator) }
    }

    private func change(_ image: inout NDArray, using generator: RandomGenerator) {
        guard let shape = ImageShape(image, of: "RandomResizedCrop") else { return }
        let piece = piece(height: shape.height, width: shape.width, using: generator)
        let cropped = image.sliced([
            piece.top..<piece.top + piece.height, piece.left..<piece.left + piece.width, 0..<shape.channels,
        ])
        image = resized(cropped, height: height, width: width, interpolation: interpolation)
    }

    struct Piece: Equatable { var top, left, height, width: Int }

    /// Where the piece is. After ten that do not fit, it is the middle, in proportions as close as is allowed.
    func piece(height: Int, width: Int, using generator: RandomGenerator) -> Piece {
        func rounded(_ value: Double) -> Int { Int(value.rounded(.toNearestOrEven)) }
        let logarithms = Float(log(Double(ratio.lowerBound)))...Float(log(Double(ratio.upperBound)))
        for _ in 0..<10 {
            let area = Double(height * width) * Double(generator.uniform(in: scale))
            let ratio = exp(Double(generator.uniform(in: logarithms)))
            let (pieceHeight, pieceWidth) = (rounded((area / ratio).squareRoot()), rounded((area * ratio).squareRoot()))
            if pieceHeight > 0, pieceHeight <= height, pieceWidth > 0, pieceWidth <= width {
                return Piece(
                    top: generator.integer(below: height - pieceHeight + 1),
                    left: generator.integer(below: width - pieceWidth + 1), height: pieceHeight, width: pieceWidth)
            }
        }
        let own = Double(width) / Double(height)
        let allowed = min(max(own, Double(ratio.lowerBound)), Double(ratio.upperBound))
        let pieceHeight = own < allowed ? max(1, min(height, rounded(Double(width) / allowed))) : height
        let pieceWidth = own > allowed ? max(1, min(width, rounded(Double(height) * allowed))) : width
        return Piece(
            top: (height - pieceHeight) / 2, left: (width - pieceWidth) / 2, height: pieceHeight, width: pieceWidth)
    }
}
