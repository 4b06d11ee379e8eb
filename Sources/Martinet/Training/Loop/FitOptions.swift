/// The options of a training by `fit`, with their defaults.
///
/// ```swift
/// try model.fit(train, epochs: 30, options: FitOptions(schedule: .perStep(.oneCycle()), seed: 3))
/// ```
public struct FitOptions {
    /// How the learning rate changes, by the step or by the epoch; nil leaves it as it is in the optimizer.
    public var schedule: LearningRateSchedule?

    /// The callbacks that take part in the training, in this order; none by default.
    public var callbacks: [any Callback]

    /// Whether each epoch takes the samples in another order; true by default.
    public var shuffle: Bool

    /// Of the order and of the data's random numbers, 0 by default. Dropout draws from generators of its own.
    public var seed: UInt64

    /// Whether the samples that do not fill a last batch are left out; false by default.
    public var dropLast: Bool

    /// How gradients are limited before each step; nil does not limit them.
    public var gradientClipping: GradientClipping?

    /// How many batches are kept ready, made while the model computes; 2 by default.
    public var prefetch: Int

    /// The epochs that an earlier training has done, which count among those asked for; none by default. See `Checkpoint`.
    public var continuing: History

    /// Where and how progress is shown; by default a bar in a terminal, a line an epoch elsewhere.
    public var progress: ProgressDisplay

    /// Asked before each batch whether to end the training; nil never does.
    public var shouldStop: (() -> Bool)?

    public init(
        schedule: LearningRateSchedule? = nil, callbacks: [any Callback] = [], shuffle: Bool = true, seed: UInt64 = 0,
        dropLast: Bool = false, gradientClipping: GradientClipping? = nil, prefetch: Int = 2,
        continuing: History = History(), progress: ProgressDisplay = .automatic, shouldStop: (() -> Bool)? = nil
    ) {
        self.schedule = schedule
        self.callbacks = callbacks
        self.shuffle = shuffle
        self.seed = seed
        self.dropLast = dropLast
        self.gradientClipping = gradientClipping
        self.prefetch = prefetch
        self.continuing = continuing
        self.progress = progress
        self.shouldStop = shouldStop
    }
}
