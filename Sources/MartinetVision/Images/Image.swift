import Martinet
import MartinetBase
import MartinetPNG

/// An image: a byte for each channel of each pixel, 0 to 255.
///
/// ```swift
/// let image = try Image(path: "cat.jpeg")                                    // 3 channels, upright
/// let input = Resize(256)(image).centerCropped(height: 224, width: 224).tensor
/// ```
public struct Image: Sendable, Equatable {
    /// The size in pixels.
    public let height, width: Int

    /// 1 for grey, 3 for red, green and blue.
    public let channels: Int

    /// `[height, width, channels]`, row-major.
    public let pixels: [UInt8]

    /// - Parameters:
    ///   - pixels: `[height, width, channels]`, row-major.
    ///   - height: in pixels.
    ///   - width: in pixels.
    ///   - channels: 1 or 3.
    public init(pixels: [UInt8], height: Int, width: Int, channels: Int) {
        require(
            height > 0 && width > 0 && (channels == 1 || channels == 3),
            "Image: expected a positive size and 1 or 3 channels, found \([height, width, channels])")
        require(
            pixels.count == height * width * channels,
            "Image: \(pixels.count) bytes do not fit an image of \([height, width, channels])")
        self.height = height
        self.width = width
        self.channels = channels
        self.pixels = pixels
    }

    /// An image of `tensor`'s values, `[height, width, channels]`, of which 0 ... 1 become 0 to 255 and others the nearest;
    /// what is not a number is black.
    public init(_ tensor: Tensor) {
        require(
            tensor.shape.count == 3, "Image: expected [height, width, channels], found the shape \(tensor.shape)")
        self.init(
            pixels: pixelBytes(tensor.elements), height: tensor.shape[0], width: tensor.shape[1],
            channels: tensor.shape[2])
    }

    /// The image in values 0 ... 1, `[height, width, channels]`; torchvision's `ToTensor`, channels-last.
    public var tensor: Tensor { Tensor(array: array) }

    var array: NDArray {
        NDArray(shape: [height, width, channels]) { out in
            pixels.withUnsafeBufferPointer { pixels in
                for (index, pixel) in pixels.enumerated() { out[index] = Float(pixel) / 255 }
            }
        }
    }

    /// The image in one channel, by the weights of ITU-R BT.601 as PIL computes them.
    public var gray: Image {
        guard channels == 3 else { return self }
        let pixels = self.pixels.withUnsafeBufferPointer { rgb in
            (0..<height * width).map { pixel -> UInt8 in
                let (red, green, blue) = (
                    UInt32(rgb[3 * pixel]), UInt32(rgb[3 * pixel + 1]), UInt32(rgb[3 * pixel + 2])
                )
                let sum: UInt32 = red * 19595 + green * 38470 + blue * 7471 + 0x8000
                return UInt8(sum >> 16)
            }
        }
        return Image(pixels: pixels, height: height, width: width, channels: 1)
    }

    /// The image in three channels, which are equal where it was grey.
    public var rgb: Image {
        guard channels == 1 else { return self }
        let pixels = [UInt8](unsafeUninitializedCapacity: 3 * self.pixels.count) { out, count in
            for (index, pixel) in self.pixels.enumerated() {
                out[3 * index] = pixel
                out[3 * index + 1] = pixel
                out[3 * index + 2] = pixel
            }
            count = 3 * self.pixels.count
        }
        return Image(pixels: pixels, height: height, width: width, channels: 3)
    }
}
