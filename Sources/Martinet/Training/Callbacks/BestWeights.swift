/// Gives the model, at the end of the training, the weights of the epoch that was best.
///
/// In a training that is continued, an epoch has to be better than those of its history too; if none is, the model keeps
/// the weights of the last one.
public final class BestWeights: Callback {
    private let monitor: History.Key
    private let better: Better?
    private var direction = Better.smaller
    private var best = 0.0
    private var weights: WeightSnapshot?

    /// The number of the epoch whose weights the model has got; nil before, or if no epoch's value was a number.
    public private(set) var epoch: Int?

    /// - Parameters:
    ///   - monitor: the value that decides.
    ///   - better: which values are better, where the key does not say it.
    public init(monitor: History.Key = .validation(.loss), better: Better? = nil) {
        self.monitor = monitor
        self.better = better
    }

    public func trainBegin(_ run: TrainingRun) {
        direction = run.monitored(monitor, better: better, by: "BestWeights")
        best = direction.worst
        weights = nil
        epoch = nil
        for earlier in run.history.epochs {
            if let value = earlier[monitor], direction.isBetter(value, than: best) { best = value }
        }
    }

    public func epochEnd(_ run: TrainingRun, epoch: History.Epoch) {
        guard let value = epoch[monitor], direction.isBetter(value, than: best) else { return }
        best = value
        weights = WeightSnapshot(of: run.model)
        self.epoch = epoch.number
    }

    public func trainEnd(_ run: TrainingRun) {
        weights?.restore()
        weights = nil
    }
}
