import Martinet
import MartinetBase

extension Image {
    /// Images of one size in rows, from left to right, with a line of dark grey around each.
    ///
    /// - Parameters:
    ///   - images: at least one; all of the same size and number of channels.
    ///   - columns: how many there are in a row; by default as many as make the sheet about square.
    ///   - scale: how many pixels wide and high each pixel becomes.
    public static func contactSheet(_ images: [Image], columns: Int? = nil, scale: Int = 1) -> Image {
        require(!images.isEmpty && scale > 0, "contactSheet: expected images and a positive scale")
        let (height, width, channels) = (images[0].height, images[0].width, images[0].channels)
        require(
            images.allSatisfy { $0.height == height && $0.width == width && $0.channels == channels },
            "contactSheet: expected images of one size, \([height, width, channels])")
        let columns = min(columns ?? Int(Double(images.count).squareRoot().rounded(.up)), images.count)
        let rows = (images.count + columns - 1) / columns
        let (cellHeight, cellWidth) = (height * scale + 1, width * scale + 1)
        let (sheetHeight, sheetWidth) = (rows * cellHeight + 1, columns * cellWidth + 1)
        var pixels = [UInt8](repeating: 40, count: sheetHeight * sheetWidth * channels)
        for (index, image) in images.enumerated() {
            let (top, left) = (index / columns * cellHeight + 1, index % columns * cellWidth + 1)
            for y in 0..<height * scale {
                for x in 0..<width * scale {
                    let from = (y / scale * width + x / scale) * channels
                    let to = ((top + y) * sheetWidth + left + x) * channels
                    for channel in 0..<channels { pixels[to + channel] = image.pixels[from + channel] }
                }
            }
        }
        return Image(pixels: pixels, height: sheetHeight, width: sheetWidth, channels: channels)
    }

    /// The channels of a layer's output as grey images, each from its smallest value, black, to its largest, white.
    ///
    /// - Parameters:
    ///   - features: `[1, height, width, channels]`.
    ///   - limit: only so many of the channels.
    public static func featureMaps(_ features: Tensor, limit: Int = 64) -> [Image] {
        require(
            features.shape.count == 4 && features.shape[0] == 1,
            "featureMaps: expected [1, height, width, channels], found \(features.shape)")
        let (height, width, channels) = (features.shape[1], features.shape[2], features.shape[3])
        let elements = features.elements
        return (0..<min(limit, channels)).map { channel in
            let map = stride(from: channel, to: elements.count, by: channels).map { elements[$0] }
            return Image(stretched(map), height: height, width: width, channels: 1)
        }
    }

    /// The filters of a first convolution as images, each from its smallest weight to its largest: in colour where it sees
    /// three channels, else the weights of its first channel in grey.
    ///
    /// - Parameters:
    ///   - weight: `[kernel height, kernel width, input channels, filters]`.
    ///   - limit: only so many of the filters.
    public static func filters(_ weight: Tensor, limit: Int = 64) -> [Image] {
        require(
            weight.shape.count == 4, "filters: expected [height, width, channels, filters], found \(weight.shape)")
        let (height, width, inputs, outputs) = (weight.shape[0], weight.shape[1], weight.shape[2], weight.shape[3])
        let shown = inputs == 3 ? 3 : 1
        let elements = weight.elements
        return (0..<min(limit, outputs)).map { filter in
            let weights = (0..<height * width).flatMap { tap in
                (0..<shown).map { elements[(tap * inputs + $0) * outputs + filter] }
            }
            return Image(stretched(weights), height: height, width: width, channels: shown)
        }
    }

    private init(_ values: [Float], height: Int, width: Int, channels: Int) {
        self.init(Tensor(values, shape: [height, width, channels]))
    }
}

/// The values from 0, the smallest, to 1, the largest; all 0 where they are equal or not finite.
private func stretched(_ values: [Float]) -> [Float] {
    guard let low = values.min(), let high = values.max(), high > low, (high - low).isFinite else {
        return values.map { _ in 0 }
    }
    return values.map { ($0 - low) / (high - low) }
}
