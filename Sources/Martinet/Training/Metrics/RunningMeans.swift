/// The means over all samples so far of the loss and of metrics.
struct RunningMeans<Output, Target: Collatable> {
    private let metrics: [Metric<Output, Target>]
    private var lossSum = 0.0
    private var lossWeight = 0.0
    private var sums: [Double]
    private var counts: [Double]
    private(set) var count = 0

    init(_ metrics: [Metric<Output, Target>]) {
        self.metrics = metrics
        sums = metrics.map { _ in 0 }
        counts = sums
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
        for (index, metric) in metrics.enumerated() {
            sums[index] += metric.sum(outputs, targets)
            counts[index] += metric.count?(targets) ?? Double(count)
        }
        self.count += count
    }

    var loss: Double { lossSum / lossWeight }

    /// The means, the loss's first.
    var values: [(key: History.Key, value: Double)] {
        [(.loss, loss)] + metrics.indices.map { (.metric(metrics[$0]), sums[$0] / counts[$0]) }
    }
}
