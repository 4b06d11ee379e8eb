import CPNG
import MartinetBase

/// An image as a PNG file.
///
/// - Parameters:
///   - pixels: `[height, width, channels]`, row-major, a byte for each channel of each pixel.
///   - height: in pixels.
///   - width: in pixels.
///   - channels: 1 for grey, 3 for red, green and blue.
package func encodePNG(_ pixels: [UInt8], height: Int, width: Int, channels: Int) -> [UInt8] {
    require(
        height > 0 && width > 0 && (channels == 1 || channels == 3) && pixels.count == height * width * channels,
        "encodePNG: \(pixels.count) bytes for a shape of \([height, width, channels]); expected 1 or 3 channels")
    var image = png_image()
    image.version = UInt32(PNG_IMAGE_VERSION)
    image.width = UInt32(width)
    image.height = UInt32(height)
    image.format = channels == 1 ? 0 : UInt32(PNG_FORMAT_FLAG_COLOR)
    // Pixels that do not compress at all take little more than they are, a byte for each row, and the chunks around them.
    let raw = pixels.count + height
    var size = png_alloc_size_t(raw + raw / 7 + 4096)
    return [UInt8](unsafeUninitializedCapacity: Int(size)) { out, count in
        let status = png_image_write_to_memory(&image, out.baseAddress, &size, 0, pixels, 0, nil)
        let message = withUnsafeBytes(of: &image.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        require(status != 0, "encodePNG: libpng fails: \(message)")
        count = Int(size)
    }
}

/// The bytes 0 to 255 that stand for `values` of 0 ... 1, the nearest for others; 0 for what is not a number.
package func pixelBytes(_ values: [Float]) -> [UInt8] {
    values.map { $0.isNaN ? 0 : UInt8(min(max($0 * 255, 0), 255).rounded()) }
}
