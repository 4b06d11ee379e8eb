import ArgumentParser
import Foundation
import Martinet
import MartinetCommand
import MartinetVision
import MartinetZoo

struct Classify: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say what is in images.",
        usage: "martinet classify <images> ... [options]",
        discussion: """
            Images are JPEG or PNG files. For each the most probable classes, best first.

            Examples:
              martinet classify cat.jpeg dog.png --model resnet50
              martinet classify cat.jpeg --model keras-resnet50 --weights resnet50.h5
              martinet classify cat.jpeg --model cifar-resnet20 --weights resnet20.th --labels cifar10
              martinet classify cat.jpeg --weights animals.safetensors     # of martinet train
            """)

    @Argument(help: "JPEG or PNG files.")
    var images: [String]

    @OptionGroup var model: ModelOptions

    @OptionGroup var classNames: ClassNames

    @Option(help: Preprocessing.help)
    var preprocessing: Preprocessing?

    @Option(help: "How many classes to name.")
    var top = 5

    @Flag(help: "Also the network's outputs for all classes.")
    var logits = false

    @OptionGroup var json: JSONOption

    func validate() throws { try checkOption("--top", top, 1...1000) }

    /// The classes of one image; the result as it is written with `--json` is a list of them.
    struct Answer: Encodable {
        struct Candidate: Encodable {
            let index: Int
            let name: String
            let probability: Float
        }

        let image: String
        let classes: [Candidate]
        /// Only where they are asked for.
        let logits: [Float]?
    }

    func run() throws {
        // Before the weights, which take longer.
        let loaded = try images.map { try Image(path: $0) }
        let usable = try model.load(preprocessing: preprocessing, labels: classNames)
        try usable.check(usable.facts.shape, of: "images")
        let preprocess = usable.facts.preprocessing
        let answers = try zip(images, loaded).map { path, image in
            let input = preprocess(image)
            let scores = withoutGradients { usable.network(input) }
            return try answer(path, scores, usable.classNames(count: scores.count))
        }
        for answer in answers { json.say(text(answer)) }
        try json.write(answers)
    }

    private func answer(_ path: String, _ scores: Tensor, _ names: [String]) throws -> Answer {
        try checkFinite(scores, of: model)
        let probabilities = softmax(scores).elements
        let best = topIndices(probabilities[...], min(top, probabilities.count))
        return Answer(
            image: path,
            classes: best.map { Answer.Candidate(index: $0, name: names[$0], probability: probabilities[$0]) },
            logits: logits ? scores.elements : nil)
    }

    private func text(_ answer: Answer) -> String {
        var table = TextTable(["class", "probability"])
        for candidate in answer.classes {
            table.add([candidate.name, String(format: "%.2f %%", 100 * candidate.probability)])
        }
        let logits = answer.logits.map { "\n\n" + $0.map { String(format: "%.5g", $0) }.joined(separator: " ") } ?? ""
        return "\(answer.image)\n\n\(table)\(logits)\n"
    }
}
