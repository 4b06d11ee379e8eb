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
