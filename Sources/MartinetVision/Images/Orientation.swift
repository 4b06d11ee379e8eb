/// How an image that is stored as the camera's sensor saw it must be turned to stand upright (Exif 2.3, tag 0x0112).
enum Orientation: UInt16 {
    case upright = 1
    case mirrored, upsideDown, flipped, transposed, turnedLeft, antitransposed, turnedRight

    /// Whether height and width change places.
    var swapsAxes: Bool { rawValue >= 5 }

    /// The orientation that EXIF data (a TIFF file of their own) name; nil if they name none or are broken.
    init?(exif: ArraySlice<UInt8>) {
        let bytes = Array(exif)
        let isLittleEndian = bytes.starts(with: Array("II".utf8))
        guard isLittleEndian || bytes.starts(with: Array("MM".utf8)) else { return nil }
        func number(at place: Int, size: Int) -> Int? {
            guard place >= 0, place + size <= bytes.count else { return nil }
            let part = bytes[place..<place + size]
            return (isLittleEndian ? part.reversed() : Array(part)).reduce(0) { $0 << 8 | Int($1) }
        }
        guard number(at: 2, size: 2) == 42, let directory = number(at: 4, size: 4),
            let entries = number(at: directory, size: 2)
        else { return nil }
        for entry in 0..<entries {
            let place = directory + 2 + 12 * entry
            guard let tag = number(at: place, size: 2) else { return nil }
            // A short number (type 3) stands at the front of the entry's four bytes for the value.
            if tag == 0x0112, number(at: place + 2, size: 2) == 3, let value = number(at: place + 8, size: 2) {
                self.init(rawValue: UInt16(value))
                return
            }
        }
        return nil
    }
}

extension Image {
    /// The image turned upright.
    func oriented(_ orientation: Orientation) -> Image {
        guard orientation != .upright else { return self }
        let (newHeight, newWidth) = orientation.swapsAxes ? (width, height) : (height, width)
        let pixels = [UInt8](unsafeUninitializedCapacity: self.pixels.count) { out, count in
            for row in 0..<newHeight {
                for column in 0..<newWidth {
                    let (fromRow, fromColumn) = source(orientation, row, column)
                    let (to, from) = ((row * newWidth + column) * channels, (fromRow * width + fromColumn) * channels)
                    for channel in 0..<channels { out[to + channel] = self.pixels[from + channel] }
                }
            }
            count = self.pixels.count
        }
        return Image(pixels: pixels, height: newHeight, width: newWidth, channels: channels)
    }

    /// Where in this image a pixel of the upright one is.
    private func source(_ orientation: Orientation, _ row: Int, _ column: Int) -> (row: Int, column: Int) {
        switch orientation {
        case .upright: (row, column)
        case .mirrored: (row, width - 1 - column)
        case .upsideDown: (height - 1 - row, width - 1 - column)
        case .flipped: (height - 1 - row, column)
        case .transposed: (column, row)
        case .turnedLeft: (height - 1 - column, row)
        case .antitransposed: (height - 1 - column, width - 1 - row)
        case .turnedRight: (column, width - 1 - row)
        }
    }
}
