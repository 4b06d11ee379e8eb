import Foundation

/// Keeps a training in a file, so that one that was stopped goes on as if it had not been: with the same bits.
///
/// ```swift
/// let checkpoint = Checkpoint(URL(filePath: "training.safetensors"))
/// let history = try model.fit(
///     train, epochs: 164, optimizer: optimizer, schedule: schedule, callbacks: [checkpoint],
///     continuing: try checkpoint.restore(model, optimizer))
/// ```
///
/// The file has the model's parameters and buffers, what the optimizer has gathered, and the history. It is written after each
/// epoch, whole or not at all, in the layout of safetensors: the model's tensors are called `model.` and their names. What
/// other callbacks keep, such as `EarlyStopping`, is not in it, nor is the state of random generators: a model with dropout
/// goes on, but with other numbers.
public final class Checkpoint: Callback {
    /// Where the file is.
    public let url: URL

    /// Settings that must be the same when the training goes on, such as the batch size.
    public let settings: [String: String]

    /// Texts that readers of the model's weights find in the file, by their keys.
    public let metadata: [String: String]

    /// Why the file could not be written after an epoch, which ended the training; nil if it could.
    public private(set) var error: CheckpointError?

    /// - Parameters:
    ///   - url: the file.
    ///   - settings: what must be the same when the training goes on; `restore` refuses a file with others.
    ///   - metadata: texts for readers of the model's weights; "history", "optimizer", "settings" and "layout" are the
    ///     training's own keys.
    public init(_ url: URL, settings: [String: String] = [:], metadata: [String: String] = [:]) {
        self.url = url
        self.settings = settings
        self.metadata = metadata
    }

    private static let historyKey = "history"
    private static let optimizerKey = "optimizer"
    private static let settingsKey = "settings"

    /// The optimizer's state besides arrays.
    private struct OptimizerSettings: Codable {
        /// For each parameter, the number of steps that have changed it; nil for none.
        let steps: [Int?]
        let groups: [OptimizerState.Group]
        let momentum: Float
    }

    // MARK: Writing

    public func epochEnd(_ run: TrainingRun, epoch: History.Epoch) {
        do {
            try save(run.model, run.optimizer, run.history)
        } catch {
            self.error = error
            run.stop("\(error)")
        }
    }

    /// Writes the file, as `fit` does after each epoch.
    public func save(_ model: some Module, _ optimizer: Optimizer, _ history: History) throws(CheckpointError) {
        let state = optimizer.state
        var file = TensorFile()
        for tensor in model.namedTensors { file.tensors["model.\(tensor.name)"] = tensor.array }
        for (index, entry) in state.entries.enumerated() {
            for (name, average) in entry?.averages ?? [:] { file.tensors["optimizer.\(index).\(name)"] = average.array }
        }
        do {
            let own = [
                Self.historyKey: history.json,
                Self.optimizerKey: try Self.json(
                    OptimizerSettings(
                        steps: state.entries.map { $0?.steps }, groups: state.groups, momentum: state.momentum)),
                Self.settingsKey: try Self.json(settings),
                // Tells readers of weights the order of axes.
                "layout": "martinet",
            ]
            file.metadata = metadata.merging(own) { $1 }
            try file.data.write(to: url, options: .atomic)
        } catch {
            throw CheckpointError(path: url.path, reason: "it cannot be written: \(error.localizedDescription)")
        }
    }

    private static func json(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    // MARK: Reading

    /// Brings the model and the optimizer to where the training was that the file is of, if there is such a file.
    ///
    /// - Returns: the epochs that have been done, for `fit(continuing:)`; none if there is no file.
    /// - Throws: `CheckpointError` if the file is broken or of another training; nothing is changed then.
    public func restore(_ model: some Module, _ optimizer: Optimizer) throws(CheckpointError) -> History {
        guard FileManager.default.fileExists(atPath: url.path) else { return History() }
        do throws(TensorFile.Problem) {
            return try restore(from: read(), model, optimizer)
        } catch {
            throw CheckpointError(path: url.path, reason: error.description)
        }
    }

    private func read() throws(TensorFile.Problem) -> TensorFile {
        let data: Data
        do {
            data = try Data(contentsOf: url)
        } catch {
            throw TensorFile.Problem("it cannot be read: \(error.localizedDescription)")
        }
        return try TensorFile(data)
    }

    private func restore(
        from file: TensorFile, _ model: some Module, _ optimizer: Optimizer
    ) throws(TensorFile.Problem) -> History {
        let written: [String: String] = try decode(Self.settingsKey, in: file)
        let differences = Set(written.keys).union(settings.keys).sorted().filter { written[$0] != settings[$0] }
        guard differences.isEmpty else {
            let list = differences.map { "\($0) \(written[$0] ?? "unset"), now \(settings[$0] ?? "unset")" }
            throw TensorFile.Problem("it is of a training with other settings: " + list.joined(separator: "; "))
        }
        let history: History = try decode(Self.historyKey, in: file)
        let gathered: OptimizerSettings = try decode(Self.optimizerKey, in: file)

        let tensors = model.namedTensors
        let problems = tensors.compactMap { tensor -> String? in
            guard let array = file.tensors["model.\(tensor.name)"] else { return "\(tensor.name) is missing" }
            guard let shape = tensor.array?.shape, shape != array.shape else { return nil }
            return "\(tensor.name) has shape \(array.shape), expected \(shape)"
        }
        let names = Set(tensors.map(\.name))
        let unexpected = file.tensors.keys.filter { $0.hasPrefix("model.") && !names.contains(String($0.dropFirst(6))) }
        guard problems.isEmpty, unexpected.isEmpty else {
            throw TensorFile.Problem(
                "it is of another model: "
                    + (problems + unexpected.sorted().map { "\($0.dropFirst(6)) is unexpected" }).joined(
                        separator: "; "))
        }

        let entries = gathered.steps.enumerated().map { index, steps -> OptimizerState.Entry? in
            guard let steps else { return nil }
            let prefix = "optimizer.\(index)."
            let own = file.tensors.filter { $0.key.hasPrefix(prefix) }
            let averages = own.map { (String($0.key.dropFirst(prefix.count)), Tensor(array: $0.value)) }
            return OptimizerState.Entry(steps: steps, averages: Dictionary(averages) { first, _ in first })
        }
        do throws(OptimizerStateError) {
            // Before the model: it changes nothing if it fails.
            try optimizer.restore(
                OptimizerState(entries: entries, groups: gathered.groups, momentum: gathered.momentum))
        } catch {
            throw TensorFile.Problem(error.description)
        }
        for tensor in tensors { file.tensors["model.\(tensor.name)"].map(tensor.set) }
        return history
    }

    private func decode<Value: Decodable>(_ key: String, in file: TensorFile) throws(TensorFile.Problem) -> Value {
        guard let text = file.metadata[key] else {
            throw TensorFile.Problem("it has no \(key), so it is no checkpoint")
        }
        do {
            return try JSONDecoder().decode(Value.self, from: Data(text.utf8))
        } catch {
            throw TensorFile.Problem("its \(key) cannot be understood")
        }
    }
}

/// Why a training could not be saved or taken up again.
public struct CheckpointError: Error, CustomStringConvertible, Equatable {
    /// The file's path.
    public let path: String

    /// The reason.
    public let reason: String

    public var description: String { "checkpoint \(path): \(reason)" }
}
