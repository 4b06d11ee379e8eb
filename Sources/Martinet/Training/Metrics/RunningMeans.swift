/// The means over all samples so far of the loss and of metrics.
struct RunningMeans<Output, Target: Collatable> {
    private let metrics: [Metric<Output, Target>]
    private var lossSum = 0.0
    private var lossWeight = 0.0
    private var sums: [Double]
    private(set) var count = 0

    init(_ metrics: [Metric<Output, Target>]) {
        self.metrics = metrics
        sums = metrics.map { _ in 0 }
    }

    /// - Parameters:
    ///   - value: the loss's mean over the batch's `count` samples.
    ///   - loss: says what the batch counts in the mean over all.
    mutating func add(
        loss value: Float, _ loss: Loss<Output, Target>, _ outputs: Output, _ targets: Target.Collated, count: Int
    ) {
        let weight = loss.weight?(targets) ?? Double(count)
        // A batch that counts nothing has no mean.
        if weight != 0 { lossSum += Double(value) * weight }
        lossWeight += weight
        for index in metrics.indices { sums[index] += metrics[index].sum(outputs, targets) }
        self.count += count
    }

    var loss: Double { lossSum / lossWeight }

    /// The means, the loss's first.
    var values: [(key: History.Key, value: Double)] {
        [(.loss, loss)] + zip(metrics, sums).map { (.metric($0), $1 / Double(count)) }
    }
}
