import MartinetBase

/// A training's losses, metrics and times, epoch by epoch: the result of `fit`.
///
/// ```swift
/// let history = try model.fit(train, epochs: 5, validation: validation)
/// print(history.epochs.last?.validationAccuracy ?? 0)
/// try history.write(to: URL(filePath: "history.json"))
/// ```
public struct History: Codable, Equatable, Sendable {
    /// Why a training ended.
    public enum Ending: String, Codable, Sendable {
        /// All epochs are done.
        case completed

        /// A callback asked to stop.
        case stopped

        /// The task was cancelled, or `shouldStop` said so.
        case cancelled

        /// The loss was not a finite number.
        case diverged
    }

    /// The epochs that were finished, in order.
    public var epochs: [Epoch]

    /// Why the training ended.
    public var ending: Ending

    /// The same in words, with the place where it ended before its time.
    public var endingReason: String

    public init(epochs: [Epoch] = [], ending: Ending = .completed, endingReason: String = "all epochs are done") {
        self.epochs = epochs
        self.ending = ending
        self.endingReason = endingReason
    }

    /// The value of `key` in each epoch, NaN where an epoch has none.
    public func values(of key: Key) -> [Double] { epochs.map { $0[key] ?? .nan } }

    /// The epoch with the best of the values of `key`, the first one of equals; nil if no epoch has a number there.
    ///
    /// - Parameters:
    ///   - key: what is compared.
    ///   - better: which values are better, where the key does not say it.
    /// - Precondition: the key, or `better`, says which values are better.
    public func best(_ key: Key, better: Better? = nil) -> Epoch? {
        guard let better = better ?? key.better else {
            fail("History.best: which values of \(key) are better is not known; say it")
        }
        return epochs.reduce(nil) { best, epoch in
            guard let value = epoch[key], !value.isNaN else { return best }
            guard let best, let least = best[key] else { return epoch }
            return better.isBetter(value, than: least) ? epoch : best
        }
    }

    /// All keys that any epoch has a value of: training, validation, measurements, each with the loss first.
    public var keys: [Key] {
        Set(epochs.flatMap(\.values.keys)).sorted(by: Key.isListedBefore)
    }
}

extension History {
    /// One epoch of a training.
    ///
    /// As JSON it is one flat object of its values by their names: "loss", "accuracy" and other metrics, "validationLoss",
    /// "validationAccuracy" …, "learningRate", "steps", "seconds", "millisecondsPerStep" and "dataWaitShare".
    public struct Epoch: Equatable, Sendable {
        /// 1 for the first.
        public var number: Int

        /// All values.
        public var values: [Key: Double]

        public init(number: Int, values: [Key: Double]) {
            self.number = number
            self.values = values
        }

        /// The value of `key`.
        public subscript(_ key: Key) -> Double? { values[key] }

        /// The mean loss of the epoch's samples, each at the weights that it was trained with.
        public var loss: Double { values[.loss] ?? .nan }

        /// The part of the epoch's samples that were classified rightly, each at the weights that it was trained with.
        public var accuracy: Double? { values[.accuracy] }

        /// The mean loss over the validation set at the epoch's end.
        public var validationLoss: Double? { values[.validation(.loss)] }

        /// The part of the validation set that is classified rightly at the epoch's end.
        public var validationAccuracy: Double? { values[.validation(.accuracy)] }

        /// The rate of the epoch's last step.
        public var learningRate: Double { values[.learningRate] ?? .nan }

        /// The time that the epoch took, validation included.
        public var seconds: Double { values[.seconds] ?? .nan }

        /// The median over the epoch's steps of the time from a batch's being there to the weights' being changed.
        public var millisecondsPerStep: Double { values[.millisecondsPerStep] ?? .nan }

        /// The part of the epoch's training time, validation left out, in which no batch was ready: 0 ... 1.
        public var dataWaitShare: Double { values[.dataWaitShare] ?? .nan }
    }
}

extension History.Epoch: Codable {
    private struct Name: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }

        static let number = Name(stringValue: "epoch")
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Name.self)
        number = try container.decode(Int.self, forKey: .number)
        values = [:]
        for key in container.allKeys where key.stringValue != Name.number.stringValue {
            if let value = try? container.decode(Double.self, forKey: key) {
                values[History.Key(nameInFiles: key.stringValue)] = value
            } else {
                // JSON has no such numbers, so they are words.
                let text = try container.decode(String.self, forKey: key)
                guard let value = Double(text), !value.isFinite else {
                    throw DecodingError.dataCorruptedError(
                        forKey: key, in: container, debugDescription: "expected a number, found \"\(text)\"")
                }
                values[History.Key(nameInFiles: key.stringValue)] = value
            }
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Name.self)
        try container.encode(number, forKey: .number)
        for (valueKey, value) in values {
            let key = Name(stringValue: valueKey.nameInFiles)
            if value.isFinite {
                try container.encode(value, forKey: key)
            } else {
                try container.encode("\(value)", forKey: key)
            }
        }
    }
}
