/// Which values of a number are better.
public enum Better: String, Codable, Sendable {
    case smaller, larger

    /// Whether `value` is better than `other` by more than `minimumDelta`. NaN is not better than anything.
    func isBetter(_ value: Double, than other: Double, by minimumDelta: Double = 0) -> Bool {
        switch self {
        case .smaller: value + minimumDelta < other
        case .larger: value - minimumDelta > other
        }
    }

    /// Worse than every number.
    var worst: Double {
        switch self {
        case .smaller: .infinity
        case .larger: -.infinity
        }
    }
}

extension History {
    /// The name of a value in a history: the loss or a metric, of the training samples or of the validation set, or a
    /// measurement of the training itself.
    ///
    /// ```swift
    /// history.values(of: .validation(.accuracy))
    /// EarlyStopping(monitor: .validation(.loss), patience: 3)
    /// ```
    ///
    /// Two keys are equal that mean the same value, whatever they know of which values are better.
    public struct Key: Sendable {
        /// The samples or the measurement that a value was taken of.
        public enum Source: Sendable, Hashable {
            /// The samples that were trained on, each at the weights that it was trained with.
            case training
            /// The validation set, at the epoch's end.
            case validation
            /// The training itself: its learning rate, its times.
            case run
        }

        /// The samples or the measurement that the value was taken of.
        public let source: Source

        /// The loss's or the metric's name, or the measurement's: "loss", "top5Accuracy", "seconds".
        public let name: String

        /// Which values are better; nil where that is not known, as in a history that was read from CSV, or is no question.
        public let better: Better?

        private init(_ source: Source, _ name: String, better: Better?) {
            self.source = source
            self.name = name
            self.better = better
        }

        /// The mean loss.
        public static let loss = Key(.training, "loss", better: .smaller)

        /// The part that was classified rightly; what `Metric.accuracy` measures.
        public static let accuracy = Key(.training, "accuracy", better: .larger)

        /// The part of yes and no that was right; what `Metric.binaryAccuracy` measures.
        public static let binaryAccuracy = Key(.training, "binaryAccuracy", better: .larger)

        /// The value of the metric that is called `name`.
        public static func metric(_ name: String, better: Better? = nil) -> Key {
            Key(.training, name, better: better)
        }

        /// The value of `metric`.
        public static func metric<Output, Target>(_ metric: Metric<Output, Target>) -> Key {
            Key(.training, metric.name, better: metric.better)
        }

        /// The same of the validation set.
        public static func validation(_ key: Key) -> Key { Key(.validation, key.name, better: key.better) }

        /// The rate of the epoch's last step.
        public static let learningRate = Key(.run, "learningRate", better: nil)

        /// The time that the epoch took, in seconds, validation included.
        public static let seconds = Key(.run, "seconds", better: .smaller)

        /// The median over the epoch's steps of the time from a batch's being there to the weights' being changed.
        public static let millisecondsPerStep = Key(.run, "millisecondsPerStep", better: .smaller)

        /// The part of the epoch's training time, validation left out, in which no batch was ready: 0 ... 1.
        public static let dataWaitShare = Key(.run, "dataWaitShare", better: .smaller)

        /// How many steps the epoch made.
        public static let steps = Key(.run, "steps", better: nil)

        /// The measurements of the training itself, in the order in which they are listed.
        static let measurements = [learningRate, steps, seconds, millisecondsPerStep, dataWaitShare]
    }
}

extension History.Key: Hashable {
    public static func == (a: History.Key, b: History.Key) -> Bool { a.source == b.source && a.name == b.name }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(source)
        hasher.combine(name)
    }
}

extension History.Key: CustomStringConvertible {
    /// "validation accuracy"
    public var description: String { source == .validation ? "validation \(name)" : name }
}

// MARK: Names in files

extension History.Key {
    private static let validationPrefix = "validation"

    /// The key's name in a file: "loss", "validationLoss", "seconds".
    var nameInFiles: String {
        source == .validation ? Self.validationPrefix + name.prefix(1).uppercased() + String(name.dropFirst()) : name
    }

    /// The key of that name in a file. `Metric.checkName` keeps the names of metrics such that there is one only.
    init(nameInFiles text: String) {
        if let measurement = Self.measurements.first(where: { $0.name == text }) {
            self = measurement
            return
        }
        let isValidation = Self.isOfValidation(text)
        let rest = text.dropFirst(isValidation ? Self.validationPrefix.count : 0)
        let key =
            [Self.loss, .accuracy, .binaryAccuracy].first { $0.name == rest.lowercasedFirst }
            ?? .metric(rest.lowercasedFirst)
        self = isValidation ? .validation(key) : key
    }

    /// Whether a metric can have that name: nothing else in a file has it.
    static func isMetricName(_ name: String) -> Bool {
        !name.isEmpty && !name.contains { $0 == "," || $0.isNewline } && name.first?.isUppercase == false
            && !isOfValidation(name) && name != "epoch" && name != loss.name
            && !measurements.contains { $0.name == name }
    }

    private static func isOfValidation(_ name: String) -> Bool {
        name.hasPrefix(validationPrefix) && name.dropFirst(validationPrefix.count).first?.isUppercase == true
    }

    /// Where the key stands in a list: training, validation, measurements, the loss before metrics.
    private var place: (Int, Int, String) {
        switch source {
        case .training: (0, name == Self.loss.name ? 0 : 1, name)
        case .validation: (1, name == Self.loss.name ? 0 : 1, name)
        case .run: (2, Self.measurements.firstIndex(of: self) ?? Self.measurements.count, name)
        }
    }

    static func isListedBefore(_ a: History.Key, _ b: History.Key) -> Bool { a.place < b.place }
}

extension Substring {
    fileprivate var lowercasedFirst: String { prefix(1).lowercased() + dropFirst() }
}
