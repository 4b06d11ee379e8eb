import ArgumentParser
import Martinet
import MartinetCommand

/// The step of a network that is looked at.
struct NetworkOptions: ParsableArguments {
    @Option(help: "The network.")
    var model: BenchmarkModel = .fashion

    @Option(help: "The number of images in a step.")
    var batch = 16

    @Option(help: "Height and width of the images; by default what the network is made for.")
    var size: Int?

    @Option(help: "What a step is: forward, backward and update, or infer, the forward pass alone.")
    var mode: StepMode = .train

    func validate() throws {
        try checkOption("--batch", batch, 1...4096)
        try model.check(size: size)
    }

    /// Height and width of the images.
    var imageSize: Int { size ?? model.imageSize }
}

/// How many threads compute.
struct ThreadOption: ParsableArguments {
    @Option(help: "Threads to compute with; all cores by default.")
    var threads: Int?

    func validate() throws {
        if let threads { try checkOption("--threads", threads, 1...1024) }
    }

    /// Sets the number, if one is asked for.
    func apply() {
        if let threads { Threads.count = threads }
    }
}
