import Foundation
import FoundationXML
import MartinetCharts
import Testing

/// Counts the elements of an XML document, and collects its text.
private final class ElementCounter: NSObject, XMLParserDelegate {
    var elements: [String: Int] = [:]
    var classes: [String: Int] = [:]
    var text: [String] = []

    func parser(
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
        attributes: [String: String]
    ) {
        elements[name, default: 0] += 1
        if let kind = attributes["class"] { classes[kind, default: 0] += 1 }
        text.append("")
    }

    func parser(_ parser: XMLParser, foundCharacters string: String) {
        if !text.isEmpty { text[text.count - 1] += string }
    }
}

private func parse(_ svg: String) throws -> ElementCounter {
    let counter = ElementCounter()
    let parser = XMLParser(data: Data(svg.utf8))
    parser.delegate = counter
    try #require(parser.parse(), "\(String(describing: parser.parserError))")
    return counter
}

@Suite struct ChartTests {
    @Test func logarithmicAxisHasPowersOfTenAndLeavesOutWhatIsNotPositive() throws {
        var chart = LineChart(
            title: "Gradients", xTitle: "layer", yTitle: "norm",
            series: [.init("plain", values: [2e-7, 1e-5, 0, -1, 1e-3, 0.9])])
        chart.yScale = .logarithmic
        let svg = try parse(chart.svg)
        let words = svg.text.map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }
        #expect(Set(words).isSuperset(of: ["1e-7", "0.001", "1"]))
        #expect(!words.contains("10"))
        // Four points and the legend's.
        #expect(svg.elements["circle"] == 5)
    }

    @Test func seriesShareColoursAndChartsShareRanges() throws {
        var training = LineChart.Series("training", values: [40, 30], isDashed: true)
        var test = LineChart.Series("test", values: [50, 45])
        (training.color, test.color) = (3, 3)
        var chart = LineChart(title: "Error", xTitle: "epoch", yTitle: "%", series: [training, test])
        chart.yRange = 10...90
        #expect(!chart.svg.contains("#0072b2") && chart.svg.contains("#cc79a7"))
        let words = try parse(chart.svg).text.map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }
        #expect(words.contains("10") && words.contains("90"))
    }

    @Test func logarithmicAxisOfNothingIsDrawn() throws {
        var chart = LineChart(title: "", xTitle: "", yTitle: "", series: [.init("none", values: [0, -1, .nan])])
        chart.yScale = .logarithmic
        #expect(try parse(chart.svg).elements["circle"] == 1)
    }

    @Test func lineChartHasItsSeriesTicksAndTexts() throws {
        let chart = LineChart(
            title: "Accuracy <&> \"quoted\" \u{1}", xTitle: "epoch", yTitle: "accuracy",
            series: [
                .init("residual", runs: [[0.77, 0.81, 0.83], [0.75, 0.80, 0.84]]),
                .init("plain", values: [0.7, 0.75, 0.76], isDashed: true),
            ])
        let found = try parse(chart.svg)
        #expect(found.classes["series"] == 2)
        #expect(found.classes["legend"] == 2)
        // One line for each series and legend entry, 3 ticks of x, 9 of y, the axis.
        #expect(found.elements["polyline"] == 2 + 2 + 3 + 8 + 1)
        #expect(found.elements["polygon"] == 1)
        for expected in ["residual", "plain", "epoch", "accuracy", "1", "2", "3", "0.70", "0.76", "0.84"] {
            #expect(
                found.text.contains { $0.trimmingCharacters(in: .whitespacesAndNewlines) == expected }, "\(expected)")
        }
        #expect(found.text.contains { $0.hasPrefix("Accuracy <&> \"quoted\"") })
    }

    @Test func seriesOfSeveralRunsHasMeanAndSpread() {
        let range = LineChart.Series("x", runs: [[1, 5], [3, .nan], [2]])
        #expect(range.points == [.init(x: 1, y: 2, spread: 1...3), .init(x: 2, y: 5)])
        let deviation = LineChart.Series("x", runs: [[1], [3]], spread: .standardDeviation)
        #expect(deviation.points == [.init(x: 1, y: 2, spread: 2 - 2.0.squareRoot()...2 + 2.0.squareRoot())])
    }

    @Test(arguments: [
        [], [0], [7, 7, 7], [.nan, .infinity], [1e-9, 2e-9], [1e12, 3e12], [-1e299, 1e299], [1, .nan, 3],
        [1e16, 1e16 + 2],
    ])
    func oddValuesMakeADocumentWithoutOddNumbers(values: [Double]) throws {
        for style in [LineChart.SpreadStyle.band, .errorBars] {
            let chart = LineChart(
                title: "t", xTitle: "x", yTitle: "y", series: [.init("a", runs: [values, values])], spreadStyle: style)
            let found = try parse(chart.svg)
            #expect(found.classes["series"] == 1)
            #expect(!chart.svg.contains("nan") && !chart.svg.contains("inf\""))
            #expect((found.elements["text"] ?? 0) < 40)
        }
        let bars = BarChart(title: "t", valueTitle: "v", series: ["a"], groups: values.map { .init("g", [$0]) })
        #expect(try parse(bars.svg).classes["group"] ?? 0 == values.count)
        #expect(!bars.svg.contains("nan") && !bars.svg.contains("inf\""))
    }

    @Test func barChartHasItsGroupsAndBars() throws {
        let chart = BarChart(
            title: "Step", valueTitle: "ms", series: ["Martinet", "PyTorch"],
            groups: [.init("residual", [402, 520]), .init("plain", [390.4, nil])])
        let found = try parse(chart.svg)
        #expect(found.classes["group"] == 2)
        // The background, two legend entries, three bars.
        #expect(found.elements["rect"] == 1 + 2 + 3)
        #expect(found.text.contains { $0.hasPrefix("390") })
    }

    @Test func writesTheFileOrSaysWhyNot() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "charts-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let chart = LineChart(title: "t", xTitle: "x", yTitle: "y", series: [.init("a", values: [1, 2])])
        let file = folder.appending(path: "chart.svg")
        try chart.write(to: file)
        #expect(try String(contentsOf: file, encoding: .utf8) == chart.svg)
        let missing = folder.appending(path: "missing/chart.svg")
        let error = #expect(throws: ChartError.self) { try chart.write(to: missing) }
        #expect(error?.path == missing.path)
    }
}
