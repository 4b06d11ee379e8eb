import CPNG
import Foundation
import MartinetBase

extension Image {
    /// The picture as a PNG file.
    public var png: [UInt8] {
        var image = png_image()
        image.version = UInt32(PNG_IMAGE_VERSION)
        image.width = UInt32(width)
        image.height = UInt32(height)
        image.format = channels == 1 ? 0 : UInt32(PNG_FORMAT_FLAG_COLOR)
        // What does not compress at all takes little more than it is, a byte for each row, and the chunks around it.
        let raw = pixels.count + height
        var size = png_alloc_size_t(raw + raw / 7 + 4096)
        return [UInt8](unsafeUninitializedCapacity: Int(size)) { out, count in
            let status = png_image_write_to_memory(&image, out.baseAddress, &size, 0, pixels, 0, nil)
            let message = withUnsafeBytes(of: &image.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            require(status != 0, "Image.png: libpng fails: \(message)")
            count = Int(size)
        }
    }

    /// Writes the picture as a PNG file, whole or not at all.
    ///
    /// - Throws: `FileError`, if the file cannot be written.
    public func write(to path: String) throws(FileError) {
        let url = URL(fileURLWithPath: path)
        let file = try NewFile(directory: url.deletingLastPathComponent().path, name: url.lastPathComponent)
        try file.write(png)
        try file.commit()
    }
}
