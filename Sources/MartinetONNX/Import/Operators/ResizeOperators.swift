import Foundation
import Martinet

// Other sizes of an image.
extension ProgramBuilder {
    static let resizeOperators: [String: Operator] = [
        "Resize": { (builder, node) throws(ONNXError) in try builder.resize(node) },
        "Upsample": { (builder, node) throws(ONNXError) in try builder.resize(node) },
    ]

    private mutating func resize(_ node: NodeReader) throws(ONNXError) -> Operand {
        let x = try node.tensor(0)
        let rank = x.shape.count
        // From operator set 11 on, a region of interest comes before the scales.
        let isOld = node.operatorSet < 11 || node.node.operation == "Upsample"
        let rule = try ResizeRule(node, isOld: isOld)
        let axes =
            try node.ints("axes").map { (axes) throws(ONNXError) in try node.axes(axes, rank: rank) } ?? Array(0..<rank)
        var (shape, scales) = (x.shape, [Float](repeating: 1, count: rank))
        if let factors = try resizeFactors(node, at: isOld ? 1 : 2) {
            try node.require(
                factors.count == axes.count && factors.allSatisfy { $0 > 0 && $0 <= Float(NodeReader.largestSize) },
                "\(axes.count) scales above 0", "\(factors)")
            for (axis, factor) in zip(axes, factors) {
                let size = (Float(shape[axis]) * factor).rounded(.down)
                try node.require(size >= 1 && size <= Float(NodeReader.largestSize), "a size to resize to", "\(size)")
                (shape[axis], scales[axis]) = (Int(size), factor)
            }
        } else {
            let sizes = try node.integers(3)
            let policy = node.string("keep_aspect_ratio_policy") ?? "stretch"
            let policies = ["stretch", "not_larger", "not_smaller"]
            try node.require(policies.contains(policy), "one of \(policies)", policy)
            try node.require(
                sizes.count == axes.count && sizes.allSatisfy { (1...NodeReader.largestSize).contains($0) },
                "\(axes.count) sizes of at least 1", "\(sizes)")
            let ratios = zip(axes, sizes).map { Float($1) / Float(shape[$0]) }
            let common = policy == "not_larger" ? ratios.min() : policy == "not_smaller" ? ratios.max() : nil
            for (index, axis) in axes.enumerated() {
                scales[axis] = common ?? ratios[index]
                let size = common.map { (Float(shape[axis]) * $0 + 0.5).rounded(.down) } ?? Float(sizes[index])
                try node.require(size >= 1 && size <= Float(NodeReader.largestSize), "a size to resize to", "\(size)")
                shape[axis] = Int(size)
            }
        }
        let changed = axes.filter { shape[$0] != x.shape[$0] || scales[$0] != 1 }
        let taps = changed.map { axis in
            (axis: axis, taps: rule.taps(input: x.shape[axis], output: shape[axis], scale: Double(scales[axis])))
        }
        return try apply(node, [x], shape: shape) { isChannelsLast in
            let places = taps.map { (Self.position(of: $0.axis, isChannelsLast: isChannelsLast), $0.taps) }
            return { inputs in places.reduce(inputs[0]) { weighted($0, axis: $1.0, taps: $1.1) } }
        }
    }

    /// The scales, nil where the node has sizes instead.
    private func resizeFactors(_ node: NodeReader, at index: Int) throws(ONNXError) -> [Float]? {
        if let attribute = node.node.attributes["scales"] { return attribute.floats }
        guard let operand = node.optional(index), !operand.shape.contains(0) else { return nil }
        return try node.weight(index).array.elements
    }
}

/// Elements of an axis, and what each counts in the result's.
private struct Tap: Sendable {
    var indices: [Int]
    var weights: [Float]
}

/// The sum of an axis's elements at the taps, by their weights.
@Sendable private func weighted(_ x: Tensor, axis: Int, taps: [Tap]) -> Tensor {
    var shape = [Int](repeating: 1, count: x.shape.count)
    shape[axis] = taps[0].indices.count
    let parts = taps.map { tap in
        let chosen = x.selecting(tap.indices, axis: axis)
        return tap.weights.allSatisfy { $0 == 1 } ? chosen : chosen * Tensor(array: NDArray(tap.weights, shape: shape))
    }
    return parts.dropFirst().reduce(parts[0]) { $0 + $1 }
}

/// How a `Resize` finds and mixes elements.
private struct ResizeRule {
    private let mode, coordinates, nearest: String
    private let cubic: Double
    private let excludesOutside, antialiases: Bool

