import Foundation
import Martinet
import MartinetTestSupport
import MartinetVision
import Testing

/// The commands that look at images.
@Suite struct ImageCommandTests {
    private let workplace: Workplace
    private let options = ["--model", "cifar-resnet8", "--weights", "weights.safetensors"]

    init() throws { workplace = try Workplace() }

    @Test func classifiesAsTheLibrary() throws {
        let images = ["animals/cat/0.png", "animals/frog/1.png"]
        try workplace.folder.write("names.txt", Array("tabby\ncollie\ntree frog\n".utf8))
        let answers = try #require(
            try workplace.json(["classify"] + images + options + ["--labels", "names.txt", "--logits"])
                as? [[String: Any]])
        #expect(answers.count == 2)
        for (image, answer) in zip(images, answers) {
            let input = try workplace.input(image)
            let scores = withoutGradients { workplace.model(input) }
            let logits = try #require(answer["logits"] as? [Double])
            #expect(zip(logits, scores.elements).allSatisfy { abs($0 - Double($1)) < 1e-4 } && logits.count == 3)
            let classes = try #require(answer["classes"] as? [[String: Any]])
            let order = (0..<3).sorted { scores.elements[$0] > scores.elements[$1] }
            #expect(classes.map { $0["index"] as? Int } == order)
            #expect(classes.map { $0["name"] as? String } == order.map { ["tabby", "collie", "tree frog"][$0] })
            #expect(abs(classes.compactMap { $0["probability"] as? Double }.reduce(0, +) - 1) < 1e-5)
            #expect(answer["image"] as? String == image)
        }
    }

    @Test func classifiesColourImagesWithANetworkForGreyOnes() throws {
        let workplace = try Workplace(inputChannels: 1)
        let outcome = try workplace.martinet(["classify", "animals/dog/0.png"] + options + ["--top", "1"])
        #expect(outcome.status == 0 && outcome.errors.isEmpty)
        #expect(outcome.output.hasPrefix("animals/dog/0.png\n") && outcome.output.contains("%"))
    }

    @Test func evaluatesAFolderOfImages() throws {
        let result = try #require(
            try workplace.json(["evaluate"] + options + ["--dataset", "animals"]) as? [String: Any])
        var confusion = [[Int]](repeating: [0, 0, 0], count: 3)
        for (label, name) in ["cat", "dog", "frog"].enumerated() {
            for index in 0..<2 {
                let input = try workplace.input("animals/\(name)/\(index).png")
                let scores = withoutGradients { workplace.model(input) }.elements
                confusion[label][scores.firstIndex(of: scores.max()!)!] += 1
            }
        }
        #expect(result["confusion"] as? [[Int]] == confusion)
        let right = Double((0..<3).reduce(0) { $0 + confusion[$1][$1] }) / 6
        #expect(abs((result["accuracy"] as? Double ?? -1) - right) < 1e-9)
        #expect(result["top5"] as? Double == 1 && result["images"] as? Int == 6)
        #expect(result["classes"] as? [String] == ["cat", "dog", "frog"])
    }

    @Test func explainsInImagesThatCanBeRead() throws {
        let result = try #require(
            try workplace.json(["explain", "animals/cat/1.png"] + options + ["--class", "2", "--output", "seen"])
                as? [String: Any])
        #expect(
            result["index"] as? Int == 2 && result["name"] as? String == "class 2"
                && result["gradCAM"] as? String == "layer3")
        let files = try #require(result["files"] as? [String])
        #expect(
            files.map { $0.replacingOccurrences(of: "seen/", with: "") } == [
                "input.png", "grad-cam.png", "features-layer1.png", "features-layer2.png", "features-layer3.png",
                "filters.png",
            ])
        for file in files { #expect(throws: Never.self) { try Image(path: workplace.path(file)) } }
        let (input, map) = (try Image(path: workplace.path(files[0])), try Image(path: workplace.path(files[1])))
        #expect(input.height == 224 && map.height == 224 && map != input)
    }
}
