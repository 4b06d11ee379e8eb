import Martinet

/// What is done to a picture before it becomes numbers for a network: sizes, crops.
public protocol ImageTransform: Sendable {
    /// The changed picture. All randomness must come from `generator`.
    func apply(to image: Image, using generator: RandomGenerator) -> Image
}

extension ImageTransform {
    /// The changed picture, for transforms without randomness.
    public func callAsFunction(_ image: Image) -> Image { apply(to: image, using: .default) }
}

/// Brings pictures to a size, as torchvision's `Resize` does with PIL's pictures.
public struct Resize: ImageTransform {
    private enum Size {
        case shorterSide(Int)
        case both(height: Int, width: Int)
    }

    private let size: Size
    private let interpolation: Interpolation

    /// To a size of the shorter side, the longer one in proportion.
    public init(_ shorterSide: Int, interpolation: Interpolation = .bilinear) {
        precondition(shorterSide > 0, "Resize: expected a positive size, found \(shorterSide)")
        size = .shorterSide(shorterSide)
        self.interpolation = interpolation
    }

    /// To a size, whatever becomes of the proportions.
    public init(height: Int, width: Int, interpolation: Interpolation = .bilinear) {
        precondition(height > 0 && width > 0, "Resize: expected a positive size, found \([height, width])")
        size = .both(height: height, width: width)
        self.interpolation = interpolation
    }

    public func apply(to image: Image, using generator: RandomGenerator) -> Image {
        switch size {
        case .both(let height, let width):
            return image.resized(height: height, width: width, interpolation: interpolation)
        case .shorterSide(let side):
            func scaled(_ long: Int, _ short: Int) -> Int { max(1, side * long / short) }
            return image.height < image.width
                ? image.resized(height: side, width: scaled(image.width, image.height), interpolation: interpolation)
                : image.resized(height: scaled(image.height, image.width), width: side, interpolation: interpolation)
        }
    }
}

/// Cuts out the middle, as torchvision's; black around pictures that are smaller.
public struct CenterCrop: ImageTransform {
    /// Of the piece.
    public let height, width: Int

    /// A square piece.
    public init(_ size: Int) { self.init(height: size, width: size) }

    public init(height: Int, width: Int) {
        precondition(height > 0 && width > 0, "CenterCrop: expected a positive size, found \([height, width])")
        self.height = height
        self.width = width
    }

    public func apply(to image: Image, using generator: RandomGenerator) -> Image {
        image.centerCropped(height: height, width: width)
    }
}
