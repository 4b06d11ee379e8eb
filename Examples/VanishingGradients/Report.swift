import Foundation
import Martinet
import MartinetCharts
import MartinetCommand

/// All measurements, as a table, charts, and what follows from them.
struct Report: Encodable {
    let measurements: [Measurement]
    let steps: Int

    var table: String {
        var table = TextTable([
            "network", "depth", "first layer", "first/last", "after", "largest s.v.", "smallest", "loss", "after",
            "accuracy",
        ])
        for one in measurements {
            table.add(
                [one.configuration.name, "\(one.configuration.depth)"]
                    + [
                        one.gradientsBefore[0], one.ratioBefore, one.ratioAfter, one.singularValues[0],
                        one.singularValues[one.singularValues.count - 1],
                    ].map(short)
                    + [short(one.lossBefore), short(one.lossAfter)]
                    + [one.divergedAt.map { "diverged at \($0)" } ?? String(format: "%.3f", one.accuracy)])
        }
        return """
            Gradient norm of the first layer's weights and its ratio to the last layer's, before the training and after;
            the largest and the smallest singular value of the Jacobian before; loss before and after; test accuracy.
            0 is a number too small for 32 bits, inf one too large.

            \(table)
            """
    }

    /// Two sentences on the deepest networks.
    var conclusion: String {
        let deepest = measurements.map(\.configuration.depth).max() ?? 0
        func find(_ function: Configuration.Function, residual: Bool, norm: Bool) -> Measurement? {
            measurements.first {
                $0.configuration
                    == Configuration(function: function, isResidual: residual, hasBatchNorm: norm, depth: deepest)
            }
        }
        func ratios(residual: Bool, norm: Bool) -> String {
            Configuration.Function.allCases.compactMap { function in
                find(function, residual: residual, norm: norm).map { "\(short($0.ratioBefore)) (\(function.rawValue))" }
            }.joined(separator: ", ")
        }
        func learned(residual: Bool) -> String {
            let networks = measurements.filter {
                $0.configuration.depth == deepest && $0.configuration.isResidual == residual
            }
            return "\(networks.count { $0.accuracy > 0.5 }) of \(networks.count)"
        }
        let stretches = [false, true].compactMap { find(.sigmoid, residual: $0, norm: false)?.singularValues[0] }
        guard stretches.count == 2, find(.relu, residual: true, norm: true) != nil else {
            return "Not all of the deepest networks were measured, so nothing is concluded."
        }
        return """
            Before the training, the first of \(deepest) layers gets this many times the gradient of the last: in plain \
            networks \(ratios(residual: false, norm: false)), and with BatchNorm \(ratios(residual: false, norm: true)); \
            with shortcuts \(ratios(residual: true, norm: false)), and with both \(ratios(residual: true, norm: true)).
            A shortcut adds the identity to each layer's Jacobian, so that a layer that stretches nothing passes what it \
            is given (the largest singular value of \(deepest) sigmoid layers is \(short(stretches[0])) plain and \
            \(short(stretches[1])) residual), and after \(steps) steps \(learned(residual: false)) of the plain networks of \
            that depth classify more than half of the test images, \(learned(residual: true)) of the residual ones.
            """
    }

    var charts: KeyValuePairs<String, LineChart> {
        let deepest = measurements.map(\.configuration.depth).max() ?? 0
        let deep = measurements.filter { $0.configuration.depth == deepest }
        func chart(
            _ title: String, x: String, y: String, _ measurements: [Measurement],
            _ points: (Measurement) -> [LineChart.Point]
        ) -> LineChart {
            var chart = LineChart(
                title: title, xTitle: x, yTitle: y,
                series: measurements.map {
                    LineChart.Series($0.configuration.name, points: points($0), isDashed: !$0.configuration.isResidual)
                })
            chart.yScale = .logarithmic
            chart.size.height = 520
            return chart
        }
        func profile(norm: Bool) -> LineChart {
            chart(
                "Gradients of \(deepest) layers before training, \(norm ? "with" : "without") BatchNorm", x: "layer",
                y: "gradient norm of the weights", deep.filter { $0.configuration.hasBatchNorm == norm }
            ) { numbered($0.gradientsBefore) }
        }
        func spectrum(norm: Bool) -> LineChart {
            chart(
                "How \(deepest) layers stretch a change of the image, \(norm ? "with" : "without") BatchNorm",
                x: "number of the singular value", y: "singular value of the Jacobian",
                deep.filter { $0.configuration.hasBatchNorm == norm }
            ) { numbered($0.singularValues) }
        }
        let training = chart(
            "The first of \(deepest) layers during training, ReLU", x: "step", y: "gradient norm of the weights",
            deep.filter { $0.configuration.function == .relu }
        ) { one in zip(one.steps, one.firstGradients).map { .init(x: Double($0), y: $1) } }
        return [
            "gradients": profile(norm: false), "gradients-batchnorm": profile(norm: true),
            "singular-values": spectrum(norm: false), "singular-values-batchnorm": spectrum(norm: true),
            "training-relu": training,
        ]
    }

    private func numbered(_ values: [Double]) -> [LineChart.Point] {
        values.enumerated().map { LineChart.Point(x: Double($0 + 1), y: $1) }
    }
}

/// "0.0123", "1.2e-30"
private func short(_ value: Double) -> String {
    switch abs(value) {
    case _ where value.isNaN: "-"
    case 0: "0"
    case 0.01..<1000: String(format: "%.3g", value)
    default: String(format: "%.0e", value)
    }
}

extension Configuration {
    /// "relu residual BatchNorm"
    var name: String {
        function.rawValue + (isResidual ? " residual" : " plain") + (hasBatchNorm ? " BatchNorm" : "")
    }
}
