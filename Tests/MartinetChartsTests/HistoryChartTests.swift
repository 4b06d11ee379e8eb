import Martinet
import MartinetCharts
import Testing

@Suite struct HistoryChartTests {
    @Test func chartHasTrainingAndValidation() {
        let history = History(epochs: [
            .init(number: 1, values: [.loss: 0.3, .accuracy: 0.75, .validation(.accuracy): 1.0 / 3, .seconds: 12.5]),
            .init(number: 2, values: [.loss: 0.2, .validation(.accuracy): 0.5, .seconds: 11]),
        ])
        #expect(history.chart(of: .accuracy).series.map(\.name) == ["training", "validation"])
        #expect(history.chart(of: .accuracy).series[1].points == [.init(x: 1, y: 1.0 / 3), .init(x: 2, y: 0.5)])
        #expect(history.chart(of: .accuracy, title: "Run 1").title == "Run 1")
        #expect(history.chart(of: .seconds).series.map(\.name) == ["training"])
    }
}
