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

            Peak memory is that of the whole process, in physical memory.

            Examples:
              martinet-bench model --model fashion --batch 256 --mode train
              martinet-bench model --model resnet50 --batch 1 --mode infer --json -
            """)

    enum Mode: String, ExpressibleByArgument, CaseIterable { case train, infer }

    @Option(help: "The network.")
    var model: BenchmarkModel = .fashion

    @Option(help: "The number of images in a step.")
    var batch = 16

    @Option(help: "Height and width of the images; by default what the network is made for.")
    var size: Int?

    @Option(help: "What a step is.")
    var mode: Mode = .train

    @Option(help: "Threads to compute with; all cores by default.")
    var threads: Int?

    @Option(help: "Timed steps.")
    var iterations = 20

    @Option(help: "Steps before the first timed one.")
    var warmup = 3

    @Option(help: ArgumentHelp("Write the figures to this file as JSON; - for standard output.", valueName: "file"))
    var json: String?

    func validate() throws {
        try check("--batch", batch, 1...4096)
        try check("--iterations", iterations, 1...100_000)
        try check("--warmup", warmup, 0...1000)
        if let threads { try check("--threads", threads, 1...1024) }
        if let size { try check("--size", size, (model == .fashion ? 28 : 8)...4096) }
        if model == .fashion, let size, size != 28 {
            throw ValidationError("--size is \(size), but the fashion network takes images of 28x28 only")
        }
    }

    private func check(_ name: String, _ value: Int, _ range: ClosedRange<Int>) throws {
        guard range.contains(value) else {
            throw ValidationError("\(name) is \(value), expected \(range.lowerBound) to \(range.upperBound)")
        }
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
        /// Bytes, of the whole process.
        var peakMemory: Int?
        /// Bytes, of the arrays alone.
        var peakArrayMemory: Int
    }

    func run() throws {
        if let threads { Threads.count = threads }
        let size = size ?? model.imageSize
        let generator = RandomGenerator(seed: 1)
        let images = Tensor.normal([batch, size, size, model.channels], generator: generator)
        let labels = (0..<batch).map { _ in Int.random(in: 0..<model.classes, using: &Self.labelSource) }
        let network = model.make()
        let step = mode == .train ? trainingStep(network, images, labels) : inferenceStep(network, images)
        for _ in 0..<warmup { step() }
        let clock = ContinuousClock()
        let times = (0..<iterations).map { _ in clock.measure(step) / .milliseconds(1) }
        let sorted = times.sorted()
        let report = Report(
            model: model.rawValue, mode: mode.rawValue, batch: batch, imageSize: size, threads: Threads.count,
            milliseconds: times, medianMilliseconds: sorted[sorted.count / 2], leastMilliseconds: sorted[0],
            interquartileMilliseconds: sorted[sorted.count * 3 / 4] - sorted[sorted.count / 4],
            peakMemory: peakResidentMemory(), peakArrayMemory: Memory.peak)
        if json != "-" { printTable(report) }
        if let json { try writeJSON(report, to: json) }
    }

    private static nonisolated(unsafe) var labelSource = RandomGenerator(seed: 2)

    private func trainingStep(_ network: any Module, _ images: Tensor, _ labels: [Int]) -> () -> Void {
        // The first pass gives layers their shapes, so that the optimizer finds all parameters.
        withoutGradients { _ = network(images) }
        let optimizer = SGD(network.parameters, learningRate: 0.01, momentum: 0.9, weightDecay: 1e-4)
        return {
            crossEntropy(network(images), labels).backward()
            optimizer.step()
        }
    }

    private func inferenceStep(_ network: any Module, _ images: Tensor) -> () -> Void {
        network.eval()
        return { withoutGradients { _ = network(images) } }
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
        let peak = report.peakMemory.map { String(format: "%.0f MB", Double($0) / 1e6) } ?? "unknown"
        print("peak memory \(peak)" + String(format: ", arrays %.0f MB", Double(report.peakArrayMemory) / 1e6))
    }
}
