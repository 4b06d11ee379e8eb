import Martinet
import MartinetBase

extension Image {
    /// The image in another size, bit for bit as PIL's `resize`: bilinear and bicubic are antialiased, computed in fixed
    /// point, first along the rows and then along the columns.
    ///
    /// - Parameters:
    ///   - height: of the new image.
    ///   - width: of the new image.
    ///   - interpolation: how it is made.
    public func resized(height: Int, width: Int, interpolation: Interpolation = .bilinear) -> Image {
        require(height > 0 && width > 0, "Image.resized: expected a positive size, found \([height, width])")
        return resized(
            height: height, width: width, rows: 0..<height, columns: 0..<width, interpolation: interpolation)
    }

    /// The result of `resized` and then `centerCropped`, without computing what is cut off. An image may be so narrow that no
    /// memory would hold the whole of it in its new size.
    func resized(height: Int, width: Int, croppedTo crop: CenterCrop, interpolation: Interpolation) -> Image {
        let (top, left) = (Self.centerStart(height, crop.height), Self.centerStart(width, crop.width))
        let piece = resized(
            height: height, width: width, rows: max(top, 0)..<min(top + crop.height, height),
            columns: max(left, 0)..<min(left + crop.width, width), interpolation: interpolation)
        return piece.cropped(top: min(top, 0), left: min(left, 0), height: crop.height, width: crop.width)
    }

    /// Of the image in another size the piece of these rows and columns.
    private func resized(
        height: Int, width: Int, rows: Range<Int>, columns: Range<Int>, interpolation: Interpolation
    ) -> Image {
        if interpolation == .nearest { return nearest(height: height, width: width, rows: rows, columns: columns) }
        let horizontal = FixedPointWeights(from: self.width, to: width, interpolation, places: columns)
        let vertical = FixedPointWeights(from: self.height, to: height, interpolation, places: rows)
        let (lines, across) = (vertical?.reach ?? rows, horizontal?.reach ?? columns)
        let source = cropped(top: lines.lowerBound, left: across.lowerBound, height: lines.count, width: across.count)
        var pixels = source.pixels
        if let horizontal { pixels = horizontal.applied(to: pixels, outer: lines.count, inner: channels) }
        if let vertical { pixels = vertical.applied(to: pixels, outer: 1, inner: columns.count * channels) }
        return Image(pixels: pixels, height: rows.count, width: columns.count, channels: channels)
    }

    private func nearest(height: Int, width: Int, rows: Range<Int>, columns: Range<Int>) -> Image {
        let fromRows = ResamplingWeights.nearest(from: self.height, to: height, places: rows)
        let fromColumns = ResamplingWeights.nearest(from: self.width, to: width, places: columns)
        let size = rows.count * columns.count * channels
        let pixels = [UInt8](unsafeUninitializedCapacity: size) { out, count in
            for (row, fromRow) in fromRows.enumerated() {
                for (column, fromColumn) in fromColumns.enumerated() {
                    for channel in 0..<channels {
                        out[(row * columns.count + column) * channels + channel] =
                            self.pixels[(fromRow * self.width + fromColumn) * channels + channel]
                    }
                }
            }
            count = size
        }
        return Image(pixels: pixels, height: rows.count, width: columns.count, channels: channels)
    }

    /// The piece of `height` x `width` pixels whose first pixel is at (`top`, `left`); black where that lies outside.
    public func cropped(top: Int, left: Int, height: Int, width: Int) -> Image {
        require(height > 0 && width > 0, "Image.cropped: expected a positive size, found \([height, width])")
        if (top, left, height, width) == (0, 0, self.height, self.width) { return self }
        var pixels = [UInt8](repeating: 0, count: height * width * channels)
        let columns = max(0, -left)..<max(max(0, -left), min(width, self.width - left))
        for row in 0..<height where top + row >= 0 && top + row < self.height && !columns.isEmpty {
            let source = ((top + row) * self.width + left + columns.lowerBound) * channels
            let target = (row * width + columns.lowerBound) * channels
            let size = columns.count * channels
            pixels.replaceSubrange(target..<target + size, with: self.pixels[source..<source + size])
        }
        return Image(pixels: pixels, height: height, width: width, channels: channels)
    }

    /// The piece in the middle, as torchvision's `CenterCrop`; black around the image where it is smaller.
    public func centerCropped(height: Int, width: Int) -> Image {
        cropped(
            top: Self.centerStart(self.height, height), left: Self.centerStart(self.width, width), height: height,
            width: width)
    }

    /// Where a piece in the middle starts. Half a pixel goes to the even side, as Python rounds; a border that is added is wider
    /// at the end.
    private static func centerStart(_ size: Int, _ wanted: Int) -> Int {
        size < wanted ? -((wanted - size) / 2) : Int((Double(size - wanted) / 2).rounded(.toNearestOrEven))
    }
}

/// Weights for bytes: whole numbers, 2^22 for 1.
private struct FixedPointWeights {
    private static let bits = 22

