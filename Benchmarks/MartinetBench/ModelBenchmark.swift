import ArgumentParser
import Foundation
import Martinet
import MartinetCommand

/// Times whole networks.
struct ModelBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "model",
        abstract: "Time one step of a network: a training step, or inference.",
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

    @Option(help: "The network.")
    var model: BenchmarkModel = .fashion

    @Option(help: "The number of images in a step.")
    var batch = 16

    @Option(help: "Height and width of the images; by default what the network is made for.")
    var size: Int?

    @Option(help: "What a step is.")
    var mode: StepMode = .train

    @Option(help: "Threads to compute with; all cores by default.")
    var threads: Int?

    @Option(help: "Timed steps.")
    var iterations = 20

    @Option(help: "Steps before the first timed one.")
    var warmup = 3

    @Option(help: ArgumentHelp("Write the figures to this file as JSON; - for standard output.", valueName: "file"))
    var json: String?

    func validate() throws {
        try checkOption("--batch", batch, 1...4096)
        try checkOption("--iterations", iterations, 1...100_000)
        try checkOption("--warmup", warmup, 0...1000)
        if let threads { try checkOption("--threads", threads, 1...1024) }
        try model.check(size: size)
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
        if let threads { Threads.count = threads }
        let size = size ?? model.imageSize
        let step = try NetworkStep(model, mode, batch: batch, size: size)
        for _ in 0..<warmup { step.run() }
        let clock = ContinuousClock()
        let times = (0..<iterations).map { _ in clock.measure(step.run) / .milliseconds(1) }
        // Counting operations runs the network once more, and is no part of what is measured.
        let (peakMemory, peakArrayMemory) = (peakResidentMemory(), Memory.peak)
        let operations = mode.operations(of: step.network, imageShape: step.images.shape)
        let sorted = times.sorted()
        let median = sorted[sorted.count / 2]
        let report = Report(
            model: model.rawValue, mode: mode.rawValue, batch: batch, imageSize: size, threads: Threads.count,
            milliseconds: times, medianMilliseconds: median, leastMilliseconds: sorted[0],
            interquartileMilliseconds: sorted[sorted.count * 3 / 4] - sorted[sorted.count / 4],
            operations: operations, gigaflopsPerSecond: operations / median / 1e6, peakMemory: peakMemory,
            baselineMemory: baselineMemory, peakArrayMemory: peakArrayMemory)
        if json != "-" { printTable(report) }
        if let json { try writeJSON(report, to: json) }
    }

    private func printTable(_ report: Report) {
        let images = Double(batch) / report.medianMilliseconds * 1000
        print(
            "\(model.rawValue), \(mode.rawValue), batch \(batch), \(report.imageSize) pixels, \(report.threads) threads"
        )
        print(
            String(
                format: "median %.2f ms   least %.2f ms   middle half within %.2f ms   %.0f images/s",
                report.medianMilliseconds, report.leastMilliseconds, report.interquartileMilliseconds, images))
        print(
            String(
                format: "%.2f GFLOP a step, %.1f GFLOP/s", report.operations / 1e9, report.gigaflopsPerSecond))
        func megabytes(_ bytes: Int?) -> String {
            bytes.map { String(format: "%.0f MB", Double($0) / 1e6) } ?? "unknown"
        }
        let net = report.peakMemory.flatMap { peak in report.baselineMemory.map { peak - $0 } }
        print(
            "peak memory \(megabytes(report.peakMemory)), net \(megabytes(net)), "
                + "arrays \(megabytes(report.peakArrayMemory))")
    }
}
