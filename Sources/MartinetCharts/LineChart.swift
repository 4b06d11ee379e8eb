import Foundation

/// A chart of curves, such as accuracy against epoch, as an SVG image.
///
/// ```swift
/// let chart = LineChart(
///     title: "Validation accuracy", xTitle: "epoch", yTitle: "accuracy",
///     series: [.init("residual", runs: residualRuns), .init("plain", runs: plainRuns)])
/// try chart.write(to: url)
/// ```
///
/// Curves differ by colour and by the shape of their points, so that it can be read without colours too.
public struct LineChart: Sendable {
    /// A value, and how far others of its kind spread around it.
    public struct Point: Sendable, Equatable {
        public var x: Double
        public var y: Double

        /// The ends of the spread, where there is one.
        public var spread: ClosedRange<Double>?

        public init(x: Double, y: Double, spread: ClosedRange<Double>? = nil) {
            self.x = x
            self.y = y
            self.spread = spread
        }
    }

    /// How the spread of several runs is measured.
    public enum Spread: Sendable {
        /// From the smallest value to the largest.
        case range

        /// A standard deviation (of the sample, n - 1) to both sides of the mean.
        case standardDeviation
    }

    /// One curve.
    public struct Series: Sendable, Equatable {
        public var name: String

        /// By ascending `x`. Points that are not finite leave a gap.
        public var points: [Point]

        /// Whether the line is dashed; for a curve that belongs to another, as training to validation.
        public var isDashed: Bool

        /// The number of its colour and of its points' shape, for series that have them in common; its place among the series
        /// where nil.
        public var color: Int?

        public init(_ name: String, points: [Point], isDashed: Bool = false) {
            self.name = name
            self.points = points
            self.isDashed = isDashed
        }

        /// Values at 1, 2, 3 …: one for each epoch.
        public init(_ name: String, values: [Double], isDashed: Bool = false) {
            self.init(
                name, points: values.enumerated().map { Point(x: Double($0 + 1), y: $1) }, isDashed: isDashed)
        }

