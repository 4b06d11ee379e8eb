import Foundation
import Martinet
import MartinetCharts

/// Trainings of one or more networks side by side.
struct Comparison {
    /// The trainings of one network.
    private struct Group {
        let variant: Variant
        let trainings: [Training]

        /// The validation accuracy after each epoch, one list a training.
        var accuracies: [[Double]] { trainings.map { $0.history.values(of: .validation(.accuracy)) } }

        func accuracies(after epoch: Int) -> [Double] {
            accuracies.compactMap { $0.indices.contains(epoch) ? $0[epoch] : nil }
        }
    }

    private let groups: [Group]

    init(_ trainings: [Training]) {
        groups = Variant.allCases.compactMap { variant in
            let own = trainings.filter { $0.variant == variant }
            return own.isEmpty ? nil : Group(variant: variant, trainings: own)
        }
    }

    /// The mean validation accuracy after each epoch with the least and the most of all runs, the test accuracy, and what
    /// follows from it.
    var table: String {
        let epochs = groups.flatMap(\.accuracies).map(\.count).max() ?? 0
        var lines = ["Validation accuracy: mean (least to most) of the runs"]
        lines.append(row("epoch", groups.map(\.variant.rawValue)))
        for epoch in 0..<epochs {
            lines.append(row("\(epoch + 1)", groups.map { summary(of: $0.accuracies(after: epoch)) }))
        }
        lines.append(row("test", groups.map { summary(of: $0.trainings.compactMap(\.testAccuracy)) }))
        let step = { (group: Group) in
            let times = group.trainings.flatMap { $0.history.values(of: .millisecondsPerStep) }.sorted()
            return times.isEmpty ? "-" : String(format: "%.0f ms", times[times.count / 2])
        }
        lines.append(row("a step", groups.map(step)))
        if let conclusion { lines += ["", conclusion] }
        return lines.joined(separator: "\n")
    }

    /// The answer to the exercise's question, where residual and plain networks were both trained.
    private var conclusion: String? {
        guard let residual = groups.first(where: { $0.variant == .residual }),
            let plain = groups.first(where: { $0.variant == .plain })
        else { return nil }
        let last = Swift.min(residual.accuracies.map(\.count).min() ?? 0, plain.accuracies.map(\.count).min() ?? 0)
        guard last > 0 else { return nil }
        let (with, without) = (residual.accuracies(after: last - 1), plain.accuracies(after: last - 1))
        let difference = mean(with) - mean(without)
        let isApart = with.min()! > without.max()! || with.max()! < without.min()!
        let runs = Swift.min(with.count, without.count)
        return String(
            format: "After epoch %d the network with shortcuts is %.2f points %@ than the one without", last,
            Swift.abs(difference) * 100, difference >= 0 ? "better" : "worse")
            + (runs == 1
                ? "; one run of each says little about how much of it is chance."
                : isApart ? ": more than the runs of either spread." : ": no more than the runs spread.")
    }

    /// The validation accuracies, epoch by epoch.
    var chart: LineChart {
        LineChart(
            title: "Fashion-MNIST, with and without shortcuts", xTitle: "epoch", yTitle: "validation accuracy",
            series: groups.map { LineChart.Series($0.variant.rawValue, runs: $0.accuracies) })
    }

    private func row(_ name: String, _ cells: [String]) -> String {
        ([name] + cells).enumerated().map { column, cell in
            cell.padding(toLength: Swift.max(cell.count, column == 0 ? 8 : 28), withPad: " ", startingAt: 0)
        }.joined().trimmingCharacters(in: .whitespaces)
    }

    private func summary(of values: [Double]) -> String {
        guard let least = values.min(), let most = values.max() else { return "-" }
        return String(format: "%.4f", mean(values))
            + (values.count > 1 ? String(format: " (%.4f to %.4f)", least, most) : "")
    }

    private func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
}
