import Foundation
import Martinet
import MartinetBase

/// Writes a training down for TensorBoard, as Keras's callback of that name.
///
/// ```swift
/// try model.fit(train, epochs: 5, callbacks: [TensorBoard(URL(fileURLWithPath: "runs/first"))])
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
            if let graphInputShape { try writer.addGraph(run.model, inputShape: graphInputShape) }
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
            for (tag, value) in Self.scalars(epoch, names: run.valueNames) {
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
                let scalars = run.history.epochs.last.map { Self.scalars($0, names: run.valueNames) } ?? []
                let metrics = scalars.filter { !$0.tag.hasPrefix("training/") }.map { ("final/" + $0.tag, $0.value) }
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
    private static func scalars(_ epoch: History.Epoch, names: [String]) -> [(tag: String, value: Float)] {
        let times = ["learningRate", "seconds", "millisecondsPerStep", "dataWaitShare"]
        return names.compactMap { name in
            guard let value = epoch[name].map({ Float($0) }) else { return nil }
            if times.contains(name) { return ("training/" + name, value) }
            guard name.hasPrefix("validation") else { return (name + "/train", value) }
            let metric = name.dropFirst("validation".count)
            return (metric.prefix(1).lowercased() + metric.dropFirst() + "/validation", value)
        }
    }
}
