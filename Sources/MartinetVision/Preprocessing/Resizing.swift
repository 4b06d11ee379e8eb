import Martinet

extension Image {
    /// The picture in another size, bit for bit as PIL's `resize`: bilinear and bicubic are antialiased, computed in fixed
    /// point, first along the rows and then along the columns.
    ///
    /// - Parameters:
    ///   - height: of the new picture.
    ///   - width: of the new picture.
    ///   - interpolation: how it is made.
    public func resized(height: Int, width: Int, interpolation: Interpolation = .bilinear) -> Image {
        precondition(height > 0 && width > 0, "Image.resized: expected a positive size, found \([height, width])")
        if height == self.height && width == self.width { return self }
        if interpolation == .nearest { return nearest(height: height, width: width) }
        var pixels = self.pixels
        if width != self.width {
            let weights = FixedPointWeights(from: self.width, to: width, interpolation)
            pixels = weights.applied(to: pixels, outer: self.height, inner: channels)
        }
        if height != self.height {
            let weights = FixedPointWeights(from: self.height, to: height, interpolation)
            pixels = weights.applied(to: pixels, outer: 1, inner: width * channels)
        }
        return Image(pixels: pixels, height: height, width: width, channels: channels)
    }

    private func nearest(height: Int, width: Int) -> Image {
        let rows = ResamplingWeights.nearest(from: self.height, to: height)
        let columns = ResamplingWeights.nearest(from: self.width, to: width)
        let pixels = [UInt8](unsafeUninitializedCapacity: height * width * channels) { out, count in
            for (row, fromRow) in rows.enumerated() {
                for (column, fromColumn) in columns.enumerated() {
                    for channel in 0..<channels {
                        out[(row * width + column) * channels + channel] =
                            self.pixels[(fromRow * self.width + fromColumn) * channels + channel]
                    }
                }
            }
            count = height * width * channels
        }
        return Image(pixels: pixels, height: height, width: width, channels: channels)
    }

    /// The piece of `height` x `width` pixels whose first pixel is at (`top`, `left`); black where that lies outside.
    public func cropped(top: Int, left: Int, height: Int, width: Int) -> Image {
        precondition(height > 0 && width > 0, "Image.cropped: expected a positive size, found \([height, width])")
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

    /// The piece in the middle, as torchvision's `CenterCrop`; black around the picture where it is smaller.
    public func centerCropped(height: Int, width: Int) -> Image {
        /// Half a pixel goes to the even side, as Python rounds; a border that is added is wider at the end.
        func start(_ size: Int, _ wanted: Int) -> Int {
            size < wanted ? -((wanted - size) / 2) : Int((Double(size - wanted) / 2).rounded(.toNearestOrEven))
        }
        return cropped(top: start(self.height, height), left: start(self.width, width), height: height, width: width)
    }
}

/// Weights for bytes: whole numbers, 2^22 for 1.
private struct FixedPointWeights {
    private static let bits = 22

    private let old: Int
    private let width: Int
    private let sources: [Range<Int>]
    private let weights: [Int32]

    init(from old: Int, to new: Int, _ interpolation: Interpolation) {
        let exact = ResamplingWeights(from: old, to: new, interpolation)
        self.old = old
        width = exact.width
        sources = exact.sources
        weights = exact.weights.map { Int32($0 * Double(1 << Self.bits) + ($0 < 0 ? -0.5 : 0.5)) }
    }

    /// `pixels` being `[outer, old, inner]`, the same with the middle axis in its new size.
    func applied(to pixels: [UInt8], outer: Int, inner: Int) -> [UInt8] {
        let new = sources.count
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
    let shape = ImageShape(image, of: "resized")
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
    let nearest = interpolation == .nearest ? ResamplingWeights.nearest(from: old, to: new) : []
    let weights = interpolation == .nearest ? nil : ResamplingWeights(from: old, to: new, interpolation)
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
