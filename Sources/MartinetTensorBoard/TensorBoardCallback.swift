import Foundation
import Martinet
import MartinetBase

/// Writes a training down for TensorBoard, as Keras's callback of that name.
///
/// ```swift
/// try model.fit(train, epochs: 5, options: FitOptions(callbacks: [TensorBoard(URL(fileURLWithPath: "runs/first"))]))
/// ```
///
/// Losses and metrics of each epoch as `loss/train`, `loss/validation` and so on, the other values as
/// `training/learningRate` and so on. A training does not end because nothing can be written: see `error`.
public final class TensorBoard: Callback {
    private let logDirectory: URL
    private let stepFrequency: Int
    private let histogramFrequency: Int
    private let graphInputShape: [Int]?
    private let hyperParameters: [String: HyperParameter]
    private var writer: SummaryWriter?

    /// Why nothing has been written since; nil if all is well.
    public private(set) var error: TensorBoardError?

    /// - Parameters:
    ///   - logDirectory: the run's folder, which is created if need be.
    ///   - stepFrequency: every how many steps the batch's loss and the learning rate are written, as `batch/loss` and
    ///     `batch/learningRate`; 0 for never.
    ///   - histogramFrequency: every how many epochs the distributions of the weights and of their last gradients are
    ///     written, as `weights/…` and `gradients/…`; 0 for never.
    ///   - graphInputShape: the shape of a batch of inputs, to write the model's graph; nil for none.
    ///   - hyperParameters: those of this training, which are written at its end with its last epoch's values.
    public init(
        _ logDirectory: URL, stepFrequency: Int = 0, histogramFrequency: Int = 0, graphInputShape: [Int]? = nil,
        hyperParameters: [String: HyperParameter] = [:]
    ) {
        require(
            stepFrequency >= 0 && histogramFrequency >= 0,
            "TensorBoard: frequencies must not be negative, found \(stepFrequency) and \(histogramFrequency)")
        self.logDirectory = logDirectory
        self.stepFrequency = stepFrequency
        self.histogramFrequency = histogramFrequency
        self.graphInputShape = graphInputShape
        self.hyperParameters = hyperParameters
    }

    public func trainBegin(_ run: TrainingRun) {
        error = nil
        do throws(TensorBoardError) {
            writer = try SummaryWriter(logDirectory: logDirectory)
        } catch {
            self.error = error
        }
        write { (writer) throws(TensorBoardError) in
            if let graphInputShape, let model = run.model as? any Module<Tensor, Tensor> {
                try writer.addGraph(model, inputShape: graphInputShape)
            }
        }
    }

    public func gradientsReady(_ run: TrainingRun) {
        // The last step of an epoch; its number is counted after it.
        guard writesHistograms(run), run.step + 1 == run.stepsPerEpoch else { return }
        write { (writer) throws(TensorBoardError) in
            for (name, parameter) in run.model.namedParameters {
                guard let gradient = parameter.gradient else { continue }
                try writer.addHistogram("gradients/" + name, gradient, globalStep: run.epoch)
            }
        }
    }

    public func batchEnd(_ run: TrainingRun, loss: Float) {
        guard stepFrequency > 0, run.totalSteps.isMultiple(of: stepFrequency) else { return }
        write { (writer) throws(TensorBoardError) in
            try writer.addScalar("batch/loss", loss, globalStep: run.totalSteps)
            try writer.addScalar("batch/learningRate", run.optimizer.learningRate, globalStep: run.totalSteps)
        }
    }

    public func epochEnd(_ run: TrainingRun, epoch: History.Epoch) {
        write { (writer) throws(TensorBoardError) in
            for (tag, value) in Self.scalars(epoch, keys: run.keys) {
                try writer.addScalar(tag, value, globalStep: epoch.number)
            }
            guard writesHistograms(run) else { return }
            for (name, parameter) in run.model.namedParameters where parameter.isInitialized {
                try writer.addHistogram("weights/" + name, parameter.value, globalStep: epoch.number)
            }
        }
    }

    public func trainEnd(_ run: TrainingRun) {
        write { (writer) throws(TensorBoardError) in
            if !hyperParameters.isEmpty {
                let measured = run.keys.filter { $0.source != .run }
                let scalars = run.history.epochs.last.map { Self.scalars($0, keys: measured) } ?? []
                let metrics = scalars.map { ("final/" + $0.tag, $0.value) }
                try writer.addHParams(
                    hyperParameters, metrics: Dictionary(metrics, uniquingKeysWith: { first, _ in first }),
                    globalStep: run.epoch)
            }
            try writer.flush()
        }
        writer?.close()
        writer = nil
    }

    private func writesHistograms(_ run: TrainingRun) -> Bool {
        histogramFrequency > 0 && run.epoch.isMultiple(of: histogramFrequency)
    }

    private func write(_ body: (SummaryWriter) throws(TensorBoardError) -> Void) {
        guard let writer, error == nil else { return }
        do throws(TensorBoardError) { try body(writer) } catch { self.error = error }
    }

    /// An epoch's values with their tags: a metric's of training and of validation in one group.
    private static func scalars(_ epoch: History.Epoch, keys: [History.Key]) -> [(tag: String, value: Float)] {
        keys.compactMap { key in
            guard let value = epoch[key].map({ Float($0) }) else { return nil }
            switch key.source {
            case .training: return (key.name + "/train", value)
            case .validation: return (key.name + "/validation", value)
            case .run: return ("training/" + key.name, value)
            }
        }
    }
}
