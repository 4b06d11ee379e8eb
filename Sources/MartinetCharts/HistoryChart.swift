import Martinet

extension History {
    /// The values of that name, and those of validation where there are any, as curves against the epoch.
    ///
    /// - Parameters:
    ///   - name: "loss", "accuracy" or another metric's name.
    ///   - title: the chart's; the name if nil.
    public func chart(of name: String, title: String? = nil) -> LineChart {
        let validation = values(of: Epoch.validationName(name))
        var series = [LineChart.Series("training", values: values(of: name), isDashed: true)]
        if validation.contains(where: \.isFinite) { series.append(.init("validation", values: validation)) }
        return LineChart(title: title ?? name, xTitle: "epoch", yTitle: name, series: series)
    }
}
