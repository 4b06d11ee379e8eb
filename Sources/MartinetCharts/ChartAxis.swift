import Foundation

/// How a chart's axis is divided.
public enum ChartScale: Sendable {
    case linear

    /// By powers of ten; values that are not positive have no place on it and are left out.
    case logarithmic
}

/// An axis: the range of its values, where its ticks are, and how they are written.
struct ChartAxis {
    let range: ClosedRange<Double>
    let ticks: [Double]
    private let decimals: Int
    private let scale: ChartScale

    /// A linear axis for `values`, whose ticks are 1, 2 or 5 times a power of ten apart.
    ///
    /// - Parameters:
    ///   - values: what it must have room for; those that are not finite count for nothing.
    ///   - ticks: about how many ticks there should be.
    ///   - isTight: whether it ends at the values, instead of at a tick beyond them.
    ///   - isWhole: whether ticks must be whole numbers.
    init(_ values: [Double], ticks wanted: Int = 8, isTight: Bool = false, isWhole: Bool = false) {
        // Larger numbers make spans that overflow.
        let values = values.filter { abs($0) < 1e300 }
        var low = values.min() ?? 0
        var high = values.max() ?? 1
        // A span that is nothing, or next to nothing in relation to the values, is widened to be one.
        let widest = max(abs(low), abs(high))
        if high - low <= widest * 1e-9 {
            let margin = widest == 0 ? 0.5 : isWhole ? 0.5 : widest * 0.05
            (low, high) = (low - margin, high + margin)
        }
        let step = max(Self.niceStep((high - low) / Double(wanted)), isWhole ? 1 : 0)
        // Rounding must not add a tick beyond a value that is one.
        let first = isTight ? (low / step - 1e-6).rounded(.up) : (low / step + 1e-6).rounded(.down)
        let last = isTight ? (high / step + 1e-6).rounded(.down) : (high / step - 1e-6).rounded(.up)
        ticks = (0...max(0, Int(last - first))).map { (first + Double($0)) * step }
        range = isTight ? low...high : min(low, first * step)...max(high, last * step)
        decimals = max(0, Int((-log10(step) - 1e-9).rounded(.up)))
        scale = .linear
    }

    /// A logarithmic axis for those of `values` that are positive: from a power of ten to another, with at most about
    /// `ticks` ticks, all of them powers of ten.
    init(logarithmic values: [Double], ticks wanted: Int = 8) {
        let exponents = values.filter { $0 > 0 && $0 < 1e300 }.map { log10($0) }
        let low = (exponents.min() ?? 0) + 1e-9
        let high = (exponents.max() ?? 1) - 1e-9
        let first = low.rounded(.down)
        let last = max(high.rounded(.up), first + 1)
        let step = max(1, ((last - first) / Double(wanted)).rounded(.up))
        ticks = stride(from: first, through: last, by: step).map { pow(10, $0) }
        range = pow(10, first)...pow(10, last)
        decimals = 0
        scale = .logarithmic
    }

    /// The smallest of 1, 2, 5 times a power of ten that is not below `step`.
    private static func niceStep(_ step: Double) -> Double {
        let power = pow(10, log10(step).rounded(.down))
        return power * ([1, 2, 5].first { $0 * power >= step * (1 - 1e-9) } ?? 10)
    }

    /// A tick's text, with as many decimals as the ticks' distance needs.
    func label(_ tick: Double) -> String {
        if scale == .logarithmic {
            let exponent = log10(tick).rounded()
            return abs(exponent) <= 3 ? String(format: "%g", tick) : String(format: "1e%.0f", exponent)
        }
        let largest = max(abs(range.lowerBound), abs(range.upperBound))
        guard decimals <= 6, largest < 1e7 else { return String(format: "%.4g", tick) }
        let text = String(format: "%.\(decimals)f", tick)
        return Double(text) == 0 ? String(text.drop { $0 == "-" }) : text
    }

    /// Where `value` is between `start`, the place of the lower end, and `end`.
    func place(_ value: Double, from start: Double, to end: Double) -> Double {
        let (value, low, high) =
            scale == .linear
            ? (value, range.lowerBound, range.upperBound)
            : (log10(value), log10(range.lowerBound), log10(range.upperBound))
        return start + (value - low) / (high - low) * (end - start)
    }
}
