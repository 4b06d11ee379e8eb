import Foundation
import MartinetBase

extension Schedule {
    /// Always the base rate.
    public static let constant = Schedule { _, base in base }

    /// The base rate times `factor` for `steps`, then the base rate. As `ConstantLR`.
    public static func constant(factor: Double = 1.0 / 3, steps: Int) -> Schedule {
        Schedule(length: steps) { step, base in step < steps ? base * factor : base }
    }

    /// The base rate times a factor that goes in a straight line from `startFactor` to `endFactor` within `steps`, and
    /// stays there. As `LinearLR`.
    public static func linear(startFactor: Double = 1.0 / 3, endFactor: Double = 1, steps: Int) -> Schedule {
        require(steps > 0, "Schedule.linear: \(steps) steps, expected at least one")
        return Schedule(length: steps) { step, base in
            base * (startFactor + (endFactor - startFactor) * Double(min(step, steps)) / Double(steps))
        }
    }

    /// From `startFactor` times the base rate to the base rate in a straight line. As `LinearLR`.
    public static func warmup(_ steps: Int, startFactor: Double = 1.0 / 3) -> Schedule {
        linear(startFactor: startFactor, endFactor: 1, steps: steps)
    }

    /// Times `gamma` every `size` steps. As `StepLR`.
    public static func step(size: Int, gamma: Double = 0.1) -> Schedule {
        require(size > 0, "Schedule.step: a step size of \(size), expected at least one")
        return Schedule { step, base in base * pow(gamma, Double(step / size)) }
    }

    /// Times `gamma` at each milestone. As `MultiStepLR`.
    public static func multiStep(milestones: [Int], gamma: Double = 0.1) -> Schedule {
        Schedule { step, base in base * pow(gamma, Double(milestones.count { $0 <= step })) }
    }

    /// Times `gamma` at each step. As `ExponentialLR`.
    public static func exponential(gamma: Double) -> Schedule {
        Schedule { step, base in base * pow(gamma, Double(step)) }
    }

    /// From the base rate to 0 within `steps`, or the whole training if nil, as the remaining part of them to the power of `power`. As `PolynomialLR`.
    public static func polynomial(steps: Int? = nil, power: Double = 1) -> Schedule {
        guard let steps else { return Schedule(overTraining: { .polynomial(steps: $0, power: power) }) }
        require(steps > 0, "Schedule.polynomial: \(steps) steps, expected at least one")
        return Schedule(length: steps) { step, base in
            base * pow(1 - Double(min(step, steps)) / Double(steps), power)
        }
    }

    /// From the base rate to `minimum` within `steps`, or the whole training if nil, along half a cosine (Loshchilov and Hutter, arXiv 1608.03983). As
    /// `CosineAnnealingLR`: who goes on after that climbs back along the next half.
    public static func cosine(steps: Int? = nil, minimum: Double = 0) -> Schedule {
        guard let steps else { return Schedule(overTraining: { .cosine(steps: $0, minimum: minimum) }) }
        require(steps > 0, "Schedule.cosine: \(steps) steps, expected at least one")
        return Schedule(length: steps) { step, base in
            minimum + (base - minimum) * (1 + cos(Double.pi * Double(step) / Double(steps))) / 2
        }
    }
}
