import MartinetBase

/// Something that takes part in a training: looks at it, changes the learning rate, ends it.
///
/// `fit` calls each method for all callbacks in their order. All have a default that does nothing.
public protocol Callback: AnyObject {
    /// Before the first epoch.
    func trainBegin(_ run: TrainingRun)

    /// Before each epoch; `run.epoch` is its number.
    func epochBegin(_ run: TrainingRun)

    /// In each step, when the gradients are there and limited as asked for, and the weights not yet changed by them.
    func gradientsReady(_ run: TrainingRun)

    /// After each step, when the weights have been changed; `loss` is the batch's mean, at the weights before.
    func batchEnd(_ run: TrainingRun, loss: Float)

    /// After each epoch and its validation. `run.stop(_:)` ends the training here.
    func epochEnd(_ run: TrainingRun, epoch: History.Epoch)

    /// After the last epoch, however the training ended; not if a data set has thrown an error, which `fit` rethrows.
    func trainEnd(_ run: TrainingRun)
}

extension Callback {
    public func trainBegin(_ run: TrainingRun) {}
    public func epochBegin(_ run: TrainingRun) {}
    public func gradientsReady(_ run: TrainingRun) {}
    public func batchEnd(_ run: TrainingRun, loss: Float) {}
    public func epochEnd(_ run: TrainingRun, epoch: History.Epoch) {}
    public func trainEnd(_ run: TrainingRun) {}
}

/// A training that is going on, as callbacks see it.
public final class TrainingRun {
    /// What is trained.
    public let model: any Module

    /// What trains it.
    public let optimizer: Optimizer

    /// The number of epochs that were asked for.
    public let epochs: Int

    /// The number of batches in an epoch.
    public let stepsPerEpoch: Int

    /// The names of the values that each `History.Epoch` will have.
    public let valueNames: [String]

    /// The present epoch; 1 for the first. Before the first of this training, the number of those that were done.
    public internal(set) var epoch = 0

    /// How many steps the present epoch has made.
    public internal(set) var step = 0

    /// How many steps all epochs have made.
    public internal(set) var totalSteps = 0

    /// The finished epochs.
    public internal(set) var history = History()

    /// Why the training is to end before its time.
    private(set) var stopReason: String?

    init(model: any Module, optimizer: Optimizer, epochs: Int, stepsPerEpoch: Int, valueNames: [String]) {
        self.model = model
        self.optimizer = optimizer
        self.epochs = epochs
        self.stepsPerEpoch = stepsPerEpoch
        self.valueNames = valueNames
    }

    /// Takes up a training after the epochs of `history`.
    func `continue`(_ history: History) {
        self.history = History(epochs: history.epochs)
        epoch = history.epochs.count
        totalSteps = epoch * stepsPerEpoch
    }

    /// Ends the training after the present step or epoch; the first reason given counts.
    public func stop(_ reason: String) {
        if stopReason == nil { stopReason = reason }
    }

    /// Stops the program unless each `History.Epoch` will have a value of that name.
    func requireValue(_ name: String, for user: String) {
        require(
            valueNames.contains(name),
            "\(user): nothing is called \"\(name)\" in this training; there are \(valueNames.joined(separator: ", "))")
    }
}

/// Which values of a monitored number are better.
public enum MonitorDirection: Sendable {
    case smaller, larger

    /// Larger for what is called an accuracy, smaller for everything else.
    case automatic

    /// Whether `value` is better than `other` by more than `minimumDelta`. NaN is not better than anything.
    func isBetter(_ value: Double, than other: Double, name: String, by minimumDelta: Double = 0) -> Bool {
        let wantsLarger =
            switch self {
            case .smaller: false
            case .larger: true
            case .automatic: name.lowercased().hasSuffix("accuracy")
            }
        return wantsLarger ? value - minimumDelta > other : value + minimumDelta < other
    }

    /// Worse than every number.
    func worst(name: String) -> Double { isBetter(1, than: 0, name: name) ? -.infinity : .infinity }
}
