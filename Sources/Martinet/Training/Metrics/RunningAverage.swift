import MartinetBase

/// The mean of values that come in one by one, such as the losses of batches.
public struct RunningAverage: Sendable {
    private var total = 0.0

    /// How many values the mean is of.
    public private(set) var count = 0

    public init() {}

    /// The mean so far; NaN of no values.
    public var value: Double { total / Double(count) }

    /// Takes up a value that is itself the mean of `count`, of a batch's examples for one.
    public mutating func add(_ value: Double, count: Int = 1) {
        require(count >= 0, "RunningAverage: a count of \(count) is negative")
        guard count > 0 else { return }
        total += value * Double(count)
        self.count += count
    }

    /// Takes up a value that is itself the mean of `count`, of a batch's examples for one.
    public mutating func add(_ value: Float, count: Int = 1) { add(Double(value), count: count) }
}
