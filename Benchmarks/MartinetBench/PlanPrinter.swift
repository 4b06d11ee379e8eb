import ArgumentParser
import Foundation
import Martinet
import MartinetCommand

/// Prints how a network's convolutions are computed.
struct PlanPrinter: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Print how each convolution of a network is computed, and why so.",
        usage: "martinet-bench plan [options]",
        discussion: """
            For each geometry: the layers that have it, then a line for each direction with the algorithm, its block size and
            the reason for the choice. MARTINET_CONVOLUTION forces an algorithm, wherever it can do the geometry.

            Examples:
              martinet-bench plan --model resnet50
              martinet-bench plan --model resnet18 --batch 1 --mode infer
              MARTINET_CONVOLUTION=im2col martinet-bench plan --model cifar-resnet20
            """)

    @OptionGroup var step: NetworkOptions

    func run() {
        let (model, size) = (step.model, step.imageSize)
        let convolutions = model.make().convolutions(inputShape: [step.batch, size, size, model.channels])
        var names: [ConvolutionGeometry: [String]] = [:]
        for (name, geometry) in convolutions { names[geometry, default: []].append(name) }
        print("\(model.rawValue), batch \(step.batch), \(size) pixels, \(convolutions.count) convolutions")
        for (index, (_, geometry)) in convolutions.enumerated() {
            // A geometry is printed once, where it comes up first.
            guard let layers = names.removeValue(forKey: geometry) else { continue }
            print("\n\(layers.joined(separator: ", "))\n  \(geometry)")
            for direction in step.mode.directions where !(direction == .inputGradient && index == 0) {
                // Inference is on weights that were prepared once, which changes what pays.
                let plan = ConvolutionPlan(
                    geometry, direction, algorithm: ConvolutionPlan.forcedAlgorithm,
                    weightIsPrepared: step.mode == .infer)
                let label = direction.rawValue.padding(toLength: 16, withPad: " ", startingAt: 0)
                print("  \(label)\(plan.summary)")
            }
        }
    }
}
