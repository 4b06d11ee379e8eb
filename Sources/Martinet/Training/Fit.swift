import MartinetBase

extension Module {
    /// Trains the model, as Keras's method of that name.
    ///
    /// ```swift
    /// let history = try model.fit(
    ///     data.train, epochs: 30, batchSize: 128, validation: data.validation,
    ///     optimizer: SGD(model, learningRate: 0.1, momentum: 0.9, weightDecay: 1e-4),
    ///     callbacks: [EarlyStopping(patience: 5, restoresBestWeights: true)])
    /// ```
    ///
    /// Loss and metrics of the training samples are means over the epoch, each sample counted at the weights that it was
    /// trained with; those of the validation set are taken at the epoch's end.
    ///
    /// A model that is wholly in evaluation mode is trained in training mode; one of which parts are in evaluation mode, as
    /// frozen normalisations are, is trained as it is. Afterwards each part is back in its own mode.
    ///
    /// The training ends before its time if a callback asks for it, if the task is cancelled or `shouldStop` returns true
    /// (asked before each batch), or if a batch's loss is not finite, for nothing good comes after that: the weights are
    /// then those before that batch. The history says which; an epoch that was not finished is not in it.
    ///
    /// - Parameters:
    ///   - train: the samples to learn.
    ///   - epochs: how often to go through them.
    ///   - batchSize: the number of samples in a step.
    ///   - validation: samples to judge each epoch by.
    ///   - loss: of the model's outputs; logits are expected by default.
    ///   - optimizer: Adam with a learning rate of 1e-3 if nil. One that is passed again goes on where it was.
    ///   - metrics: what else is measured.
    ///   - schedule: how the learning rate changes, by the epoch or by the step; as it is in the optimizer if nil.
    ///   - callbacks: what takes part in the training, in this order.
    ///   - shuffle: whether each epoch takes the samples in another order.
    ///   - seed: of the order and of the transforms' random numbers. Dropout draws from generators of its own.
    ///   - dropLast: whether the samples that do not fill a last batch are left out.
    ///   - gradientClipping: how gradients are limited before each step.
    ///   - augmentation: what is done to each training sample, before `transform`.
    ///   - transform: what is done to each sample, validation's too.
    ///   - prefetch: how many batches are kept ready, made while the model computes.
    ///   - continuing: the epochs that an earlier training has done, which count among `epochs`; see `Checkpoint`.
    ///   - progress: where and how progress is shown.
    ///   - shouldStop: asked before each batch whether to end the training.
    /// - Returns: what happened, epoch by epoch, and how it ended.
    /// - Throws: what a data set throws; the weights are then those of the last step.
    /// - Precondition: there are samples to train on.
    @discardableResult
    public func fit(
        _ train: some Dataset, epochs: Int = 1, batchSize: Int = 32, validation: (any Dataset)? = nil,
        loss: Loss = .crossEntropy, optimizer: Optimizer? = nil, metrics: [Metric] = [.accuracy],
        schedule: LearningRateSchedule? = nil, callbacks: [any Callback] = [], shuffle: Bool = true, seed: UInt64 = 0,
        dropLast: Bool = false,
        gradientClipping: GradientClipping? = nil, augmentation: (any Transform)? = nil,
        transform: (any Transform)? = nil, prefetch: Int = 2, continuing: History = History(),
        progress: ProgressDisplay = .automatic, shouldStop: (() -> Bool)? = nil
    ) throws -> History {
        require(epochs >= 0, "fit: the number of epochs must not be negative, found \(epochs)")
        let transforms = [augmentation, transform].compactMap { $0 }
        let batches = { (epoch: Int) in
            train.batches(
                of: batchSize, shuffle: shuffle ? .seeded(epoch, seed: seed) : .none, dropLast: dropLast,
                prefetch: prefetch, transform: transforms.isEmpty ? nil : Compose(transforms))
        }
        require(
            batches(1).count > 0,
            "fit: \(train.count) samples make no batch of \(batchSize)" + (dropLast ? " with dropLast" : ""))
        let names = ["loss"] + metrics.map(\.name)
        let run = TrainingRun(
            model: self, optimizer: optimizer ?? Adam(self), epochs: epochs, stepsPerEpoch: batches(1).count,
            valueNames: names + (validation == nil ? [] : names.map(History.Epoch.validationName))
                + ["learningRate", "seconds", "millisecondsPerStep", "dataWaitShare"])
        run.continue(continuing)
        let trainer = Trainer(
            model: self, run: run, loss: loss, metrics: metrics, callbacks: [schedule].compactMap { $0 } + callbacks,
            clipping: gradientClipping,
            progress: progress, isCancelled: { Task.isCancelled || shouldStop?() ?? false })

        return try keepingModes(of: self) {
            if !isTraining { self.train() }
            return try trainer.train(batches) {
                guard let validation else { return [] }
                return try trainer.validate(
                    validation, batchSize: batchSize, transform: transform, prefetch: prefetch)
            }
        }
    }
}
