import MartinetBase

/// How the learning rate changes over the steps of a training: a function of the step's number and of the rate that a group
/// of parameters starts from.
///
/// ```swift
/// let scheduler = LearningRateScheduler(optimizer, .warmup(500).then(.cosine(steps: 10_000)))
/// for batch in batches {
///     crossEntropy(model(batch.images), batch.labels).backward()
///     optimizer.step()
///     scheduler.step()
/// }
/// ```
///
/// A step is whatever the schedule is advanced by: a batch or an epoch. Names and arithmetic are those of
/// `torch.optim.lr_scheduler`.
public struct Schedule: Sendable {
    /// The number of steps after which the schedule has run its course; nil if it has no end.
    public let length: Int?

    private let rate: @Sendable (_ step: Int, _ base: Double) -> Double
    private let momentum: @Sendable (_ step: Int) -> Double?

    /// Makes the schedule for a training of that many steps; nil for one that does not depend on it.
    private let make: (@Sendable (_ steps: Int) -> Schedule)?

    /// A schedule of one's own. As `LambdaLR`, but it gives the rate, not a factor.
    ///
    /// - Parameters:
    ///   - length: the number of steps after which it has run its course, where it has an end.
    ///   - momentum: the momentum at a step; nil to leave it alone.
    ///   - rate: the learning rate at a step, 0 for the first, of a group whose base rate is `base`.
    public init(
        length: Int? = nil, momentum: @escaping @Sendable (_ step: Int) -> Double? = { _ in nil },
        rate: @escaping @Sendable (_ step: Int, _ base: Double) -> Double
    ) {
        require(length ?? 0 >= 0, "Schedule: its length \(length ?? 0) is negative")
        self.length = length
        self.momentum = momentum
        self.rate = rate
        make = nil
    }

    /// A schedule that is as long as the training that it is used for, which `over(steps:)` makes.
    init(overTraining make: @escaping @Sendable (_ steps: Int) -> Schedule) {
        let complaint = "Schedule: its number of steps is not known; give it one, by steps: or over(steps:)"
        length = nil
        momentum = { _ in fail(complaint) }
        rate = { _, _ in fail(complaint) }
        self.make = make
    }

    /// Whether the schedule does not know its number of steps yet.
    private var isOpen: Bool { make != nil }

    /// The schedule for a training of that many steps: itself, unless it was made without its number of steps. `fit` does this.
    public func over(steps: Int) -> Schedule { make?(steps) ?? self }

    /// The learning rate at `step`, 0 for the first, of a group whose base rate is `base`.
    public func learningRate(at step: Int, base: Float) -> Float {
        require(step >= 0, "Schedule: the step \(step) is negative")
        return Float(rate(step, Double(base)))
    }

    /// The momentum at `step`; nil where the schedule leaves it alone.
    public func momentum(at step: Int) -> Float? {
        require(step >= 0, "Schedule: the step \(step) is negative")
        return momentum(step).map { Float($0) }
    }

    /// Gives each group of `optimizer` the rate for `step`, from the group's own base rate.
    public func apply(to optimizer: Optimizer, step: Int) {
        for index in optimizer.groups.indices {
            optimizer.groups[index].learningRate = learningRate(
                at: step, base: optimizer.groups[index].baseLearningRate)
        }
        if let momentum = momentum(at: step) { optimizer.momentum = momentum }
    }
}

// MARK: Combination

extension Schedule {
    /// This schedule for its length, then `next`, which counts its steps from 0.
    ///
    /// - Parameters:
    ///   - next: what follows, from the same base rate.
    ///   - steps: when `next` begins, where that is not at this schedule's end or this one has no end.
    public func then(_ next: Schedule, after steps: Int? = nil) -> Schedule {
        guard let steps = steps ?? length else {
            fail(
                "Schedule.then: the first schedule has no end; say after how many steps the next begins")
        }
        return .sequential([self, next], milestones: [steps])
    }

    /// Several schedules one after the other: the next one begins, at its step 0, at each milestone. As `SequentialLR`.
    public static func sequential(_ schedules: [Schedule], milestones: [Int]) -> Schedule {
        require(
            schedules.count == milestones.count + 1
                && zip([0] + milestones, milestones).allSatisfy { $0 <= $1 },
            "Schedule.sequential: milestones \(milestones) for \(schedules.count) schedules;"
                + " expected one less than schedules, ascending")
        require(
            !schedules.dropLast().contains(where: \.isOpen),
            "Schedule.sequential: only the last schedule may be without a number of steps")
        let starts = [0] + milestones
        if let last = schedules.last, last.isOpen {
            return Schedule(overTraining: { total in
                .sequential(
                    schedules.dropLast() + [last.over(steps: max(1, total - starts[milestones.count]))],
                    milestones: milestones)
            })
        }
        let active = { @Sendable (step: Int) in (starts.lastIndex { $0 <= step })! }
        return Schedule(
            length: schedules.last?.length.map { $0 + (milestones.last ?? 0) },
            momentum: { schedules[active($0)].momentum($0 - starts[active($0)]) },
            rate: { schedules[active($0)].rate($0 - starts[active($0)], $1) })
    }
}
