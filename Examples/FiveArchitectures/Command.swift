import ArgumentParser
import Foundation
import Martinet
import MartinetCommand

@main
struct FiveArchitectures: CommandLineProgram {
    static let configuration = CommandConfiguration(
        commandName: "five-architectures",
        abstract: "The paper's table 1, from code: ResNet-18, 34, 50, 101 and 152.",
        usage: "five-architectures [options]",
        discussion: """
            The exercise: write the building block and the bottleneck block, put the
            five networks of He et al. together from them, and compare them with the
            paper's table: the stages, the sizes of what they give, parameters and
            multiply-adds. Then each classifies an image of 224x224 (random, and with
            random weights): how long it takes, and in how much memory.

            Examples:
              five-architectures
              five-architectures --repeats 20 --json architectures.json
            """)

    @Option(help: "How often each network is timed.")
    var repeats = 5

    @OptionGroup var output: JSONOption

    func validate() throws { try checkOption("--repeats", repeats, 1...1000) }

    /// The findings of one network; the result as it is written with `--json` is a list of them.
    struct Finding: Encodable {
        let layers: Int
        /// After conv1, conv2_x … conv5_x and the end, without the batch axis.
        let outputShapes: [[Int]]
        let blocks: [Int]
        let parameters: Int
        let multiplyAdds: Int
        let milliseconds: Double
        let peakArrayMemory: Int
    }

    func run() throws {
        let image = Tensor.normal([1, 224, 224, 3], generator: RandomGenerator(seed: 1))
        var findings: [Finding] = []
        var bar = ProgressBar("networks", total: Architecture.allCases.count, unit: .items("networks"))
        for architecture in Architecture.allCases {
            findings.append(try examine(architecture, image))
            bar.advance(by: 1)
        }
        bar.clear()
        output.say("\(stageTable(findings))\n\n\(costTable(findings))")
        try output.write(findings)
    }

    private func examine(_ architecture: Architecture, _ image: Tensor) throws -> Finding {
        let model = architecture.makeModel().eval()
        var x = image
        let shapes = withoutGradients {
            model.layers.map { stage in
                x = stage(x)
                return Array(x.shape.dropFirst())
            }
        }
        let convolutions = model.convolutions(inputShape: image.shape).reduce(0) { $0 + $1.geometry.operations / 2 }
        let dense = model.namedModules.compactMap { ($0.module as? Dense)?.weight.count }.reduce(0, +)
        let (milliseconds, memory) = try time(architecture, image)
        return Finding(
            layers: architecture.rawValue, outputShapes: shapes, blocks: architecture.blocks,
            parameters: model.parameterCount, multiplyAdds: Int(convolutions) + dense, milliseconds: milliseconds,
            peakArrayMemory: memory)
    }

    /// The median time of an answer, and the most memory that arrays took meanwhile: weights and intermediate results.
    private func time(_ architecture: Architecture, _ image: Tensor) throws -> (milliseconds: Double, memory: Int) {
        let before = Memory.used
        // Of the model itself nothing is kept, only what is prepared for inference.
        let inference = try architecture.makeModel().eval().forInference(inputShape: image.shape)
        Memory.resetPeak()
        let times = (0...repeats).map { _ in ContinuousClock().measure { _ = inference(image) } / .milliseconds(1) }
        // The first answer also brings the weights into the caches.
        return (times.dropFirst().sorted()[repeats / 2], Memory.peak - before)
    }

    /// The paper's table: a row for each stage, a column for each network.
    private func stageTable(_ findings: [Finding]) -> TextTable {
        var table = TextTable(["stage", "output"] + Architecture.allCases.map { "\($0.rawValue) layers" })
        let names = ["conv1", "conv2_x", "conv3_x", "conv4_x", "conv5_x"]
        for (number, name) in names.enumerated() {
            let size = findings[0].outputShapes[number]
            let cells = Architecture.allCases.map { architecture in
                number == 0
                    ? "7x7 64, stride 2"
                    : "[\(architecture.text(width: 64 << (number - 1)))] x\(architecture.blocks[number - 1])"
            }
            table.add([name, "\(size[0])x\(size[1])"] + cells)
        }
        table.add(["", "1x1"] + findings.map { _ in "average pool, 1000-d fc" })
        return table
    }

    private func costTable(_ findings: [Finding]) -> TextTable {
        var table = TextTable([
            "network", "parameters", "multiply-adds", "the paper's", "time", "memory",
        ])
        for (architecture, finding) in zip(Architecture.allCases, findings) {
            table.add([
                "ResNet-\(finding.layers)", String(format: "%.2f million", Double(finding.parameters) / 1e6),
                String(format: "%.2f billion", Double(finding.multiplyAdds) / 1e9),
                String(format: "%.1f billion", architecture.published), String(format: "%.0f ms", finding.milliseconds),
                String(format: "%.0f MB", Double(finding.peakArrayMemory) / 1e6),
            ])
        }
        return table
    }
}

extension Architecture {
    /// The multiply-adds in table 1 of the paper, in billions.
    var published: Double {
        switch self {
        case .resNet18: 1.8
        case .resNet34: 3.6
        case .resNet50: 3.8
        case .resNet101: 7.6
        case .resNet152: 11.3
        }
    }

    /// A block as table 1 writes it, for a stage of `width`.
    func text(width: Int) -> String {
        rawValue < 50 ? "3x3 \(width), 3x3 \(width)" : "1x1 \(width), 3x3 \(width), 1x1 \(4 * width)"
    }
}