        /// The mean of several runs at 1, 2, 3 …, and their spread. Runs may differ in length; only finite values count.
        public init(_ name: String, runs: [[Double]], spread: Spread = .range, isDashed: Bool = false) {
            let length = runs.map(\.count).max() ?? 0
            let points = (0..<length).compactMap { index -> Point? in
                let values = runs.compactMap { index < $0.count && $0[index].isFinite ? $0[index] : nil }
                guard let smallest = values.min(), let largest = values.max() else { return nil }
                let mean = values.reduce(0, +) / Double(values.count)
                guard values.count > 1 else { return Point(x: Double(index + 1), y: mean) }
                let squares = values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +)
                let deviation = (squares / Double(values.count - 1)).squareRoot()
                let ends = spread == .range ? smallest...largest : mean - deviation...mean + deviation
                return Point(x: Double(index + 1), y: mean, spread: ends)
            }
            self.init(name, points: points, isDashed: isDashed)
        }
    }

    /// How spreads are drawn.
    public enum SpreadStyle: Sendable {
        case band, errorBars
    }

    public var title: String
    public var xTitle: String
    public var yTitle: String
    public var series: [Series]
    public var spreadStyle: SpreadStyle

    /// How the vertical axis is divided. On a logarithmic one, points that are not positive leave a gap.
    public var yScale = ChartScale.linear

    /// A range that the vertical axis covers besides the curves, so that charts can be laid side by side.
    public var yRange: ClosedRange<Double>?

    /// In pixels.
    public var size: (width: Double, height: Double) = (720, 440)

    public init(
        title: String, xTitle: String, yTitle: String, series: [Series], spreadStyle: SpreadStyle = .band
    ) {
        self.title = title
        self.xTitle = xTitle
        self.yTitle = yTitle
        self.series = series
        self.spreadStyle = spreadStyle
    }

    /// The image.
    public var svg: String {
        let series = series.map(drawable)
        let points = series.flatMap(\.points).filter(\.isDrawn)
        let xs = points.map(\.x)
        let xAxis = ChartAxis(xs, ticks: 10, isTight: true, isWhole: xs.allSatisfy { $0 == $0.rounded() })
        let ys =
            points.flatMap { [$0.y] + ($0.spread.map { [$0.lowerBound, $0.upperBound] } ?? []) }
            + (yRange.map { [$0.lowerBound, $0.upperBound] } ?? [])
        let yAxis = yScale == .linear ? ChartAxis(ys) : ChartAxis(logarithmic: ys)

        let yLabels = yAxis.ticks.map { SVGDocument.width(of: yAxis.label($0)) }.max() ?? 0
        let left = 24 + ChartStyle.lineHeight + yLabels
        let right = size.width - 24
        let legend = ChartStyle.legendPlaces(series.map(\.name), width: right - left)
        let top = 44 + Double(legend.lines) * ChartStyle.lineHeight + 8
        let plot = Plot(
            left: left, right: right, top: top, bottom: max(top + 40, size.height - 56), xAxis: xAxis, yAxis: yAxis)

        var document = SVGDocument(width: size.width, height: size.height, title: title)
        document.text(title, x: left, y: 30, size: ChartStyle.titleSize, isBold: true, fill: "#111111")
        draw(legend.places, at: (left, 54), in: &document)
        plot.drawAxes(xTitle: xTitle, yTitle: yTitle, in: &document)
        // All spreads first: they must not cover another curve.
        for (index, series) in series.enumerated() {
            document.group(class: "spread") { draw(spreadOf: series, index, plot, in: &$0) }
        }
        for (index, series) in series.enumerated() {
            document.group(class: "series") { draw(series, index, plot, in: &$0) }
        }
        return document.text
    }

    /// Writes the image to a file, all of it or nothing.
    public func write(to url: URL) throws(ChartError) { try writeChart(svg, to: url) }

    /// The series without what has no place on the vertical axis.
    private func drawable(_ series: Series) -> Series {
        guard yScale == .logarithmic else { return series }
        var series = series
        for index in series.points.indices {
            if series.points[index].y <= 0 { series.points[index].y = .nan }
            if let spread = series.points[index].spread, spread.lowerBound <= 0 { series.points[index].spread = nil }
        }
        return series
    }

    private func draw(
        _ places: [(x: Double, line: Int)], at origin: (x: Double, y: Double), in document: inout SVGDocument
    ) {
        for (index, place) in places.enumerated() {
            let x = origin.x + place.x
            let y = origin.y + Double(place.line) * ChartStyle.lineHeight
            document.group(class: "legend") { document in
                let kind = series[index].color ?? index
                let color = ChartStyle.color(kind)
                document.polyline([(x, y), (x + 26, y)], stroke: color, width: 2, dashes: dashes(series[index]))
                drawMarker(kind, x: x + 13, y: y, color: color, in: &document)
                document.text(series[index].name, x: x + ChartStyle.legendMark, y: y + 4.5)
            }
        }
    }

    private func draw(spreadOf series: Series, _ index: Int, _ plot: Plot, in document: inout SVGDocument) {
        let index = series.color ?? index
        let color = ChartStyle.color(index)
        for run in series.runs {
            let ends = run.compactMap { point in
                point.spread.map { (plot.place(point.x, $0.lowerBound), plot.place(point.x, $0.upperBound)) }
            }
            switch spreadStyle {
            case .band:
                guard ends.count > 1 else { continue }
                document.polygon(ends.map(\.1) + ends.reversed().map(\.0), fill: color, opacity: 0.16)
            case .errorBars:
                for (low, high) in ends {
                    document.polyline([low, high], stroke: color)
                    for end in [low, high] {
                        document.polyline([(end.x - 4, end.y), (end.x + 4, end.y)], stroke: color)
                    }
                }
            }
        }
    }

    private func draw(_ series: Series, _ index: Int, _ plot: Plot, in document: inout SVGDocument) {
        let index = series.color ?? index
        let color = ChartStyle.color(index)
        for run in series.runs {
            let places = run.map { plot.place($0.x, $0.y) }
            if places.count > 1 { document.polyline(places, stroke: color, width: 2, dashes: dashes(series)) }
            // Where points are many, markers hide the curve.
            guard series.points.count <= 40 || places.count == 1 else { continue }
            for place in places { drawMarker(index, x: place.x, y: place.y, color: color, in: &document) }
        }
    }

    private func dashes(_ series: Series) -> String? { series.isDashed ? "6 4" : nil }

    /// A circle, square, triangle or diamond by the series's index.
    private func drawMarker(_ index: Int, x: Double, y: Double, color: String, in document: inout SVGDocument) {
        switch index % 4 {
        case 0: document.circle(x: x, y: y, radius: 3.6, fill: color)
        case 1: document.rectangle(x: x - 3.3, y: y - 3.3, width: 6.6, height: 6.6, fill: color)
        case 2: document.polygon([(x, y - 4.4), (x + 4.2, y + 3.2), (x - 4.2, y + 3.2)], fill: color)
        default: document.polygon([(x, y - 4.8), (x + 4.8, y), (x, y + 4.8), (x - 4.8, y)], fill: color)
        }
    }
}

extension LineChart.Point {
    fileprivate var isDrawn: Bool { abs(x) < 1e300 && abs(y) < 1e300 }
}

extension LineChart.Series {
    /// The points between gaps.
    fileprivate var runs: [[LineChart.Point]] {
        points.split(whereSeparator: { !$0.isDrawn }).map(Array.init)
    }
}

/// The area that the curves are drawn in.
private struct Plot {
    let left, right, top, bottom: Double
    let xAxis, yAxis: ChartAxis

    /// Points keep this far from the left and right edges.
    private let inset = 14.0

    func place(_ x: Double, _ y: Double) -> (x: Double, y: Double) {
        (xAxis.place(x, from: left + inset, to: right - inset), yAxis.place(y, from: bottom, to: top))
    }

    func drawAxes(xTitle: String, yTitle: String, in document: inout SVGDocument) {
        document.group(class: "axes") { document in
            for tick in yAxis.ticks {
                let y = yAxis.place(tick, from: bottom, to: top)
                document.polyline([(left, y), (right, y)], stroke: ChartStyle.grid)
                document.text(yAxis.label(tick), x: left - 8, y: y + 4.5, anchor: .end, fill: ChartStyle.muted)
            }
            for tick in xAxis.ticks {
                let x = place(tick, 0).x
                document.polyline([(x, bottom), (x, bottom + 5)], stroke: ChartStyle.frame)
                document.text(xAxis.label(tick), x: x, y: bottom + 20, anchor: .middle, fill: ChartStyle.muted)
            }
            document.polyline([(left, bottom), (right, bottom)], stroke: ChartStyle.frame)
            document.text(xTitle, x: (left + right) / 2, y: bottom + 43, anchor: .middle)
            document.text(yTitle, x: 22, y: (top + bottom) / 2, anchor: .middle, isVertical: true)
        }
    }
}
