import Martinet
import MartinetBase

/// A change of an image before it becomes numbers for a network: its size, a crop.
public protocol ImageTransform: Sendable {
    /// The changed image. All randomness must come from `generator`.
    func apply(to image: Image, using generator: RandomGenerator) -> Image
}

extension ImageTransform {
    /// The changed image, for transforms without randomness.
    public func callAsFunction(_ image: Image) -> Image { apply(to: image, using: .default) }
}

extension [any ImageTransform] {
    /// The image after all of these, one after the other. Of a `Resize` before a `CenterCrop` only the middle is computed.
    public func callAsFunction(_ image: Image, using generator: RandomGenerator = .default) -> Image {
        var (image, rest) = (image, self[...])
        while let next = rest.popFirst() {
            if let resize = next as? Resize, let crop = rest.first as? CenterCrop {
                image = resize.apply(to: image, thenCropping: crop)
                rest.removeFirst()
            } else {
                image = next.apply(to: image, using: generator)
            }
        }
        return image
    }
}

/// Brings images to a size, as torchvision's `Resize`.
///
/// As an `ImageTransform` it resizes images as PIL does; as a `Transform` it resizes arrays of floats, of any number of
/// channels, as torchvision does tensors: antialiased where they become smaller.
///
/// ```swift
/// let animals = try ImageFolder("animals", transforms: [Resize(256), CenterCrop(224)])
/// let larger = fashion.train.transformed(by: Resize(96))        // 28x28 to 96x96
/// ```
public struct Resize: ImageTransform, Transform {
    private enum Size {
        case shorterSide(Int)
        case both(height: Int, width: Int)
    }

    private let size: Size
    private let interpolation: Interpolation

    /// To a size of the shorter side, the longer one in proportion.
    ///
    /// An image of one pixel by thousands becomes very long. With a `CenterCrop` behind it, only what that keeps is computed.
    public init(_ shorterSide: Int, interpolation: Interpolation = .bilinear) {
        require(shorterSide > 0, "Resize: expected a positive size, found \(shorterSide)")
        size = .shorterSide(shorterSide)
        self.interpolation = interpolation
    }

    /// To a size, whatever becomes of the proportions.
    public init(height: Int, width: Int, interpolation: Interpolation = .bilinear) {
        require(height > 0 && width > 0, "Resize: expected a positive size, found \([height, width])")
        size = .both(height: height, width: width)
        self.interpolation = interpolation
    }

    public func apply(to image: Image, using generator: RandomGenerator) -> Image {
        let (height, width) = newSize(height: image.height, width: image.width)
        return image.resized(height: height, width: width, interpolation: interpolation)
    }

    fileprivate func apply(to image: Image, thenCropping crop: CenterCrop) -> Image {
        let (height, width) = newSize(height: image.height, width: image.width)
        return image.resized(height: height, width: width, croppedTo: crop, interpolation: interpolation)
    }

    public func apply(to sample: inout Tensor, using generator: RandomGenerator) {
        sample.mutateArray { change(&$0, using: generator) }
    }

    private func change(_ image: inout NDArray, using generator: RandomGenerator) {
        guard let shape = ImageShape(image, of: "Resize") else { return }
        let (height, width) = newSize(height: shape.height, width: shape.width)
        image = resized(image, height: height, width: width, interpolation: interpolation)
    }

    /// That of an image which is so high and wide.
    private func newSize(height: Int, width: Int) -> (height: Int, width: Int) {
        switch size {
        case .both(let newHeight, let newWidth): return (newHeight, newWidth)
        case .shorterSide(let side):
            func scaled(_ long: Int, _ short: Int) -> Int { max(1, side * long / short) }
            return height < width ? (side, scaled(width, height)) : (scaled(height, width), side)
        }
    }
}

/// Cuts out the middle, as torchvision's; black around images that are smaller.
public struct CenterCrop: ImageTransform {
    /// Of the piece.
    public let height, width: Int

    /// A square piece.
    public init(_ size: Int) { self.init(height: size, width: size) }

    public init(height: Int, width: Int) {
        require(height > 0 && width > 0, "CenterCrop: expected a positive size, found \([height, width])")
        self.height = height
        self.width = width
    }

    public func apply(to image: Image, using generator: RandomGenerator) -> Image {
        image.centerCropped(height: height, width: width)
    }
}

/// Makes images grey, as torchvision's and PIL's.
public struct Grayscale: ImageTransform {
    public init() {}

    public func apply(to image: Image, using generator: RandomGenerator) -> Image { image.gray }
}
