/// How the values between pixels are made when a picture changes its size.
public enum Interpolation: String, Sendable, CaseIterable {
    /// The pixel that lies there; steps, and what lies between two of them is lost.
    case nearest

    /// Straight lines between neighbours.
    case bilinear

    /// Cubic curves through neighbours (Keys, "Cubic convolution interpolation for digital image processing", 1981, with
    /// a = -1/2).
    case bicubic

    /// How far the curve around a pixel reaches, in pixels.
    fileprivate var support: Double { self == .bicubic ? 2 : 1 }

    /// The curve around a pixel, at a distance from it.
    fileprivate func weight(_ distance: Double) -> Double {
        let x = abs(distance)
        switch self {
        case .nearest: return x <= 0.5 ? 1 : 0
        case .bilinear: return max(0, 1 - x)
        case .bicubic:
            let a = -0.5
            if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
            return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0
        }
    }
}

/// For each place along an axis of new size, the old places it is made of and their weights, which add up to 1.
///
/// Where the new axis is shorter, the curves are widened by the scale, so that every old pixel counts: antialiasing, as PIL
/// does it always and torchvision's `Resize` does by default.
struct ResamplingWeights {
    /// The old places of each new place.
    private(set) var sources: [Range<Int>] = []

    /// `width` weights for each new place, those behind its range 0.
    private(set) var weights: [Double]

    /// The most old places that a new one is made of.
    let width: Int

    /// For `bilinear` and `bicubic`.
    ///
    /// - Parameters:
    ///   - oldSize, newSize: of the axis.
    ///   - interpolation: how it is made.
    ///   - places: those of the new places that are wanted.
    init(from oldSize: Int, to newSize: Int, _ interpolation: Interpolation, places: Range<Int>) {
        let scale = Double(oldSize) / Double(newSize)
        let stretch = max(scale, 1)
        let support = interpolation.support * stretch
        width = Int(support.rounded(.up)) * 2 + 1
        weights = [Double](repeating: 0, count: places.count * width)
        for (index, place) in places.enumerated() {
            let centre = (Double(place) + 0.5) * scale
            let first = max(0, Int(centre - support + 0.5))
            let end = min(oldSize, Int(centre + support + 0.5))
            var sum = 0.0
            for source in first..<end {
                let weight = interpolation.weight((Double(source) - centre + 0.5) * (1 / stretch))
                weights[index * width + source - first] = weight
                sum += weight
            }
            if sum != 0 { for offset in 0..<end - first { weights[index * width + offset] /= sum } }
            sources.append(first..<end)
        }
    }

    /// The old places of the new `places`, for `nearest`.
    static func nearest(from oldSize: Int, to newSize: Int, places: Range<Int>) -> [Int] {
        let scale = Double(oldSize) / Double(newSize)
        // Added up as PIL does: what is rounded then is rounded here.
        var place = scale * 0.5
        for _ in 0..<places.lowerBound { place += scale }
        return places.map { _ in
            defer { place += scale }
            return min(Int(place), oldSize - 1)
        }
    }
}
