/// The means over all samples so far of the loss and of metrics.
struct RunningMeans<Output, Target: Collatable> {
    private let metrics: [Metric<Output, Target>]
    private var lossSum = 0.0
    private var sums: [Double]
    private(set) var count = 0

    init(_ metrics: [Metric<Output, Target>]) {
        self.metrics = metrics
        sums = metrics.map { _ in 0 }
    }

    /// - Parameter loss: the mean over the batch's `count` samples.
    mutating func add(loss: Float, _ outputs: Output, _ targets: Target.Collated, count: Int) {
        lossSum += Double(loss) * Double(count)
        for index in metrics.indices { sums[index] += metrics[index].sum(outputs, targets) }
        self.count += count
    }

    var loss: Double { lossSum / Double(count) }

    /// The means, the loss's first.
    var values: [(key: History.Key, value: Double)] {
        [(.loss, loss)] + zip(metrics, sums).map { (.metric($0), $1 / Double(count)) }
    }
}
