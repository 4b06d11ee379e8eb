import Martinet

extension Image {
    /// Which channels an image gets when it is read.
    public enum ColorMode: Sendable {
        /// Grey images get one, others three.
        case asStored
        /// One, as PIL's `convert("L")`.
        case gray
        /// Three, as PIL's `convert("RGB")`.
        case rgb
    }

    /// Images of more pixels than this are refused unless the caller allows more: 2^26, 67 million.
    ///
    /// Reading takes at most about sixteen bytes of memory for each pixel besides the file.
    public static let defaultPixelLimit = 1 << 26

    /// Reads a JPEG or PNG file, recognised by its first bytes whatever its name.
    ///
    /// JPEG may be baseline or progressive, in grey, YCbCr, RGB, CMYK or YCCK; the latter two are taken as inverted, as Adobe
    /// writes them and PIL reads them. PNG may be of any kind; transparency is left out, as by PIL's `convert("RGB")`, and 16
    /// bits become the nearest 8. What a file says about how its colours should be displayed (profiles, gamma) is not applied.
    ///
    /// A file that ends before its time, or from which its library cannot go on, is an error. What libjpeg warns of, an unknown
    /// version, bytes that do not belong, damage inside, is told to `ImageWarning.handler`, and the file read.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - colors: the channels to make of it.
    ///   - appliesOrientation: whether an image that was stored lying is set upright, as its EXIF data say.
    ///   - pixelLimit: the most pixels that are accepted; the header is checked before memory is taken.
    ///   - allowsTruncated: whether a JPEG file that is cut off is read with a warning, the rest of it grey.
    /// - Throws: `FileError`, which names the file, and says what was expected and found.
    public init(
        path: String, colors: ColorMode = .rgb, appliesOrientation: Bool = true, pixelLimit: Int = defaultPixelLimit,
        allowsTruncated: Bool = false
    ) throws(FileError) {
        let reader = try ByteReader(path: path)
        try self.init(
            bytes: try reader.read(reader.fileSize), name: path, colors: colors, appliesOrientation: appliesOrientation,
            pixelLimit: pixelLimit, allowsTruncated: allowsTruncated)
    }

    /// Reads a JPEG or PNG file that is in memory.
    ///
    /// - Parameters:
    ///   - bytes: the file's contents.
    ///   - name: what errors call it.
    ///   - colors: the channels to make of it.
    ///   - appliesOrientation: whether an image that was stored lying is set upright, as its EXIF data say.
    ///   - pixelLimit: the most pixels that are accepted.
    ///   - allowsTruncated: whether a JPEG file that is cut off is read with a warning, the rest of it grey.
    /// - Throws: `FileError`.
    public init(
        bytes: [UInt8], name: String, colors: ColorMode = .rgb, appliesOrientation: Bool = true,
        pixelLimit: Int = defaultPixelLimit, allowsTruncated: Bool = false
    ) throws(FileError) {
        let decoded: Image
        let exif: ArraySlice<UInt8>?
        if bytes.starts(with: [0xff, 0xd8]) {
            decoded = try JPEGDecoder(
                bytes: bytes, name: name, pixelLimit: pixelLimit, allowsTruncated: allowsTruncated
            ).decode()
            exif = JPEGDecoder.exif(in: bytes)
        } else if bytes.starts(with: PNGChunks.signature) {
            let chunks = try PNGChunks(bytes, name: name)
            decoded = try PNGDecoder(chunks: chunks, name: name, pixelLimit: pixelLimit).decode()
            exif = chunks.exif
        } else {
            throw FileError(
                .wrongMagic, file: name, place: "at byte 0", expected: "a JPEG or PNG file",
                found: bytes.isEmpty ? "nothing" : "the bytes \(bytes.prefix(4).map { hexadecimal($0) })")
        }
        let orientation = appliesOrientation ? exif.flatMap { Orientation(exif: $0) } : nil
        let upright = orientation.map { decoded.oriented($0) } ?? decoded
        switch colors {
        case .asStored: self = upright
        case .gray: self = upright.gray
        case .rgb: self = upright.rgb
        }
    }

    /// Stops where a header claims more pixels than are allowed, or none.
    static func check(height: Int, width: Int, limit: Int, name: String) throws(FileError) {
        // Both are below 2^32, so the product is no overflow.
        guard height > 0, width > 0, height <= Int(UInt32.max), width <= Int(UInt32.max),
            UInt(height) * UInt(width) <= limit
        else {
            throw FileError(
                height > 0 && width > 0 ? .tooLarge : .corrupt, file: name, place: "in the header",
                expected: "1 to \(limit) pixels", found: "\(width) x \(height)")
        }
    }
}
