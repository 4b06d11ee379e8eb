import ArgumentParser
import Foundation
import MartinetCommand
import MartinetCore

extension ConvolutionAlgorithm: ExpressibleByArgument {}

/// Times the convolutions of known networks.
struct ConvolutionBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convolution",
        abstract: "Time the convolutions of known networks: forward, gradient by input, gradient by weight.",
        usage: "martinet-bench convolution [options]",
        discussion: """
            Prints a line for each layer, direction and algorithm: the median and the least time of the repetitions, and the
            textbook operations (2 x outputs x kernel x input channels) per second at the median. The algorithm that the
            rules choose is marked with *. A fast algorithm such as Winograd's does fewer operations than the textbook's, so
            its rate may exceed what the machine can do.

            The times include making the result array, as in a real step; inputs are random.

            Examples:
              martinet-bench convolution --layers fashion
              martinet-bench convolution --layers resnet18 --batch 1 --algorithm im2col --json resnet18.json
              MARTINET_THREADS=1 martinet-bench convolution --layers cifar
            """)

    @Option(help: "The network whose layers to time; may be given several times.")
    var layers: [LayerSet] = LayerSet.allCases

    @Option(help: "Time only the layers whose names contain this text, such as \"3x3\".")
    var matching: String?

    @Option(
        help: "The batch size; by default what the network is usually trained with (fashion 256, cifar 128, others 16)."
    )
    var batch: Int?

    @Option(help: "Time only this algorithm; may be given several times. By default each that can do the layer.")
    var algorithm: [ConvolutionAlgorithm] = []

    @Option(help: "Repetitions of each measurement, after one that is not counted.")
    var repeats = 9

    @Flag(help: "Time only the algorithm that the rules choose.")
    var chosenOnly = false

    @Flag(
        help:
            "Count processor time instead of time on the clock, for a machine that others use too. Needs MARTINET_THREADS=1."
    )
    var processorTime = false

    @OptionGroup var json: JSONOption

    func validate() throws {
        try checkOption("--repeats", repeats, 1...1000)
        if let batch { try checkOption("--batch", batch, 1...4096) }
        if processorTime, Threads.count != 1 {
            throw ValidationError("--processor-time counts one thread; set MARTINET_THREADS=1")
        }
    }

    /// A line of the result.
    struct Measurement: Codable {
        var network: String
        var layer: String
        var geometry: String
        /// `[batch, height, width, channels]`
        var inputShape: [Int]
        /// `[kernel height, kernel width, input channels / groups, output channels]`
        var weightShape: [Int]
        var stride: Int
        /// On each side.
        var padding: Int
        var groups: Int
        var direction: String
        var algorithm: String
        var chosen: Bool
        var medianMilliseconds: Double
        var leastMilliseconds: Double
        var gigaflopsPerSecond: Double
    }

    struct Report: Codable {
        var threads: Int
        var repeats: Int
        var measurements: [Measurement]
    }

    func run() throws {
        json.say("\(Threads.count) thread(s), \(repeats) repetitions")
        var measurements: [Measurement] = []
        for network in layers {
            for layer in network.layers where matching.map(layer.name.contains) ?? true {
                let geometry = layer.geometry(batch: batch ?? network.batch)
                json.say("\n\(network.rawValue), \(layer.name): \(geometry)")
                measurements += measure(layer, of: network, geometry)
            }
        }
        let report = Report(threads: Threads.count, repeats: repeats, measurements: measurements)
        try json.write(report)
    }

    private func measure(
        _ layer: ConvolutionLayer, of network: LayerSet, _ geometry: ConvolutionGeometry
    ) -> [Measurement] {
        let input = NDArray.normal(geometry.inputShape)
        let weight = NDArray.normal(geometry.weightShape)
        let gradient = NDArray.normal(geometry.outputShape)
        return ConvolutionDirection.allCases.flatMap { direction in
            let chosen = ConvolutionPlan(geometry, direction).algorithm
            let algorithms = ConvolutionAlgorithm.allCases.filter {
                $0.canCompute(geometry, direction) && (algorithm.isEmpty || algorithm.contains($0))
                    && (!chosenOnly || $0 == chosen)
            }
            return algorithms.map { algorithm in
                let plan = ConvolutionPlan(geometry, direction, algorithm: algorithm)
                let times = milliseconds {
                    switch direction {
                    case .forward: input.convolved(with: weight, geometry: geometry, plan: plan)
                    case .inputGradient:
                        .convolutionInputGradient(gradient, weight: weight, geometry: geometry, plan: plan)
                    case .weightGradient:
                        .convolutionWeightGradient(gradient, input: input, geometry: geometry, plan: plan)
                    }
                }
                let median = times[times.count / 2]
                let measurement = Measurement(
                    network: network.rawValue, layer: layer.name, geometry: "\(geometry)",
                    inputShape: geometry.inputShape, weightShape: geometry.weightShape, stride: layer.stride,
                    padding: layer.padding, groups: layer.groups, direction: direction.rawValue,
                    algorithm: algorithm.rawValue, chosen: algorithm == chosen,
                    medianMilliseconds: median, leastMilliseconds: times[0],
                    gigaflopsPerSecond: geometry.operations / median / 1e6)
                printLine(measurement)
                return measurement
            }
        }
    }

    /// The times of the repetitions, ascending.
    private func milliseconds(_ body: () -> NDArray) -> [Double] {
        _ = body()
        return (0..<repeats).map { _ in
            let start = now()
            _ = body()
            return now() - start
        }.sorted()
    }

    /// Milliseconds since some moment.
    private func now() -> Double {
        var time = timespec()
        clock_gettime(processorTime ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) * 1e3 + Double(time.tv_nsec) / 1e6
    }

    private func printLine(_ m: Measurement) {
        let direction = m.direction.padding(toLength: 16, withPad: " ", startingAt: 0)
        let algorithm = (m.algorithm + (m.chosen ? " *" : "")).padding(toLength: 14, withPad: " ", startingAt: 0)
        json.say(
            "  \(direction)\(algorithm)"
                + String(
                    format: "median %8.3f ms   least %8.3f ms   %7.1f GFLOP/s", m.medianMilliseconds,
                    m.leastMilliseconds, m.gigaflopsPerSecond))
    }
}
