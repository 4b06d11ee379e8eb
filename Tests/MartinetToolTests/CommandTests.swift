import Foundation
import Martinet
import MartinetFormats
import MartinetTestSupport
import Testing

/// What all commands of `martinet` have in common.
@Suite struct CommandTests {
    @Test(arguments: ["classify", "evaluate", "summary", "inspect", "convert", "train", "export", "explain"])
    func helpTeaches(_ command: String) throws {
        let folder = try TemporaryFolder()
        let help = try Program("martinet").run([command, "--help"], in: folder.path)
        #expect(help.status == 0 && help.errors.isEmpty)
        #expect(help.output.contains("Examples:\n  martinet \(command) "))
    }

    /// One training has two reasons to say so, the command itself and `fit`, and says so once.
    @Test func aDebugBuildSaysSoOnce() throws {
        let workplace = try Workplace()
        let training = try workplace.martinet(
            "train --model cifar-resnet8 --dataset animals --epochs 1 --batch-size 2 --output trained.safetensors"
                .split(separator: " ").map(String.init))
        #if DEBUG
        #expect(training.debugBuildNotices == 1)
        #else
        #expect(training.debugBuildNotices == 0)
        #endif
        #expect(training.status == 0, "\(training)")
    }

    /// Arguments, and what the message must name.
    private static let mistakes: [(arguments: String, message: String)] = [
        ("classify nothing.png --model cifar-resnet8 --weights weights.safetensors", "nothing.png"),
        ("classify cut.png --model cifar-resnet8 --weights weights.safetensors", "cut.png"),
        ("classify weights.safetensors --model cifar-resnet8 --weights weights.safetensors", "weights.safetensors"),
        ("classify 0.png --model resnet19", "there is no network resnet19"),
        ("classify 0.png --model cifar-resnet8", "--weights"),
        ("classify 0.png --model cifar-resnet8 --weights 0.png", "0.png"),
        ("classify 0.png --model cifar-resnet14 --weights weights.safetensors", "layer1.1.conv1.weight"),
        ("classify 0.png --model cifar-resnet8 --weights weights.safetensors --top 0", "--top is 0"),
        ("classify 0.png --model cifar-resnet8 --weights weights.safetensors --labels two.txt", "2 names"),
        ("classify 0.png --model cifar-resnet8 --weights grey.safetensors --preprocessing cifar", "1 channel,"),
        (
            "classify 0.png --model cifar-resnet8 --weights weights.safetensors --preprocessing fashion-mnist",
            "3 channels"
        ),
        ("classify 0.png --model cifar-resnet8 --weights weights.safetensors --labels /dev/zero", "/dev/zero"),
        (
            "classify 0.png --model cifar-resnet8 --weights weights.safetensors --preprocessing dataset",
            "no data set here"
        ),
        ("train --config /dev/zero", "/dev/zero"),
        ("evaluate --model cifar-resnet8 --weights weights.safetensors --dataset nowhere", "nowhere"),
        ("evaluate --model cifar-resnet8 --weights weights.safetensors --dataset cifar10 --data animals", "animals"),
        ("evaluate --model cifar-resnet8 --weights ten.safetensors --dataset animals", "10 classes"),
        ("summary resnet50 --size 7", "--size is 7"),
        ("inspect nothing.pth", "nothing.pth"),
        ("inspect cut.safetensors", "cut.safetensors"),
        ("convert weights.safetensors weights.xyz", "xyz"),
        ("convert cut.safetensors whole.npz", "cut.safetensors"),
        ("train --model cifar-resnet8", "--dataset"),
        ("train --config nothing.json", "nothing.json"),
        ("train --config unknown.json", "\"epoch\" is no setting"),
        ("export cifar-resnet8 nowhere/model.onnx --weights weights.safetensors", "nowhere/model.onnx"),
        ("classify 0.png --model cifar-resnet8 --weights nan.safetensors", "nan.safetensors"),
        ("explain 0.png --model cifar-resnet8 --weights nan.safetensors", "nan.safetensors"),
        ("evaluate --model cifar-resnet8 --weights nan.safetensors --dataset animals", "nan.safetensors"),
        ("explain 0.png --model cifar-resnet8 --weights weights.safetensors --layers layer9", "layer9"),
        ("explain 0.png --model cifar-resnet8 --weights weights.safetensors --class 3", "--class is 3"),
    ]

    /// One clear line on standard error, nothing on standard output, and nothing left behind.
    @Test func mistakesAreSaidInALine() throws {
        let workplace = try Workplace()
        let folder = workplace.folder
        try FileManager.default.copyItem(at: folder.url("animals/cat/0.png"), to: folder.url("0.png"))
        for (whole, cut) in [("0.png", "cut.png"), ("weights.safetensors", "cut.safetensors")] {
            try folder.write(cut, Data(contentsOf: folder.url(whole)).dropLast(500))
        }
        try folder.write("two.txt", Array("one\ntwo\n".utf8))
        try folder.write("unknown.json", Array("{\"epoch\": 3}".utf8))
        let grey = try Workplace(inputChannels: 1)
        try FileManager.default.copyItem(
            at: grey.folder.url("weights.safetensors"), to: folder.url("grey.safetensors"))
        try Workplace.saveWeights(classes: 10, to: folder.url("ten.safetensors"))
        workplace.parameter("fc.bias").value = Tensor.full([3], .nan)
        try workplace.model.save(to: folder.url("nan.safetensors"), convention: .pytorch)
        let before = folder.contents
        for (arguments, message) in Self.mistakes {
            let outcome = try workplace.martinet(arguments.split(separator: " ").map(String.init))
            #expect(outcome.status > 0, "\(arguments)")
            #expect(outcome.output.isEmpty, "\(arguments)")
            let first = outcome.errors.split(separator: "\n").first ?? ""
            #expect(first.hasPrefix("Error: "), "\(arguments): \(outcome.errors)")
            #expect(outcome.errors.contains(message), "\(arguments): \(outcome.errors)")
            #expect(folder.contents == before, "\(arguments)")
        }
    }
}
