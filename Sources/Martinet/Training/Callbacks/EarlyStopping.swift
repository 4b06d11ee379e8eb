import MartinetBase

/// Ends a training that gets no better, as Keras's callback of that name.
///
/// In a training that is continued, the epochs of its history count as if it had not been stopped.
public final class EarlyStopping: Callback {
    private let monitor: History.Key
    private let patience: Int
    private let minimumDelta: Double
    private let better: Better?
    private var direction = Better.smaller
    private let restoresBestWeights: Bool

    private var best = 0.0
    private var epochsWithoutImprovement = 0
    private var bestWeights: WeightSnapshot?

    /// - Parameters:
    ///   - monitor: the value that should get better.
    ///   - patience: the training ends after this many epochs in a row without an improvement; 0 means the same as 1.
    ///   - minimumDelta: what is no more than this better is no improvement.
    ///   - better: which values are better, where the key does not say it.
    ///   - restoresBestWeights: whether the model gets back, at the end of the training, the weights of the best epoch;
    ///     those that it had before the training was continued are not there to be given back.
    public init(
        monitor: History.Key = .validation(.loss), patience: Int = 0, minimumDelta: Double = 0,
        better: Better? = nil, restoresBestWeights: Bool = false
    ) {
        require(
            patience >= 0 && minimumDelta >= 0,
            "EarlyStopping: patience and minimumDelta must not be negative, found \(patience) and \(minimumDelta)")
        self.monitor = monitor
        self.patience = patience
        self.minimumDelta = minimumDelta
        self.better = better
        self.restoresBestWeights = restoresBestWeights
    }

    public func trainBegin(_ run: TrainingRun) {
        direction = run.monitored(monitor, better: better, by: "EarlyStopping")
        best = direction.worst
        epochsWithoutImprovement = 0
        bestWeights = nil
        for epoch in run.history.epochs { if let value = epoch[monitor] { _ = improves(value) } }
    }

    /// Whether `value` is the best so far; counts it.
    private func improves(_ value: Double) -> Bool {
        guard direction.isBetter(value, than: best, by: minimumDelta) else {
            epochsWithoutImprovement += 1
            return false
        }
        best = value
        epochsWithoutImprovement = 0
        return true
    }

    public func epochEnd(_ run: TrainingRun, epoch: History.Epoch) {
        guard let value = epoch[monitor] else { return }
        if improves(value) {
            if restoresBestWeights { bestWeights = WeightSnapshot(of: run.model) }
            return
        }
        guard epochsWithoutImprovement >= patience else { return }
        run.stop("\(monitor) has not been better than \(best) for \(epochsWithoutImprovement) epochs")
    }

    public func trainEnd(_ run: TrainingRun) {
        bestWeights?.restore()
        bestWeights = nil
    }
}
