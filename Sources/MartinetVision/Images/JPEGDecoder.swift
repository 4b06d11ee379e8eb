import CTurboJPEG

/// Decodes a JPEG file through libjpeg-turbo.
struct JPEGDecoder {
    let bytes: [UInt8]
    let name: String
    let pixelLimit: Int
    /// Whether the rest of a file that is cut off is made up for by grey.
    var allowsTruncated = false

    func decode() throws(FileError) -> Image {
        guard let handle = tjInitDecompress() else {
            throw FileError(
                .unreadable, file: name, expected: "libjpeg-turbo to start", found: Self.message(nil))
        }
        defer { tjDestroy(handle) }
        var (width, height, subsampling, colors) = (Int32(0), Int32(0), Int32(0), Int32(-1))
        let status = bytes.withUnsafeBufferPointer {
            tjDecompressHeader3(handle, $0.baseAddress, UInt($0.count), &width, &height, &subsampling, &colors)
        }
        // It also complains of subsampling that it has no name for, which does not matter here, but then knows the rest.
        guard status == 0 || (width > 0 && height > 0 && colors >= 0) else {
            throw FileError(
                .corrupt, file: name, place: "in the header", expected: "a JPEG file", found: Self.message(handle))
        }
        // Some versions of the library read the header once and warn of it here, others again with the pixels.
        let isWarned = status != 0 && tjGetErrorCode(handle) == TJERR_WARNING.rawValue
        let warning = isWarned ? Self.message(handle) : nil
        try Image.check(height: Int(height), width: Int(width), limit: pixelLimit, name: name)
        switch TJCS(UInt32(colors)) {
        case TJCS_GRAY:
            return try decode(handle, height, width, TJPF_GRAY, channels: 1, warning)
        case TJCS_CMYK, TJCS_YCCK:
            return Self.rgb(
                invertedCMYK: try pixels(handle, height, width, TJPF_CMYK, channels: 4, warning), height, width)
        default:
            return try decode(handle, height, width, TJPF_RGB, channels: 3, warning)
        }
    }

    private func decode(
        _ handle: tjhandle, _ height: Int32, _ width: Int32, _ format: TJPF, channels: Int,
        _ headerWarning: String?
    ) throws(FileError) -> Image {
        Image(
            pixels: try pixels(handle, height, width, format, channels: channels, headerWarning), height: Int(height),
            width: Int(width),
            channels: channels)
    }

    private func pixels(
        _ handle: tjhandle, _ height: Int32, _ width: Int32, _ format: TJPF, channels: Int,
        _ headerWarning: String?
    ) throws(FileError) -> [UInt8] {
        var pixels = [UInt8](repeating: 0, count: Int(height) * Int(width) * channels)
        func run(_ flags: Int32) -> Bool {
            bytes.withUnsafeBufferPointer { bytes in
                pixels.withUnsafeMutableBufferPointer {
                    tjDecompress2(
                        handle, bytes.baseAddress, UInt(bytes.count), $0.baseAddress, width, 0, height, format.rawValue,
                        flags) == 0
                }
            }
        }
        // A file of very many scans, each of which says nothing, would take for ever.
        if run(TJFLAG_LIMITSCANS | TJFLAG_STOPONWARNING) {
            if let headerWarning { ImageWarning(file: name, message: headerWarning).report() }
            return pixels
        }
        let complaint = Self.message(handle)
        func failure(_ kind: FileError.Kind, _ message: String) -> FileError {
            FileError(
                kind, file: name, place: "in \(bytes.count) bytes",
                expected: "a whole JPEG file of \(width) x \(height) pixels", found: message)
        }
        // Only the first complaint is known; a file without an end has been cut off whatever that is.
        let isTruncated = complaint.contains("Premature end of JPEG") || !hasEnd
        guard !isTruncated || allowsTruncated else { throw failure(.truncated, complaint) }
        guard tjGetErrorCode(handle) == TJERR_WARNING.rawValue else { throw failure(.corrupt, complaint) }
        // From what it warns of libjpeg goes on, as other readers of JPEG have it do. Another message is one of an error.
        if !run(TJFLAG_LIMITSCANS), Self.message(handle) != complaint {
            throw failure(.corrupt, Self.message(handle))
        }
        ImageWarning(file: name, message: complaint).report()
        return pixels
    }

    /// Whether the mark of the end follows the last scan's beginning. Neither comes among a scan's data.
    private var hasEnd: Bool {
        var place = bytes.count - 2
        while place >= 0 {
            if bytes[place] == 0xff {
                if bytes[place + 1] == 0xd9 { return true }
                if bytes[place + 1] == 0xda { return false }
            }
            place -= 1
        }
        return false
    }

    /// CMYK as RGB, as PIL computes it; the four values are stored inverted.
    private static func rgb(invertedCMYK pixels: [UInt8], _ height: Int32, _ width: Int32) -> Image {
        let count = Int(height) * Int(width)
        let rgb = [UInt8](unsafeUninitializedCapacity: 3 * count) { out, initialized in
            pixels.withUnsafeBufferPointer { pixels in
                for pixel in 0..<count {
                    let black = Int(pixels[4 * pixel + 3])
                    for channel in 0..<3 {
                        // A product of two values of 255 for 1, rounded.
                        let product = (255 - Int(pixels[4 * pixel + channel])) * black + 128
                        out[3 * pixel + channel] = UInt8(max(0, black - (product >> 8 + product) >> 8))
                    }
                }
            }
            initialized = 3 * count
        }
        return Image(pixels: rgb, height: Int(height), width: Int(width), channels: 3)
    }

    private static func message(_ handle: tjhandle?) -> String {
        tjGetErrorStr2(handle).map { String(cString: $0) } ?? "no message"
    }

    /// The EXIF data of a file, which begin after "Exif" and two zero bytes in an APP1 segment; nil if there are none.
    static func exif(in bytes: [UInt8]) -> ArraySlice<UInt8>? {
        var place = 2
        while place + 4 <= bytes.count, bytes[place] == 0xff {
            let marker = bytes[place + 1]
            // A marker may be preceded by any number of 0xff.
            if marker == 0xff {
                place += 1
                continue
            }
            // At the first scan the segments end.
            guard marker != 0xda, marker != 0xd9 else { return nil }
            let end = place + 2 + Int(bytes[place + 2]) << 8 + Int(bytes[place + 3])
            guard end >= place + 4, end <= bytes.count else { return nil }
            let segment = bytes[place + 4..<end]
            if marker == 0xe1, segment.starts(with: Array("Exif\0\0".utf8)) { return segment.dropFirst(6) }
            place = end
        }
        return nil
    }
}
