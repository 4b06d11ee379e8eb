import Foundation
import MartinetBase

/// A chart of horizontal bars, such as the times of several programs at several tasks, as an SVG image.
///
/// ```swift
/// let chart = BarChart(
///     title: "Training step, batch 256", valueTitle: "milliseconds (less is better)",
///     series: ["Martinet", "PyTorch"], groups: [.init("residual", [402, 520]), .init("plain", [390, 511])])
/// ```
public struct BarChart: Sendable {
    /// Bars that stand together: one for each series.
    public struct Group: Sendable, Equatable {
        public var name: String

        /// A value of each series, in their order; nil or not finite for one that has none here.
        public var values: [Double?]

        public init(_ name: String, _ values: [Double?]) {
            self.name = name
            self.values = values
        }
    }

    public var title: String
    public var valueTitle: String

    /// The names of the series, each of which has a colour.
    public var series: [String]
    public var groups: [Group]

    /// In pixels; the height follows from the number of bars.
    public var width = 720.0

    /// - Precondition: no group has more values than there are series.
    public init(title: String, valueTitle: String, series: [String], groups: [Group]) {
        for group in groups {
            require(
                group.values.count <= series.count,
                "BarChart: the group \(group.name) has \(group.values.count) values for \(series.count) series")
        }
        self.title = title
        self.valueTitle = valueTitle
        self.series = series
        self.groups = groups
    }

    /// The image.
    public var svg: String {
        let axis = ChartAxis([0] + groups.flatMap(\.values).compactMap { $0 })
        let names = groups.map { SVGDocument.width(of: $0.name) }.max() ?? 0
        let left = min(24 + names + 10, width / 2)
        // Room for the last bar's number.
        let right = width - 70
        // One series needs no legend.
        let legend = ChartStyle.legendPlaces(series.count > 1 ? series : [], width: width - 48)
        let top = 44 + Double(legend.lines) * ChartStyle.lineHeight + 8
        let groupHeight = Double(series.count) * Self.barHeight + Self.gap
        let bottom = top + Double(groups.count) * groupHeight + Self.gap / 2

        var document = SVGDocument(width: width, height: bottom + 56, title: title)
        document.text(title, x: 24, y: 30, size: ChartStyle.titleSize, isBold: true, fill: "#111111")
        for (index, place) in legend.places.enumerated() {
            let y = 54 + Double(place.line) * ChartStyle.lineHeight
            document.group(class: "legend") { document in
                document.rectangle(
                    x: 24 + place.x, y: y - 6, width: 14, height: 12, fill: ChartStyle.color(index))
                document.text(series[index], x: 24 + place.x + 21, y: y + 4.5)
            }
        }
        document.group(class: "axes") { document in
            for tick in axis.ticks {
                let x = axis.place(tick, from: left, to: right)
                document.polyline([(x, top), (x, bottom)], stroke: tick == 0 ? ChartStyle.frame : ChartStyle.grid)
                document.text(axis.label(tick), x: x, y: bottom + 18, anchor: .middle, fill: ChartStyle.muted)
            }
            document.text(valueTitle, x: (left + right) / 2, y: bottom + 41, anchor: .middle)
        }
        for (row, group) in groups.enumerated() {
            let y = top + Double(row) * groupHeight + Self.gap
            document.group(class: "group") { draw(group, y: y, left: left, right: right, axis, in: &$0) }
        }
        return document.text
    }

    /// Writes the image to a file, all of it or nothing.
    public func write(to url: URL) throws(ChartError) { try writeChart(svg, to: url) }

    private static let barHeight = 22.0
    private static let gap = 14.0

    private func draw(
        _ group: Group, y: Double, left: Double, right: Double, _ axis: ChartAxis, in document: inout SVGDocument
    ) {
        let middle = y + Double(series.count) * Self.barHeight / 2
        document.text(group.name, x: left - 10, y: middle + 4.5, anchor: .end)
        let zero = axis.place(0, from: left, to: right)
        for (index, value) in group.values.enumerated() {
            guard let value, abs(value) < 1e300 else { continue }
            let end = axis.place(value, from: left, to: right)
            let barTop = y + Double(index) * Self.barHeight
            document.rectangle(
                x: min(zero, end), y: barTop + 1, width: abs(end - zero), height: Self.barHeight - 2,
                fill: ChartStyle.color(index))
            document.text(
                String(format: abs(value) >= 100 ? "%.0f" : "%.3g", value), x: max(zero, end) + 6,
                y: barTop + Self.barHeight / 2 + 4.5, fill: ChartStyle.muted)
        }
    }
}
