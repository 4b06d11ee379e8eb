import Foundation
import MartinetPNG

extension Image {
    /// The image as a PNG file.
    public var png: [UInt8] { encodePNG(pixels, height: height, width: width, channels: channels) }

    /// Writes the image as a PNG file, whole or not at all.
    ///
    /// - Throws: `FileError`, if the file cannot be written.
    public func write(to path: String) throws(FileError) {
        let url = URL(fileURLWithPath: path)
        let file = try NewFile(directory: url.deletingLastPathComponent().path, name: url.lastPathComponent)
        try file.write(png)
        try file.commit()
    }
}
