import MartinetBase

/// Ends a training that gets no better, as Keras's callback of that name.
public final class EarlyStopping: Callback {
    private let monitor: String
    private let patience: Int
    private let minimumDelta: Double
    private let direction: MonitorDirection
    private let restoresBestWeights: Bool

    private var best = 0.0
    private var epochsWithoutImprovement = 0
    private var bestWeights: WeightSnapshot?

    /// - Parameters:
    ///   - monitor: the name of the value that should get better, "validationLoss" or "accuracy" for instance.
    ///   - patience: the training ends after this many epochs in a row without an improvement; 0 means the same as 1.
    ///   - minimumDelta: what is no more than this better is no improvement.
    ///   - direction: which values are better.
    ///   - restoresBestWeights: whether the model gets back, at the end of the training, the weights of the best epoch.
    public init(
        monitor: String = "validationLoss", patience: Int = 0, minimumDelta: Double = 0,
        direction: MonitorDirection = .automatic, restoresBestWeights: Bool = false
    ) {
        require(
            patience >= 0 && minimumDelta >= 0,
            "EarlyStopping: patience and minimumDelta must not be negative, found \(patience) and \(minimumDelta)")
        self.monitor = monitor
        self.patience = patience
        self.minimumDelta = minimumDelta
        self.direction = direction
        self.restoresBestWeights = restoresBestWeights
    }

    public func trainBegin(_ run: TrainingRun) {
        run.requireValue(monitor, for: "EarlyStopping")
        best = direction.worst(name: monitor)
        epochsWithoutImprovement = 0
        bestWeights = nil
    }

    public func epochEnd(_ run: TrainingRun, epoch: History.Epoch) {
        guard let value = epoch[monitor] else { return }
        if direction.isBetter(value, than: best, name: monitor, by: minimumDelta) {
            best = value
            epochsWithoutImprovement = 0
            if restoresBestWeights { bestWeights = WeightSnapshot(of: run.model) }
            return
        }
        epochsWithoutImprovement += 1
        guard epochsWithoutImprovement >= patience else { return }
        run.stop("\(monitor) has not been better than \(best) for \(epochsWithoutImprovement) epochs")
    }

    public func trainEnd(_ run: TrainingRun) {
        bestWeights?.restore()
        bestWeights = nil
    }
}

/// Gives the model, at the end of the training, the weights of the epoch that was best.
public final class BestWeights: Callback {
    private let monitor: String
    private let direction: MonitorDirection
    private var best = 0.0
    private var weights: WeightSnapshot?

    /// The number of the epoch whose weights the model has got; nil before, or if no epoch's value was a number.
    public private(set) var epoch: Int?

    /// - Parameters:
    ///   - monitor: the name of the value that decides.
    ///   - direction: which values are better.
    public init(monitor: String = "validationLoss", direction: MonitorDirection = .automatic) {
        self.monitor = monitor
        self.direction = direction
    }

    public func trainBegin(_ run: TrainingRun) {
        run.requireValue(monitor, for: "BestWeights")
        best = direction.worst(name: monitor)
        weights = nil
        epoch = nil
    }

    public func epochEnd(_ run: TrainingRun, epoch: History.Epoch) {
        guard let value = epoch[monitor], direction.isBetter(value, than: best, name: monitor) else { return }
        best = value
        weights = WeightSnapshot(of: run.model)
        self.epoch = epoch.number
    }

    public func trainEnd(_ run: TrainingRun) {
        weights?.restore()
        weights = nil
    }
}

/// Functions as a callback; each that is not given does nothing.
public final class LambdaCallback: Callback {
    private let onTrainBegin, onEpochBegin, onTrainEnd: ((TrainingRun) -> Void)?
    private let onBatchEnd: ((TrainingRun, Float) -> Void)?
    private let onEpochEnd: ((TrainingRun, History.Epoch) -> Void)?

    /// - Parameters:
    ///   - trainBegin: called before the first epoch.
    ///   - epochBegin: called before each epoch.
    ///   - batchEnd: called after each step with its loss.
    ///   - epochEnd: called after each epoch and its validation.
    ///   - trainEnd: called after the last epoch.
    public init(
        trainBegin: ((TrainingRun) -> Void)? = nil, epochBegin: ((TrainingRun) -> Void)? = nil,
        batchEnd: ((TrainingRun, Float) -> Void)? = nil, epochEnd: ((TrainingRun, History.Epoch) -> Void)? = nil,
        trainEnd: ((TrainingRun) -> Void)? = nil
    ) {
        onTrainBegin = trainBegin
        onEpochBegin = epochBegin
        onBatchEnd = batchEnd
        onEpochEnd = epochEnd
        onTrainEnd = trainEnd
    }

    public func trainBegin(_ run: TrainingRun) { onTrainBegin?(run) }
    public func epochBegin(_ run: TrainingRun) { onEpochBegin?(run) }
    public func batchEnd(_ run: TrainingRun, loss: Float) { onBatchEnd?(run, loss) }
    public func epochEnd(_ run: TrainingRun, epoch: History.Epoch) { onEpochEnd?(run, epoch) }
    public func trainEnd(_ run: TrainingRun) { onTrainEnd?(run) }
}
