import Martinet

extension History {
    /// The values of `key` of the training samples, and those of the validation set where there are any, as curves against the
    /// epoch.
    ///
    /// - Parameters:
    ///   - key: `.loss`, `.accuracy` or another metric.
    ///   - title: the chart's; the key's name if nil.
    public func chart(of key: Key, title: String? = nil) -> LineChart {
        let validation = values(of: .validation(key))
        var series = [LineChart.Series("training", values: values(of: key), isDashed: true)]
        if validation.contains(where: \.isFinite) { series.append(.init("validation", values: validation)) }
        return LineChart(title: title ?? key.name, xTitle: "epoch", yTitle: key.name, series: series)
    }
}
