/// Sets the learning rates of a training by a schedule, one value for each epoch or one for each step.
///
/// ```swift
/// try model.fit(train, epochs: 164, schedule: .perEpoch(.multiStep(milestones: [82, 123])))
/// try model.fit(train, epochs: 10, schedule: .perStep(.oneCycle(steps: 10 * stepsPerEpoch)))
/// ```
///
/// The schedule starts from the base rates of the optimizer's groups, and counts from 0 in each training; in one that is
/// continued, from where it was.
public final class LearningRateSchedule: Callback {
    /// What the schedule counts.
    public enum Interval: Sendable {
        case epoch, step
    }

    private let schedule: Schedule
    private let interval: Interval

    /// - Parameters:
    ///   - schedule: the rates.
    ///   - interval: what it counts.
    public init(_ schedule: Schedule, per interval: Interval) {
        self.schedule = schedule
        self.interval = interval
    }

    /// Another learning rate for each epoch.
    public static func perEpoch(_ schedule: Schedule) -> LearningRateSchedule {
        LearningRateSchedule(schedule, per: .epoch)
    }

    /// Another learning rate for each step.
    public static func perStep(_ schedule: Schedule) -> LearningRateSchedule {
        LearningRateSchedule(schedule, per: .step)
    }

    public func trainBegin(_ run: TrainingRun) {
        schedule.apply(to: run.optimizer, step: interval == .epoch ? run.epoch : run.totalSteps)
    }

    public func epochBegin(_ run: TrainingRun) {
        if interval == .epoch { schedule.apply(to: run.optimizer, step: run.epoch - 1) }
    }

    public func batchEnd(_ run: TrainingRun, loss: Float) {
        if interval == .step { schedule.apply(to: run.optimizer, step: run.totalSteps) }
    }
}
