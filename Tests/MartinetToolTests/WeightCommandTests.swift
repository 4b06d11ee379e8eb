import Foundation
import Martinet
import MartinetONNX
import MartinetTestSupport
import Testing

/// The commands for files of weights.
@Suite struct WeightCommandTests {
    private let workplace: Workplace

    init() throws { workplace = try Workplace() }

    /// The arrays of a file by their names, as `inspect` tells them.
    private func arrays(_ file: String, _ options: [String] = []) throws -> [String: [String: Any]] {
        let contents = try #require(try workplace.json(["inspect", file] + options) as? [String: Any])
        let arrays = try #require(contents["arrays"] as? [[String: Any]])
        return Dictionary(uniqueKeysWithValues: arrays.map { ($0["name"] as? String ?? "", $0) })
    }

    @Test func inspectsNamesShapesAndStatistics() throws {
        let found = try arrays("weights.safetensors")
        let kernel = try #require(found["conv1.weight"])
        #expect(kernel["shape"] as? [Int] == [16, 3, 3, 3] && kernel["type"] as? String == "float32")
        let elements = workplace.parameter("conv1.weight").value.elements
        let statistics = try #require(kernel["statistics"] as? [String: Any])
        #expect(abs((statistics["maximum"] as? Double ?? 0) - Double(elements.max()!)) < 1e-6)
        let mean = elements.reduce(0) { $0 + Double($1) } / Double(elements.count)
        #expect(abs((statistics["mean"] as? Double ?? 0) - mean) < 1e-6)
        #expect(found["fc.bias"]?["shape"] as? [Int] == [3])
        #expect(found["bn1.running_var"] != nil)
        #expect(try arrays("weights.safetensors", ["--no-statistics"])["fc.bias"]?["statistics"] == nil)
    }

    @Test func convertsThereAndBackWithTheSameArrays() throws {
        for (from, to) in [("weights.safetensors", "a.npz"), ("a.npz", "b.safetensors")] {
            #expect(try workplace.martinet(["convert", from, to]).status == 0)
        }
        let (first, last) = (try arrays("weights.safetensors"), try arrays("b.safetensors"))
        #expect(first.count == last.count && NSDictionary(dictionary: first).isEqual(to: last))
        let layout = ["--model", "cifar-resnet8", "--layout", "martinet"]
        #expect(try workplace.martinet(["convert", "weights.safetensors", "c.safetensors"] + layout).status == 0)
        #expect(try arrays("c.safetensors")["conv1.weight"]?["shape"] as? [Int] == [3, 3, 3, 16])
    }

    @Test func exportsWhatComputesTheSame() throws {
        let outcome = try workplace.martinet([
            "export", "cifar-resnet8", "model.onnx", "--weights", "weights.safetensors",
        ])
        #expect(outcome.status == 0 && outcome.errors.isEmpty)
        let imported = try ONNXModel(contentsOf: workplace.folder.url("model.onnx"))
        let x = Tensor.normal([2, 32, 32, 3], generator: RandomGenerator(seed: 7))
        let (a, b) = withoutGradients { (imported(x).elements, workplace.model(x).elements) }
        #expect(a.count == 6 && zip(a, b).allSatisfy { abs($0 - $1) < 1e-4 })
    }

    @Test func summarizesANetwork() throws {
        let outcome = try workplace.martinet(["summary", "cifar-resnet8", "--classes", "3"])
        #expect(outcome.status == 0 && outcome.output.contains("layer3"))
        let outline = try workplace.martinet(["summary", "cifar-resnet8", "--classes", "3", "--nested"])
        #expect(
            outline.output.contains("(conv1): Conv2D(3, 16, kernelSize: 3x3, stride: 1x1, padding: 1, bias: false)"))
    }
}
