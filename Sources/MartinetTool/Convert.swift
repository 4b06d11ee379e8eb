import ArgumentParser
import Foundation
import Martinet
import MartinetCommand
import MartinetFormats
import MartinetVision

struct Convert: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write a file of weights in another format.",
        discussion: """
            The ending of the new file's name says its format: .safetensors, .npz or .npy. By default
            the arrays keep their names, shapes and types. With --model they become those of the
            network: with PyTorch's names, and in the layout that --layout says. What martinet train
            has written of classes and preprocessing goes along into a .safetensors file.

            Examples:
              martinet convert resnet50.pth resnet50.safetensors
              martinet convert keras.h5 model.safetensors --model keras-resnet50 --layout pytorch
            """)

    /// Whose order of axes.
    enum Layout: String, CaseIterable, ExpressibleByArgument {
        case martinet, pytorch
    }

    @Argument(help: "The file to read.")
    var input: String

    @Argument(help: "The file to write; one that is there already is replaced.")
    var output: String

    @Option(help: ArgumentHelp("The network whose weights these are.", valueName: "name"))
    var model: String?

    @Option(help: "The order of axes of the new file, with --model.")
    var layout: Layout = .pytorch

    func validate() throws {
        if let model { _ = try findModel(model) }
    }

    func run() throws {
        let (source, target) = (URL(fileURLWithPath: input), URL(fileURLWithPath: output))
        guard let model else {
            let file = try openWeights(at: source)
            try file.write(to: target)
            noteLoss(of: file.metadata)
            return
        }
        let usable = try ModelOptions(model, weights: input).load()
        let metadata = usable.isDescribed ? usable.facts.metadata : [:]
        try usable.network.save(
            to: target, convention: layout == .pytorch ? .pytorch : .martinet, metadata: metadata)
        noteLoss(of: metadata)
    }

    private func noteLoss(of metadata: [String: String]) {
        guard metadata[ImageModelDescription.metadataKey] != nil, let notice = lossNotice(for: output) else { return }
        print(notice)
    }
}