    /// - Parameter isOld: operator set 10 and `Upsample`, which know one rule only.
    init(_ node: NodeReader, isOld: Bool) throws(ONNXError) {
        mode = node.string("mode") ?? "nearest"
        coordinates = isOld ? "asymmetric" : node.string("coordinate_transformation_mode") ?? "half_pixel"
        nearest = isOld ? "floor" : node.string("nearest_mode") ?? "round_prefer_floor"
        cubic = Double(try node.float("cubic_coeff_a", or: -0.75))
        excludesOutside = try node.int("exclude_outside", or: 0) != 0
        antialiases = try node.int("antialias", or: 0) != 0
        try node.require(["nearest", "linear", "cubic"].contains(mode), "nearest, linear or cubic as the mode", mode)
        let known = ["half_pixel", "pytorch_half_pixel", "half_pixel_symmetric", "align_corners", "asymmetric"]
        try node.require(known.contains(coordinates), "one of \(known)", coordinates)
        let rules = ["floor", "ceil", "round_prefer_floor", "round_prefer_ceil"]
        try node.require(rules.contains(nearest), "one of \(rules)", nearest)
    }

    /// - Parameters:
    ///   - input, output: the axis's sizes.
    ///   - scale: by how much it gets larger.
    func taps(input: Int, output: Int, scale: Double) -> [Tap] {
        let places = (0..<output).map { place(of: Double($0), input: input, output: output, scale: scale) }
        func limited(_ index: Double) -> Int { max(0, min(Int(index), input - 1)) }
        switch mode {
        case "nearest":
            return [Tap(indices: places.map { limited(rounded($0)) }, weights: [Float](repeating: 1, count: output))]
        case "linear" where !antialiases && !excludesOutside:
            return [0.0, 1.0].map { offset in
                Tap(
                    indices: places.map { limited($0.rounded(.down) + offset) },
                    weights: places.map { place in
                        let part = place - place.rounded(.down)
                        return Float(offset == 0 ? 1 - part : part)
                    })
            }
        case "linear": return filteredTaps(places, input: input, scale: scale, radius: 1) { max(0, 1 - abs($0)) }
        default: return filteredTaps(places, input: input, scale: scale, radius: 2, keys)
        }
    }

    private func place(of index: Double, input: Int, output: Int, scale: Double) -> Double {
        switch coordinates {
        case "asymmetric": return index / scale
        case "align_corners":
            // As ONNX's suite has it: the size before it is rounded down.
            let last = Double(input) * scale - 1
            return output == 1 || last <= 0 ? 0 : index * Double(input - 1) / last
        case "pytorch_half_pixel" where output == 1: return 0
        case "half_pixel_symmetric":
            let share = Double(output) / (Double(input) * scale)
            return Double(input) / 2 * (1 - share) + (index + 0.5) / scale - 0.5
        default: return (index + 0.5) / scale - 0.5
        }
    }

    private func rounded(_ place: Double) -> Double {
        switch nearest {
        case "floor": place.rounded(.down)
        case "ceil": place.rounded(.up)
        case "round_prefer_ceil": (place + 0.5).rounded(.down)
        default: (place - 0.5).rounded(.up)
        }
    }

    /// Keys's kernel (Cubic convolution interpolation, 1981).
    private func keys(_ distance: Double) -> Double {
        let (a, d) = (cubic, abs(distance))
        if d <= 1 { return ((a + 2) * d - (a + 3)) * d * d + 1 }
        return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0
    }

    /// Neighbours by a kernel, which is wider where the result is smaller and aliases are to be filtered out.
    private func filteredTaps(
        _ places: [Double], input: Int, scale: Double, radius: Double, _ kernel: (Double) -> Double
    ) -> [Tap] {
        let narrowing = antialiases ? min(scale, 1) : 1
        // No further than the image: what is beyond has no other elements.
        let reach = min((radius / narrowing).rounded(.up), Double(input) + radius)
        let offsets = Array(stride(from: 1 - reach, through: reach, by: 1))
        let weights = places.map { place -> [Double] in
            let base = place.rounded(.down)
            let all = offsets.map { offset -> Double in
                let isOutside = base + offset < 0 || base + offset > Double(input - 1)
                return excludesOutside && isOutside ? 0 : kernel((place - base - offset) * narrowing)
            }
            let sum = excludesOutside || antialiases ? all.reduce(0, +) : 1
            return all.map { $0 / sum }
        }
        return offsets.indices.map { tap in
            Tap(
                indices: places.map { max(0, min(Int($0.rounded(.down) + offsets[tap]), input - 1)) },
                weights: weights.map { Float($0[tap]) })
        }
    }
}
