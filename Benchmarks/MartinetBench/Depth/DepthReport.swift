import Foundation
import Martinet
import MartinetCharts
import MartinetCommand

/// All trainings, as a table, charts, and what follows from them.
struct DepthReport: Encodable {
    let settings: DepthSettings
    let threads: Int
    let results: [DepthResult]

    private func results(_ kind: DepthNetwork.Kind, _ depth: Int) -> [DepthResult] {
        results.filter { $0.network.kind == kind && $0.network.depth == depth }
    }

    var table: String {
        var table = TextTable([
            "network", "parameters", "training error", "test error", "a step", "an epoch", "memory",
            "gradient before", "after",
        ])
        for kind in DepthNetwork.Kind.allCases {
            for depth in settings.depths {
                let own = results(kind, depth)
                guard let first = own.first else { continue }
                let epochs = own.flatMap(\.history.epochs)
                table.add([
                    first.network.name, "\(first.parameters)", spread(own.map(\.trainingError)),
                    spread(own.map(\.testError)),
                    String(format: "%.0f ms", median(epochs.map(\.millisecondsPerStep))),
                    String(format: "%.1f s", median(epochs.map(\.seconds))),
                    String(format: "%.0f MB", Double(own.map(\.peakArrayMemory).max() ?? 0) / 1e6),
                    firstNorm(own.map(\.gradientsBefore)), firstNorm(own.map(\.gradientsAfter)),
                ])
            }
        }
        return """
            Errors in per cent after \(settings.epochs) epochs of \(settings.images) images: the mean and, in brackets, the \
            least and the most of \(settings.seeds == 1 ? "one seed" : "\(settings.seeds) seeds"). The training error is \
            that of the last epoch's steps. Gradients: the norm of the first convolution's, before and after the training.

            \(table)
            """
    }

    /// Whether depth harms, for each kind of network.
    var conclusion: String {
        guard let shallow = settings.depths.first, let deep = settings.depths.last, shallow < deep else {
            return "One depth alone says nothing about depth."
        }
        return settings.kinds.map { kind in
            let differences = results(kind, deep).compactMap { deep in
                results(kind, shallow).first { $0.network.seed == deep.network.seed }.map {
                    deep.trainingError - $0.trainingError
                }
            }
            guard !differences.isEmpty else { return "The \(kind.rawValue) networks were not all trained." }
            let above = differences.count { $0 > 0 }
            let list = differences.map { String(format: "%+.2f", $0) }.joined(separator: ", ")
            return """
                The training error of \(kind.rawValue)-\(deep) lies above that of \(kind.rawValue)-\(shallow) for \(above) of \
                \(differences.count) seeds; the differences in points are \(list).
                """
        }.joined(separator: "\n")
    }

    /// As the paper's figure 6: training error dashed, test error bold, a colour for each depth. And the gradients.
    var charts: KeyValuePairs<String, LineChart> {
        func errors(_ kind: DepthNetwork.Kind) -> LineChart {
            let series = settings.depths.enumerated().flatMap { index, depth -> [LineChart.Series] in
                let own = results(kind, depth)
                guard !own.isEmpty else { return [] }
                var training = LineChart.Series(
                    "\(kind.rawValue)-\(depth), training", runs: own.map(\.trainingErrors), isDashed: true)
                var test = LineChart.Series("test", runs: own.map(\.testErrors))
                (training.color, test.color) = (index, index)
                return [training, test]
            }
            var chart = LineChart(
                title: "CIFAR-10: \(kind.rawValue) networks, \(settings.images) images", xTitle: "epoch",
                yTitle: "error in %", series: series)
            // The same for both kinds, so that they can be compared.
            let all = results.flatMap { $0.trainingErrors + $0.testErrors }
            if let least = all.min(), let most = all.max() { chart.yRange = least...most }
            return chart
        }
        let deepest = results.filter { $0.network.depth == settings.depths.last && $0.network.seed == 1 }
        var gradients = LineChart(
            title: "Gradients of the deepest networks", xTitle: "convolution", yTitle: "gradient norm of the weights",
            series: deepest.flatMap { result in
                [
                    LineChart.Series("\(result.network.name), before", values: result.gradientsBefore, isDashed: true),
                    LineChart.Series("after", values: result.gradientsAfter),
                ]
            })
        gradients.yScale = .logarithmic
        return [
            "depth-plain": errors(.plain), "depth-residual": errors(.residual), "depth-gradients": gradients,
        ]
    }

    private func spread(_ values: [Double]) -> String {
        let mean = String(format: "%.2f", values.reduce(0, +) / Double(values.count))
        guard let least = values.min(), let most = values.max(), values.count > 1 else { return mean }
        return mean + String(format: " (%.2f to %.2f)", least, most)
    }

    private func firstNorm(_ norms: [[Double]]) -> String { String(format: "%.2f", median(norms.compactMap(\.first))) }

    private func median(_ values: [Double]) -> Double {
        values.isEmpty ? .nan : values.sorted()[values.count / 2]
    }
}
