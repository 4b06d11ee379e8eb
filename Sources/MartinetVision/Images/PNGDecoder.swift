import CPNG

/// Decodes a PNG file through libpng.
struct PNGDecoder {
    let chunks: PNGChunks
    let name: String
    let pixelLimit: Int

    func decode() throws(FileError) -> Image {
        try Image.check(height: chunks.height, width: chunks.width, limit: pixelLimit, name: name)
        // No more than 1032 bytes come from one of deflate's densest coding.
        let size = (chunks.height * chunks.width * chunks.depth + 7) / 8
        guard size / 1032 <= chunks.compressedSize else {
            throw FileError(
                .truncated, file: name, expected: "\(size) bytes for \(chunks.width) x \(chunks.height) pixels",
                found: "\(chunks.compressedSize) compressed bytes")
        }
        var image = png_image()
        image.version = UInt32(PNG_IMAGE_VERSION)
        defer { png_image_free(&image) }
        // libpng keeps the address until the last pixel is read.
        let pixels = chunks.file.withUnsafeBytes { file -> [UInt8]? in
            guard png_image_begin_read_from_memory(&image, file.baseAddress, file.count) != 0,
                image.width == chunks.width, image.height == chunks.height
            else { return nil }
            // 16 bits without a word about gamma are as 8 bits are, not proportional to light.
            image.flags |= UInt32(PNG_IMAGE_FLAG_16BIT_sRGB)
            // With transparency it would be shown upon something; without, it is what it is where it is opaque.
            image.format &= UInt32(PNG_FORMAT_FLAG_COLOR | PNG_FORMAT_FLAG_ALPHA)
            var pixels = [UInt8](
                repeating: 0, count: chunks.height * chunks.width * Self.channels(image.format))
            let status = pixels.withUnsafeMutableBytes { png_image_finish_read(&image, nil, $0.baseAddress, 0, nil) }
            return status != 0 ? pixels : nil
        }
        guard let pixels else {
            let message = withUnsafeBytes(of: &image.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            throw FileError(
                .corrupt, file: name, expected: "a PNG file of \(chunks.width) x \(chunks.height) pixels",
                found: message)
        }
        let stored = Self.channels(image.format)
        let channels = image.format & UInt32(PNG_FORMAT_FLAG_COLOR) == 0 ? 1 : 3
        return Image(
            pixels: stored == channels ? pixels : Self.withoutAlpha(pixels, channels: channels), height: chunks.height,
            width: chunks.width, channels: channels)
    }

    private static func channels(_ format: UInt32) -> Int {
        (format & UInt32(PNG_FORMAT_FLAG_COLOR) == 0 ? 1 : 3) + (format & UInt32(PNG_FORMAT_FLAG_ALPHA) == 0 ? 0 : 1)
    }

    private static func withoutAlpha(_ pixels: [UInt8], channels: Int) -> [UInt8] {
        let count = pixels.count / (channels + 1)
        return [UInt8](unsafeUninitializedCapacity: count * channels) { out, initialized in
            pixels.withUnsafeBufferPointer { pixels in
                for pixel in 0..<count {
                    for channel in 0..<channels {
                        out[pixel * channels + channel] = pixels[pixel * (channels + 1) + channel]
                    }
                }
            }
            initialized = count * channels
        }
    }
}
