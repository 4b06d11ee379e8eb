import MartinetBase

extension Module {
    /// Trains the model, as Keras's method of that name.
    ///
    /// ```swift
    /// let history = try model.fit(points, epochs: 30, batchSize: 128, loss: .meanSquaredError)
    /// ```
    ///
    /// Loss and metrics of the training samples are means over the epoch, each sample counted at the weights that it was
    /// trained with; those of the validation set are taken at the epoch's end.
    ///
    /// A model that is wholly in evaluation mode is trained in training mode; one of which parts are in evaluation mode, as
    /// frozen normalisations are, is trained as it is. Afterwards each part is back in its own mode.
    ///
    /// The training ends before its time if a callback asks for it, if the task is cancelled or `shouldStop` returns true
    /// (asked before each batch), or if a batch's loss is not finite, or the norm that its gradients are clipped by, for nothing
    /// good comes after that: the weights are then those before that batch. The history says which; an epoch that was not finished is not in it.
    ///
    /// - Parameters:
    ///   - train: the samples to learn, whose inputs are what the model takes.
    ///   - epochs: how often to go through them.
    ///   - batchSize: the number of samples in a step.
    ///   - validation: samples to judge each epoch by.
    ///   - loss: of the model's outputs and the samples' targets.
    ///   - metrics: what else is measured.
    ///   - optimizer: Adam with a learning rate of 1e-3 if nil. One that is passed again goes on where it was.
    ///   - options: everything else, with its defaults.
    /// - Returns: what happened, epoch by epoch, and how it ended.
    /// - Throws: what a data set throws, and `TrainingError` for a batch that a layer cannot be trained with, such as one
    ///   sample for a BatchNorm, or with a sample that a transform cannot take, such as an image smaller than its random crop;
    ///   the weights are then those of the last step. Also for a validation set whose labels have other names than the training's.
    /// - Precondition: there are samples to train on.
    @discardableResult
    public func fit<Source: Dataset>(
        _ train: Source, epochs: Int = 1, batchSize: Int = 32,
        validation: (any Dataset<Source.Input, Source.Target>)? = nil, loss: Loss<Output, Source.Target>,
        metrics: [Metric<Output, Source.Target>] = [], optimizer: Optimizer? = nil, options: FitOptions = FitOptions()
    ) throws -> History where Source.Input.Collated == Input {
        try fitted(train, epochs, batchSize, validation, loss, metrics, optimizer, options)
    }

    /// Trains a classifier: with cross-entropy of its logits, and accuracy measured, unless something else is asked for. With a
    /// binary cross-entropy, `.accuracy` measures what `.binaryAccuracy` does.
    ///
    /// ```swift
    /// let history = try model.fit(
    ///     data.train, epochs: 30, batchSize: 128, validation: data.validation,
    ///     optimizer: SGD(model, learningRate: 0.1, momentum: 0.9, weightDecay: 1e-4),
    ///     options: FitOptions(callbacks: [EarlyStopping(patience: 5, restoresBestWeights: true)]))
    /// ```
    ///
    /// Else as `fit` for any targets.
    @discardableResult
    public func fit<Source: Dataset>(
        _ train: Source, epochs: Int = 1, batchSize: Int = 32,
        validation: (any Dataset<Source.Input, Int>)? = nil, loss: Loss<Tensor, Int> = .crossEntropy,
        metrics: [Metric<Tensor, Int>] = [.accuracy], optimizer: Optimizer? = nil, options: FitOptions = FitOptions()
    ) throws -> History where Source.Input.Collated == Input, Source.Target == Int, Output == Tensor {
        try fitted(train, epochs, batchSize, validation, loss, metrics, optimizer, options)
    }

    private func fitted<Source: Dataset>(
        _ train: Source, _ epochs: Int, _ batchSize: Int, _ validation: (any Dataset<Source.Input, Source.Target>)?,
        _ loss: Loss<Output, Source.Target>, _ metrics: [Metric<Output, Source.Target>], _ optimizer: Optimizer?,
        _ options: FitOptions
    ) throws -> History where Source.Input.Collated == Input {
        noteDebugBuild()
        require(epochs >= 0, "fit: the number of epochs must not be negative, found \(epochs)")
        if let names = train.labelNames, let others = validation?.labelNames, names != others {
            throw TrainingError(
                description: "fit: the labels of the training set are called \(names), those of the validation set"
                    + " \(others); give the one the other's classes, as ImageFolder(…, classes: training.classNames) does"
            )
        }
        let batches = { (epoch: Int) in
            var batches = train.batches(
                of: batchSize,
                shuffle: options.shuffle ? .seeded(epoch, seed: options.seed) : .inOrder(epoch, seed: options.seed),
                dropLast: options.dropLast, prefetch: options.prefetch)
            batches.collectsProblems = true
            return batches
        }
        let stepsPerEpoch = batches(1).count
        require(
            stepsPerEpoch > 0,
            "fit: \(train.count) samples make no batch of \(batchSize)" + (options.dropLast ? " with dropLast" : ""))
        let metrics = loss.fitting(metrics)
        let measured = [History.Key.loss] + metrics.map(History.Key.metric)
        let run = TrainingRun(
            model: self, optimizer: optimizer ?? Adam(self), epochs: epochs, stepsPerEpoch: stepsPerEpoch,
            keys: measured + (validation == nil ? [] : measured.map(History.Key.validation)) + History.Key.measurements)
        run.continue(options.continuing)
        let schedule = options.schedule.map { ScheduleApplier($0, epochs: epochs, stepsPerEpoch: stepsPerEpoch) }
        let trainer = Trainer<Self, Source>(
            model: self, run: run, loss: loss, metrics: metrics,
            callbacks: [schedule].compactMap { $0 } + options.callbacks, clipping: options.gradientClipping,
            progress: options.progress, isCancelled: { Task.isCancelled || options.shouldStop?() ?? false })

        return try keepingModes(of: self) {
            if !isTraining { self.train() }
            return try trainer.train(batches) {
                guard let validation else { return [] }
                return try trainer.validate(validation, batchSize: batchSize, prefetch: options.prefetch)
            }
        }
    }
}
