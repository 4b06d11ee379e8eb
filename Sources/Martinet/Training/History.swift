import Foundation

/// What a training did, epoch by epoch; what `fit` returns.
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

    /// The value of that name in each epoch, NaN where an epoch has none.
    public func values(of name: String) -> [Double] { epochs.map { $0[name] ?? .nan } }

    /// The epoch with the best of the values of that name, the first one of equals; nil if no epoch has a number there.
    public func best(_ name: String, direction: MonitorDirection = .automatic) -> Epoch? {
        epochs.reduce(nil) { best, epoch in
            guard let value = epoch[name], !value.isNaN else { return best }
            guard let best, let least = best[name] else { return epoch }
            return direction.isBetter(value, than: least, name: name) ? epoch : best
        }
    }
}

extension History {
    /// One epoch of a training.
    ///
    /// Values have names: "loss", "accuracy" and other metrics, "validationLoss", "validationAccuracy" …, "learningRate",
    /// "seconds", "millisecondsPerStep" and "dataWaitShare". As JSON it is one flat object of them.
    public struct Epoch: Equatable, Sendable {
        /// 1 for the first.
        public var number: Int

        /// All values by name.
        public var values: [String: Double]

        public init(number: Int, values: [String: Double]) {
            self.number = number
            self.values = values
        }

        /// The value of that name.
        public subscript(_ name: String) -> Double? { values[name] }

        /// The mean loss of the epoch's samples, each at the weights that it was trained with.
        public var loss: Double { values["loss"] ?? .nan }

        /// The part of the epoch's samples that were classified rightly, each at the weights that it was trained with.
        public var accuracy: Double? { values["accuracy"] }

        /// The mean loss over the validation set at the epoch's end.
        public var validationLoss: Double? { values["validationLoss"] }

        /// The part of the validation set that is classified rightly at the epoch's end.
        public var validationAccuracy: Double? { values["validationAccuracy"] }

        /// The rate of the epoch's last step.
        public var learningRate: Double { values["learningRate"] ?? .nan }

        /// The time that the epoch took, validation included.
        public var seconds: Double { values["seconds"] ?? .nan }

        /// The median over the epoch's steps of the time from a batch's being there to the weights' being changed.
        public var millisecondsPerStep: Double { values["millisecondsPerStep"] ?? .nan }

        /// The part of the epoch's training time, validation left out, in which no batch was ready: 0 ... 1.
        public var dataWaitShare: Double { values["dataWaitShare"] ?? .nan }

        /// "validationLoss" for "loss".
        package static func validationName(_ name: String) -> String {
            "validation" + name.prefix(1).uppercased() + name.dropFirst()
        }
    }

    /// The names of all values in the order of the CSV's columns: training, validation, the rest.
    var valueNames: [String] {
        let names = Set(epochs.flatMap { $0.values.keys })
        let last = ["learningRate", "seconds", "millisecondsPerStep", "dataWaitShare"]
        let order = { (name: String) -> (Int, Int, String) in
            if let place = last.firstIndex(of: name) { return (2, place, name) }
            let isLoss = name.lowercased().hasSuffix("loss")
            return (name.hasPrefix("validation") ? 1 : 0, isLoss ? 0 : 1, name)
        }
        return names.sorted { order($0) < order($1) }
    }
}

extension History.Epoch: Codable {
    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }

        static let number = Key(stringValue: "epoch")
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        number = try container.decode(Int.self, forKey: .number)
        values = [:]
        for key in container.allKeys where key.stringValue != Key.number.stringValue {
            if let value = try? container.decode(Double.self, forKey: key) {
                values[key.stringValue] = value
            } else {
                // JSON has no such numbers, so they are words.
                let text = try container.decode(String.self, forKey: key)
                guard let value = Double(text), !value.isFinite else {
                    throw DecodingError.dataCorruptedError(
                        forKey: key, in: container, debugDescription: "expected a number, found \"\(text)\"")
                }
                values[key.stringValue] = value
            }
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(number, forKey: .number)
        for (name, value) in values {
            let key = Key(stringValue: name)
            if value.isFinite {
                try container.encode(value, forKey: key)
            } else {
                try container.encode("\(value)", forKey: key)
            }
        }
    }
}
