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
