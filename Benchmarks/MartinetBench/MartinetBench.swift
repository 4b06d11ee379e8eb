import ArgumentParser
import MartinetCommand

@main
struct MartinetBench: CommandLineProgram {
    static let configuration = CommandConfiguration(
        commandName: "martinet-bench", abstract: "Measure how fast Martinet is on this machine.",
        subcommands: [
            ModelBenchmark.self, ConvolutionBenchmark.self, PlanPrinter.self, ProfileBenchmark.self,
            DataBenchmark.self, FirstAnswer.self, DepthBenchmark.self, Replay.self,
        ])
}
