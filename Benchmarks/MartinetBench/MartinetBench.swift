import ArgumentParser

@main
struct MartinetBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "martinet-bench", abstract: "Measure how fast Martinet is on this machine.",
        subcommands: [ModelBenchmark.self, ConvolutionBenchmark.self, PlanPrinter.self, FirstAnswer.self])
}

/// Stops with a message unless an option's value is within its range.
func checkOption(_ name: String, _ value: Int, _ range: ClosedRange<Int>) throws {
    guard range.contains(value) else {
        throw ValidationError("\(name) is \(value), expected \(range.lowerBound) to \(range.upperBound)")
    }
}
