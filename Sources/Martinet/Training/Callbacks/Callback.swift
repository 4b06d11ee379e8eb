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