    /// The old places that the new ones are made of.
    let reach: Range<Int>
    private let width: Int
    /// Counted from the first of `reach`.
    private let sources: [Range<Int>]
    private let weights: [Int32]

    /// Those of some of the new places; nil if the size stays.
    init?(from old: Int, to new: Int, _ interpolation: Interpolation, places: Range<Int>) {
        guard old != new else { return nil }
        let exact = ResamplingWeights(from: old, to: new, interpolation, places: places)
        let reach = exact.sources.first!.lowerBound..<exact.sources.last!.upperBound
        self.reach = reach
        width = exact.width
        sources = exact.sources.map { $0.lowerBound - reach.lowerBound..<$0.upperBound - reach.lowerBound }
        weights = exact.weights.map { Int32($0 * Double(1 << Self.bits) + ($0 < 0 ? -0.5 : 0.5)) }
    }

    /// `pixels` being `[outer, reach, inner]`, the same with the new places as the middle axis.
    func applied(to pixels: [UInt8], outer: Int, inner: Int) -> [UInt8] {
        let (old, new) = (reach.count, sources.count)
        return [UInt8](unsafeUninitializedCapacity: outer * new * inner) { out, count in
            pixels.withUnsafeBufferPointer { pixels in
                for line in 0..<outer {
                    for place in 0..<new {
                        let source = UnsafeBufferPointer(
                            rebasing: pixels[
                                (line * old + sources[place].lowerBound)
                                    * inner..<(line * old + sources[place].upperBound) * inner])
                        let target = UnsafeMutableBufferPointer(
                            rebasing: out[(line * new + place) * inner..<(line * new + place + 1) * inner])
                        if inner <= 4 {
                            sumOfPixels(source, place, into: target)
                        } else {
                            sumOfLines(source, place, into: target)
                        }
                    }
                }
            }
            count = outer * new * inner
        }
    }

    /// One new pixel of old ones beside each other.
    private func sumOfPixels(
        _ source: UnsafeBufferPointer<UInt8>, _ place: Int, into target: UnsafeMutableBufferPointer<UInt8>
    ) {
        let channels = target.count
        for channel in 0..<channels {
            // What is cut off later is rounded thereby.
            var sum: Int32 = 1 << (Self.bits - 1)
            var index = place * width
            for element in stride(from: channel, to: source.count, by: channels) {
                sum &+= Int32(source[element]) &* weights[index]
                index += 1
            }
            target[channel] = Self.byte(sum)
        }
    }

    /// One new line of old ones below each other.
    private func sumOfLines(
        _ source: UnsafeBufferPointer<UInt8>, _ place: Int, into target: UnsafeMutableBufferPointer<UInt8>
    ) {
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: target.count) { sums in
            sums.update(repeating: 1 << (Self.bits - 1))
            for line in 0..<source.count / target.count {
                let weight = weights[place * width + line]
                let start = line * target.count
                for element in 0..<target.count { sums[element] &+= Int32(source[start + element]) &* weight }
            }
            for element in 0..<target.count { target[element] = Self.byte(sums[element]) }
        }
    }

    private static func byte(_ sum: Int32) -> UInt8 { UInt8(min(max(sum >> bits, 0), 255)) }
}

/// An image of floats in another size, as torchvision resizes tensors: antialiased, without rounding in between.
func resized(_ image: NDArray, height: Int, width: Int, interpolation: Interpolation) -> NDArray {
    guard let shape = ImageShape(image, of: "resized") else { return image }
    let alongRows = resampled(
        image, outer: shape.height, from: shape.width, to: width, inner: shape.channels, interpolation)
    return resampled(
        alongRows, outer: 1, from: shape.height, to: height, inner: width * shape.channels, interpolation
    ).reshaped([height, width, shape.channels])
}

/// `array` being `[outer, old, inner]`, the same with the middle axis in the size `new`.
private func resampled(
    _ array: NDArray, outer: Int, from old: Int, to new: Int, inner: Int, _ interpolation: Interpolation
) -> NDArray {
    guard old != new else { return array.reshaped([outer, new, inner]) }
    let nearest = interpolation == .nearest ? ResamplingWeights.nearest(from: old, to: new, places: 0..<new) : []
    let weights =
        interpolation == .nearest ? nil : ResamplingWeights(from: old, to: new, interpolation, places: 0..<new)
    return NDArray(shape: [outer, new, inner]) { out in
        array.withUnsafePointer { source in
            for line in 0..<outer {
                for place in 0..<new {
                    let target = out + (line * new + place) * inner
                    target.update(repeating: 0, count: inner)
                    for (index, from) in (weights?.sources[place] ?? nearest[place]..<nearest[place] + 1).enumerated() {
                        let weight = weights.map { Float($0.weights[place * $0.width + index]) } ?? 1
                        let start = source + (line * old + from) * inner
                        for element in 0..<inner { target[element] += weight * start[element] }
                    }
                }
            }
        }
    }
}
