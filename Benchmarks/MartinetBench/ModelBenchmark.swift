import ArgumentParser
import Foundation
import Martinet
import MartinetCommand

/// Times whole networks.
struct ModelBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "model",
        abstract: "Time one step of a network: a training step, or inference.",
        usage: "martinet-bench model [options]",
        discussion: """
            A training step is the forward pass, cross-entropy, the backward pass and SGD with momentum 0.9 and weight decay
            1e-4; inference is the forward pass in evaluation mode without a graph. Inputs are random. Steps before the
            first timed one warm caches and memory up.

            Operations are the textbook's: two for each multiply-add of a convolution or a fully connected layer. A fast
            algorithm such as Winograd's does fewer, so the rate may exceed what the machine can do. Peak memory is the
            physical memory of the whole process, and net of what the process held before it made the network.

            Examples:
              martinet-bench model --model fashion --batch 256 --mode train
              martinet-bench model --model resnet50 --batch 1 --mode infer --json -
            """)

    @OptionGroup var step: NetworkOptions

    @Option(help: "Timed steps.")
    var iterations = 20

    @Option(help: "Steps before the first timed one.")
    var warmup = 3

    @OptionGroup var threads: ThreadOption
    @OptionGroup var json: JSONOption

    func validate() throws {
        try checkOption("--iterations", iterations, 1...100_000)
        try checkOption("--warmup", warmup, 0...1000)
    }

    /// The figures as they are written.
    struct Report: Codable {
        var model: String
        var mode: String
        var batch: Int
        var imageSize: Int
        var threads: Int
        /// One for each timed step.
        var milliseconds: [Double]
        var medianMilliseconds: Double
        var leastMilliseconds: Double
        /// Of the middle half of the steps.
        var interquartileMilliseconds: Double
        /// The textbook's floating-point operations of a step.
        var operations: Double
        /// At the median.
        var gigaflopsPerSecond: Double
        /// Bytes, of the whole process.
        var peakMemory: Int?
        /// Bytes, of the whole process before it made the network.
        var baselineMemory: Int?
        /// Bytes, of the arrays alone.
        var peakArrayMemory: Int
    }

    func run() throws {
        let baselineMemory = residentMemory()
        threads.apply()
        let network = try NetworkStep(step)
        for _ in 0..<warmup { network.run() }
        let clock = ContinuousClock()
        let times = (0..<iterations).map { _ in clock.measure(network.run) / .milliseconds(1) }
        // Counting operations runs the network once more, and is no part of what is measured.
        let (peakMemory, peakArrayMemory) = (peakResidentMemory(), Memory.peak)
        let operations = step.mode.operations(of: network.network, imageShape: network.images.shape)
        let sorted = times.sorted()
        let median = sorted[sorted.count / 2]
        let report = Report(
            model: step.model.rawValue, mode: step.mode.rawValue, batch: step.batch, imageSize: step.imageSize,
            threads: Threads.count,
            milliseconds: times, medianMilliseconds: median, leastMilliseconds: sorted[0],
            interquartileMilliseconds: sorted[sorted.count * 3 / 4] - sorted[sorted.count / 4],
            operations: operations, gigaflopsPerSecond: operations / median / 1e6, peakMemory: peakMemory,
            baselineMemory: baselineMemory, peakArrayMemory: peakArrayMemory)
        describe(report)
        try json.write(report)
    }

    private func describe(_ report: Report) {
        let images = Double(report.batch) / report.medianMilliseconds * 1000
        json.say(
            "\(report.model), \(report.mode), batch \(report.batch), \(report.imageSize) pixels, \(report.threads) threads"
        )
        json.say(
            String(
                format: "median %.2f ms   least %.2f ms   middle half within %.2f ms   %.0f images/s",
                report.medianMilliseconds, report.leastMilliseconds, report.interquartileMilliseconds, images))
        json.say(
            String(
                format: "%.2f GFLOP a step, %.1f GFLOP/s", report.operations / 1e9, report.gigaflopsPerSecond))
        func megabytes(_ bytes: Int?) -> String {
            bytes.map { String(format: "%.0f MB", Double($0) / 1e6) } ?? "unknown"
        }
        let net = report.peakMemory.flatMap { peak in report.baselineMemory.map { peak - $0 } }
        json.say(
            "peak memory \(megabytes(report.peakMemory)), net \(megabytes(net)), "
                + "arrays \(megabytes(report.peakArrayMemory))")
    }
}
