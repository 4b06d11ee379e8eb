import ArgumentParser
import Foundation
import Martinet
import MartinetCommand
import MartinetCore

/// Where a step's time goes.
struct ProfileBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "profile",
        abstract: "Show where a network's step spends its time, against what the machine can do at best.",
        usage: "martinet-bench profile [options]",
        discussion: """
            Measures the machine's multiply-adds and its memory, the step, and each geometry of the network's convolutions
            by itself, in each direction. A line tells how many convolutions have the geometry, the time of one, the share
            of the step that all of them take, the textbook's operations a second, what the products that the algorithm in
            fact does reach of the machine's multiply-adds, and how long moving its arrays once would take at the memory's
            rate, as a part of its time. What is left of the step, in the last line, is everything but convolutions.

            With --algorithms every algorithm that can do a geometry is measured: the rules' choice is marked with *, and a
            faster one by what would be gained.

            Examples:
              martinet-bench profile --model resnet18
              martinet-bench profile --model resnet50 --batch 1 --mode infer
              martinet-bench profile --model cifar-resnet20 --batch 128 --algorithms
            """)

    @OptionGroup var step: NetworkOptions

    @Option(help: "Repetitions of each measurement, after one that is not counted.")
    var repeats = 9

    @Flag(help: "Measure every algorithm of each convolution, to see whether the rules choose well.")
    var algorithms = false

    @OptionGroup var json: JSONOption

    func validate() throws {
        try checkOption("--repeats", repeats, 1...1000)
    }

    /// A geometry in one direction by one algorithm.
    struct Line: Codable {
        var geometry: String
        var layers: [String]
        var direction: String
        var algorithm: String
        var chosen: Bool
        /// Of one convolution.
        var milliseconds: Double
        /// The textbook's operations a second.
        var gigaflopsPerSecond: Double
        /// Of the machine's multiply-adds, by the products that are in fact done.
        var shareOfMultiplyAdds: Double
        /// The time that moving input, weight and output once would take, as a part of the time.
        var shareOfMemory: Double
    }

    struct Report: Codable {
        var model: String
        var mode: String
        var batch: Int
        var threads: Int
        var machine: MachinePeaks
        var stepMilliseconds: Double
        var convolutionMilliseconds: Double
        var lines: [Line]
    }

    func run() throws {
        let machine = MachinePeaks.measure()
        let network = try NetworkStep(step)
        let stepMilliseconds = median { network.run() }
        var layers: [ConvolutionGeometry: [String]] = [:]
        var order: [ConvolutionGeometry] = []
        for (name, geometry) in network.network.convolutions(inputShape: network.images.shape) {
            if layers[geometry] == nil { order.append(geometry) }
            layers[geometry, default: []].append(name)
        }
        var lines: [Line] = []
        for geometry in order {
            for direction in step.mode.directions where !(direction == .inputGradient && geometry == order[0]) {
                lines += measure(geometry, direction, layers[geometry]!, machine)
            }
        }
        let total = lines.filter(\.chosen).reduce(0) { $0 + $1.milliseconds * Double($1.layers.count) }
        let report = Report(
            model: step.model.rawValue, mode: step.mode.rawValue, batch: step.batch, threads: Threads.count,
            machine: machine, stepMilliseconds: stepMilliseconds, convolutionMilliseconds: total, lines: lines)
        json.say("\(report)")
        try json.write(report)
    }

    private func measure(
        _ geometry: ConvolutionGeometry, _ direction: ConvolutionDirection, _ layers: [String], _ machine: MachinePeaks
    ) -> [Line] {
        let isPrepared = step.mode == .infer
        let chosen = ConvolutionPlan(geometry, direction, weightIsPrepared: isPrepared).algorithm
        let input = NDArray.normal(geometry.inputShape)
        let weight = NDArray.normal(geometry.weightShape)
        let gradient = NDArray.normal(geometry.outputShape)
        let prepared = PreparedConvolution(weight: weight, geometry: geometry)
        return ConvolutionAlgorithm.allCases.filter {
            $0 == chosen || algorithms && $0.canCompute(geometry, direction)
        }.map { algorithm in
            let plan = ConvolutionPlan(geometry, direction, algorithm: algorithm, weightIsPrepared: isPrepared)
            let planned =
                isPrepared ? prepared.planned(batch: geometry.batch, algorithm: algorithm) : nil
            let time = median {
                switch direction {
                case .forward: _ = planned?(input) ?? input.convolved(with: weight, geometry: geometry, plan: plan)
                case .inputGradient:
                    _ = NDArray.convolutionInputGradient(gradient, weight: weight, geometry: geometry, plan: plan)
                case .weightGradient:
                    _ = NDArray.convolutionWeightGradient(gradient, input: input, geometry: geometry, plan: plan)
                }
            }
            let bytes = Double((input.count + weight.count + gradient.count) * MemoryLayout<Float>.stride)
            return Line(
                geometry: "\(geometry)", layers: layers, direction: direction.rawValue, algorithm: algorithm.rawValue,
                chosen: algorithm == chosen, milliseconds: time, gigaflopsPerSecond: geometry.operations / time / 1e6,
                shareOfMultiplyAdds: plan.productOperations / time / 1e6 / machine.gigaflopsPerSecond,
                shareOfMemory: bytes / time / 1e6 / machine.gigabytesPerSecond)
        }
    }

    /// Milliseconds.
    private func median(_ body: () -> Void) -> Double {
        body()
        let clock = ContinuousClock()
        return (0..<repeats).map { _ in clock.measure(body) / .milliseconds(1) }.sorted()[repeats / 2]
    }
}

extension ProfileBenchmark.Report: CustomStringConvertible {
    var description: String {
        var table = TextTable([
            "convolution", "layers", "direction", "algorithm", "ms", "of step", "GFLOP/s", "of peak", "of memory", "",
        ])
        for (index, line) in lines.enumerated() {
            let best = lines.filter { $0.geometry == line.geometry && $0.direction == line.direction && $0.chosen }[0]
            let gain = 1 - line.milliseconds / best.milliseconds
            let isFirst = index == 0 || lines[index - 1].geometry != line.geometry
            table.add([
                isFirst ? line.geometry : "", isFirst ? "\(line.layers.count)" : "", line.direction,
                line.algorithm + (line.chosen ? " *" : ""), String(format: "%.3f", line.milliseconds),
                line.chosen ? percent(line.milliseconds * Double(line.layers.count) / stepMilliseconds) : "",
                String(format: "%.0f", line.gigaflopsPerSecond), percent(line.shareOfMultiplyAdds),
                percent(line.shareOfMemory), gain > 0.03 ? "\(percent(gain)) faster" : "",
            ])
        }
        let rest = stepMilliseconds - convolutionMilliseconds
        return """
            \(model), \(mode), batch \(batch), \(threads) threads
            The machine: \(String(format: "%.0f GFLOP/s of multiply-adds, %.1f GB/s", machine.gigaflopsPerSecond, machine.gigabytesPerSecond))

            \(table)

            A step takes \(String(format: "%.1f ms: %.1f ms convolutions, %.1f ms (", stepMilliseconds, convolutionMilliseconds, rest))\
            \(percent(rest / stepMilliseconds))) the rest
            """
    }

    private func percent(_ share: Double) -> String { String(format: "%.0f %%", share * 100) }
}
