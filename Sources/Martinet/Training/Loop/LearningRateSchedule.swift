/// The rule by which `fit` sets the learning rates, from the base rates of the optimizer's groups: a schedule, and whether it
/// counts steps or epochs.
///
/// ```swift
/// FitOptions(schedule: .perEpoch(.multiStep(milestones: [82, 123])))
/// FitOptions(schedule: .perStep(.oneCycle()))       // as long as the training
/// ```
///
/// It counts from 0 in each training; in one that is continued, from where it was.
public enum LearningRateSchedule: Sendable {
    /// Another learning rate for each epoch.
    case perEpoch(Schedule)

    /// Another learning rate for each step.
    case perStep(Schedule)
}

/// Applies a `LearningRateSchedule`, one without a length of its own over the whole training.
final class ScheduleApplier: Callback {
    private let schedule: Schedule
    private let countsEpochs: Bool

    init(_ schedule: LearningRateSchedule, epochs: Int, stepsPerEpoch: Int) {
        switch schedule {
        case .perEpoch(let schedule): (self.schedule, countsEpochs) = (schedule.over(steps: epochs), true)
        case .perStep(let schedule):
            (self.schedule, countsEpochs) = (schedule.over(steps: epochs * stepsPerEpoch), false)
        }
    }

    func trainBegin(_ run: TrainingRun) {
        schedule.apply(to: run.optimizer, step: countsEpochs ? run.epoch : run.totalSteps)
    }

    func epochBegin(_ run: TrainingRun) {
        if countsEpochs { schedule.apply(to: run.optimizer, step: run.epoch - 1) }
    }

    func batchEnd(_ run: TrainingRun, loss: Float) {
        if !countsEpochs { schedule.apply(to: run.optimizer, step: run.totalSteps) }
    }
}
