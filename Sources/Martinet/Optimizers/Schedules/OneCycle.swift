import Foundation
import MartinetBase

extension Schedule {
    /// The curve between two phases' ends.
    public enum Annealing: Sendable {
        case cosine, linear

        /// From `start` at 0 to `end` at 1.
        fileprivate func between(_ start: Double, _ end: Double, at fraction: Double) -> Double {
            switch self {
            case .cosine: end + (start - end) / 2 * (cos(Double.pi * fraction) + 1)
            case .linear: start + (end - start) * fraction
            }
        }
    }

    /// Up to the base rate and down to nearly nothing, the momentum the other way round (Smith and Topin, arXiv
    /// 1708.07120). As `OneCycleLR`, whose `max_lr` is here the group's base rate. After the last step it stays where it is.
    ///
    /// - Parameters:
    ///   - steps: those of the whole training; nil leaves it to who applies the schedule, as `fit` does.
    ///   - warmup: the part of them in which the rate climbs; `pct_start`.
    ///   - annealing: the curve.
    ///   - threePhase: come down to the start first, as steeply as up, and to the minimum in what remains.
    ///   - divisor: the base rate over the first one; `div_factor`.
    ///   - finalDivisor: the first rate over the last one; `final_div_factor`.
    ///   - momentum: the smallest and the largest momentum; nil to leave it alone. For `Adam` it is the first of the betas.
    public static func oneCycle(
        steps: Int? = nil, warmup: Double = 0.3, annealing: Annealing = .cosine, threePhase: Bool = false,
        divisor: Double = 25, finalDivisor: Double = 1e4, momentum: ClosedRange<Double>? = 0.85...0.95
    ) -> Schedule {
        guard let steps else {
            return Schedule(overTraining: {
                .oneCycle(
                    steps: $0, warmup: warmup, annealing: annealing, threePhase: threePhase, divisor: divisor,
                    finalDivisor: finalDivisor, momentum: momentum)
            })
        }
        require(
            steps > 0 && (0...1).contains(warmup) && divisor > 0 && finalDivisor > 0,
            "Schedule.oneCycle: \(steps) steps, warmup \(warmup), divisors \(divisor) and \(finalDivisor)")
        // Where each phase ends, and the rate (as a part of the base rate) and the momentum that it begins and ends with.
        let top = Double(steps) * warmup - 1
        let start = 1 / divisor
        let end = start / finalDivisor
        let (slow, fast) = (momentum?.upperBound ?? 0, momentum?.lowerBound ?? 0)
        let last = Double(steps - 1)
        let up = Phase(end: top, rate: (start, 1), momentum: (slow, fast))
        let phases =
            threePhase
            ? [
                up, Phase(end: 2 * top, rate: (1, start), momentum: (fast, slow)),
                Phase(end: last, rate: (start, end), momentum: (slow, slow)),
            ] : [up, Phase(end: last, rate: (1, end), momentum: (fast, slow))]

        let place = { @Sendable (step: Int) -> (phase: Phase, fraction: Double) in
            let position = min(Double(step), last)
            let index = phases.firstIndex { position <= $0.end } ?? phases.count - 1
            let begin = index == 0 ? 0 : phases[index - 1].end
            let length = phases[index].end - begin
            return (phases[index], length > 0 ? (position - begin) / length : 1)
        }
        return Schedule(length: steps) { step in
            let (phase, fraction) = place(step)
            return momentum == nil ? nil : annealing.between(phase.momentum.0, phase.momentum.1, at: fraction)
        } rate: { step, base in
            let (phase, fraction) = place(step)
            return base * annealing.between(phase.rate.0, phase.rate.1, at: fraction)
        }
    }

    private struct Phase: Sendable {
        let end: Double
        let rate: (Double, Double)
        let momentum: (Double, Double)
    }
}
