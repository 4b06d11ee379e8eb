import Foundation
import Martinet

// Images at places that a network computes.
extension ProgramBuilder {
    static let samplingOperators: [String: Operator] = [
        "GridSample": { (builder, node) throws(ONNXError) in try builder.gridSample(node) }
    ]

    private mutating func gridSample(_ node: NodeReader) throws(ONNXError) -> Operand {
        let x = try node.image(0)
        let grid = try node.tensor(1)
        try node.require(
            grid.shape.count == 4 && grid.shape[0] == x.shape[0] && grid.shape[3] == 2,
            "a grid [\(x.shape[0]), height, width, 2]", "the shape \(grid.shape)")
        let sampler = try GridSampler(node)
        let shape = [x.shape[0], x.shape[1], grid.shape[1], grid.shape[2]]
        let operands = [Operand.computed(physical(x, channelsLast: false)), plain(grid)]
        let result = try apply(node, operands, shape: shape) { _ in { sampler.sample($0[0], at: $0[1]) } }
        guard case .computed(var value) = result else { return result }
        // The grid's axes are not the image's.
        value.namesChannelsLast = false
        return .computed(value)
    }
}

/// Finds an image's values between its pixels, as `torch.nn.functional.grid_sample`.
private struct GridSampler {
    private enum Mode { case nearest, linear, cubic }
    private enum Outside { case zeros, border, reflection }

    private let mode: Mode
    private let outside: Outside
    private let alignsCorners: Bool

    init(_ node: NodeReader) throws(ONNXError) {
        let modes: [String: Mode] = [
            "nearest": .nearest, "linear": .linear, "bilinear": .linear, "cubic": .cubic, "bicubic": .cubic,
        ]
        let paddings: [String: Outside] = ["zeros": .zeros, "border": .border, "reflection": .reflection]
        let (name, padding) = (node.string("mode") ?? "linear", node.string("padding_mode") ?? "zeros")
        guard let mode = modes[name], let outside = paddings[padding] else {
            throw node.failure(expected: "a mode and a padding_mode that are known", found: "\(name), \(padding)")
        }
        (self.mode, self.outside) = (mode, outside)
        alignsCorners = try node.int("align_corners", or: 0) != 0
    }

    /// - Parameters:
    ///   - image: `[batch, channels, height, width]`.
    ///   - grid: `[batch, rows, columns, 2]`, x and y from -1 to 1.
    func sample(_ image: Tensor, at grid: Tensor) -> Tensor {
        let (batch, channels, height, width) = (image.shape[0], image.shape[1], image.shape[2], image.shape[3])
        let places = grid.shape[1] * grid.shape[2]
        let (pixels, coordinates) = (image.elements, grid.elements)
        var result = [Float](repeating: 0, count: batch * channels * places)
        for n in 0..<batch {
            for place in 0..<places {
                let at = 2 * (n * places + place)
                let columns = taps(coordinates[at], size: width)
                let rows = taps(coordinates[at + 1], size: height)
                for channel in 0..<channels {
                    let plane = (n * channels + channel) * height * width
                    var sum: Float = 0
                    for (row, rowWeight) in rows {
                        for (column, weight) in columns {
                            sum += rowWeight * weight * pixels[plane + row * width + column]
                        }
                    }
                    result[(n * channels + channel) * places + place] = sum
                }
            }
        }
        return Tensor(result, shape: [batch, channels, grid.shape[1], grid.shape[2]])
    }

    /// The pixels of an axis that count at a place, with what each counts; none that lie outside and are zero.
    private func taps(_ coordinate: Float, size: Int) -> [(index: Int, weight: Float)] {
        let (first, last) = alignsCorners ? (0, Double(size - 1)) : (-0.5, Double(size) - 0.5)
        var place = (Double(coordinate) + 1) / 2 * (last - first) + first
        // What is no number is taken for the middle; what is far away for less far away.
        place = place.isNaN ? Double(size - 1) / 2 : min(max(place, -1e9), 1e9)
        if mode == .nearest { place = place.rounded(.toNearestOrEven) }
        // A cubic has neighbours outside, which are limited one by one; a border's would not be the same before and after.
        let isLimitedLater = mode == .cubic && outside == .border
        if place < first || place > last, !isLimitedLater { place = inside(place, first, last, size) }
        let base = place.rounded(.down)
        let part = Float(place - base)
        let weights: [(Double, Float)]
        switch mode {
        case .nearest: weights = [(0, 1)]
        case .linear: weights = [(0, 1 - part), (1, part)]
        case .cubic: weights = [-1.0, 0, 1, 2].map { ($0, Self.cubic(Double(part) - $0)) }
        }
        return weights.compactMap { offset, weight in
            var index = base + offset
            if index < 0 || index > Double(size - 1) {
                guard outside != .zeros else { return nil }
                index = inside(index, first, last, size)
            }
            return (min(max(Int(index), 0), size - 1), weight)
        }
    }

    private func inside(_ place: Double, _ first: Double, _ last: Double, _ size: Int) -> Double {
        switch outside {
        case .zeros: return place
        case .border: return min(max(place, 0), Double(size - 1))
        case .reflection:
            let range = last - first
            guard range > 0 else { return first }
            let distance = place < first ? first - place : place - last
            guard distance > 0 else { return place }
            let turns = (distance / range).rounded(.down)
            let rest = distance - turns * range
            let isEven = turns.truncatingRemainder(dividingBy: 2) == 0
            return (place < first) == isEven ? first + rest : last - rest
        }
    }

    /// Keys's kernel with -0.75, as PyTorch's.
    private static func cubic(_ distance: Double) -> Float {
        let (a, d) = (-0.75, Swift.abs(distance))
        if d <= 1 { return Float(((a + 2) * d - (a + 3)) * d * d + 1) }
        return d < 2 ? Float(((a * d - 5 * a) * d + 8 * a) * d - 4 * a) : 0
    }
}
