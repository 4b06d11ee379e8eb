import MartinetBase

/// A training that is going on, as callbacks see it.
public final class TrainingRun {
    /// The model that is trained.
    public let model: any Module

    /// The optimizer that trains it.
    public let optimizer: Optimizer

    /// The number of epochs that were asked for.
    public let epochs: Int

    /// The number of batches in an epoch.
    public let stepsPerEpoch: Int

    /// The keys that each `History.Epoch` will have values of.
    public let keys: [History.Key]

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

    init(model: any Module, optimizer: Optimizer, epochs: Int, stepsPerEpoch: Int, keys: [History.Key]) {
        self.model = model
        self.optimizer = optimizer
        self.epochs = epochs
        self.stepsPerEpoch = stepsPerEpoch
        self.keys = keys
    }

    /// Takes up a training after the epochs of `history`.
    func `continue`(_ history: History) {
        self.history = History(epochs: history.epochs)
        epoch = history.epochs.count
        // Those of another batch size are as many as they were; histories of old do not say.
        totalSteps = history.epochs.reduce(0) { $0 + ($1[.steps].flatMap { Int(exactly: $0) } ?? stepsPerEpoch) }
    }

    /// Ends the training after the present step or epoch; the first reason given counts.
    public func stop(_ reason: String) {
        if stopReason == nil { stopReason = reason }
    }

    /// The key that is monitored, and which of its values are better.
    ///
    /// Stops the program unless each `History.Epoch` will have a value of `key`, and it is known which are better.
    ///
    /// - Parameter better: says it where the key does not; nil leaves it to the key.
    func monitored(_ key: History.Key, better: Better?, by user: String) -> Better {
        guard let known = keys.first(where: { $0 == key }) else {
            fail(
                "\(user): there is no \(key) in this training, only "
                    + keys.map(\.description).joined(separator: ", "))
        }
        guard let better = better ?? known.better ?? key.better else {
            fail("\(user): which values of \(key) are better is not known; say it")
        }
        return better
    }
}
