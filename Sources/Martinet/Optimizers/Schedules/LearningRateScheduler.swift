/// Carries a schedule through a training: counts the steps and sets an optimizer's learning rates.
///
/// The groups' base rates are what the schedule starts from; the first step's rates are set at once.
public final class LearningRateScheduler {
    public let optimizer: Optimizer

    public let schedule: Schedule

    /// The number of steps so far. Setting it, to go on from a checkpoint, sets the learning rates too.
    public var stepCount: Int {
        didSet { schedule.apply(to: optimizer, step: stepCount) }
    }

    public init(_ optimizer: Optimizer, _ schedule: Schedule) {
        self.optimizer = optimizer
        self.schedule = schedule
        stepCount = 0
        schedule.apply(to: optimizer, step: 0)
    }

    /// Sets the learning rates for the next step. Call it after the optimizer's `step()`, for each batch or each epoch,
    /// whichever the schedule counts.
    public func step() { stepCount += 1 }
}
