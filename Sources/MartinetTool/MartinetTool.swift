import ArgumentParser
import MartinetCommand

@main
struct MartinetTool: CommandLineProgram {
    static let configuration = CommandConfiguration(
        commandName: "martinet",
        abstract: "Use networks for images: other people's and your own.",
        discussion: """
            Networks are named as in torchvision (resnet50), with keras- in front where Keras's
            differs (keras-resnet50), or cifar-resnet20 for the paper's networks for CIFAR.
            Weights are read from safetensors, PyTorch's .pth, NumPy's .npz and, where Martinet
            is built with its trait HDF5, Keras's files.

            Examples:
              martinet classify cat.jpeg --model resnet50
              martinet evaluate --model cifar-resnet20 --weights resnet20.th --dataset cifar10
              martinet inspect resnet20.th
            """,
        subcommands: [
            Classify.self, Evaluate.self, Summarize.self, Inspect.self, Convert.self, Train.self, Export.self,
            Explain.self,
        ])
}
