import ArgumentParser
import Foundation
import Martinet
import MartinetCommand
import MartinetVision

struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure how many images of a data set a network classifies right.",
        usage: "martinet evaluate --dataset <name> [options]",
        discussion: """
            Over the test images of the data set, or the images of a folder: accuracy, how
            often the right class is among the five best, the accuracy on each class, and how
            often each class is taken for each other.

            Examples:
              martinet evaluate --model cifar-resnet20 --weights resnet20.th --dataset cifar10 \\
                  --preprocessing imagenet-statistics
              martinet evaluate --model resnet50 --dataset animals --json -
            """)

    @OptionGroup var model: ModelOptions
    @OptionGroup var data: DatasetOptions

    @Option(help: Preprocessing.help)
    var preprocessing: Preprocessing?

    @Option(help: "Images that go through the network together.")
    var batchSize = 128

    @Option(help: "Judge by that many of the images only, picked at random.")
    var limit: Int?

    @OptionGroup var json: JSONOption

    func validate() throws {
        try checkOption("--batch-size", batchSize, 1...10_000)
        if let limit { try checkOption("--limit", limit, 1...10_000_000) }
    }

    /// The result as it is written with `--json`.
    struct Result: Encodable {
        let model: String
        let dataset: String
        let preprocessing: String
        let images: Int
        let accuracy: Double
        /// The part of the images whose class is among the five best.
        let top5: Double
        let classes: [String]
        let classAccuracies: [Double]
        /// A list for each class: how often it was taken for each.
        let confusion: [[Int]]
    }

    func run() throws {
        Interrupt.listen()
        let fallback: Preprocessing? = data.kind == .folder ? nil : .dataset
        let usable = try model.load(preprocessing: preprocessing, fallback: fallback, dataset: data.kind)
        let source =
            preprocessing?.rawValue ?? (usable.isDescribed ? "described" : fallback?.rawValue ?? "usual")
        let preprocess = usable.facts.preprocessing
        let images = try data.load(preprocess.imageTransforms)
        try usable.check(images.imageShape, of: data.dataset)
        let (scores, labels) = try outputs(of: usable.network, on: images.test, preprocess.transform)
        let classNames = images.classNames
        guard !Interrupt.isRequested else { throw ExitCode(130) }
        guard scores.shape.count == 2, scores.shape[1] == classNames.count else {
            throw ValidationError(
                "\(usable.named.name) with these weights tells \(scores.shape.last ?? 0) classes apart, but \(data.dataset) has "
                    + "\(classNames.count)")
        }
        try checkFinite(scores, of: model)
        var confusion = ConfusionMatrix(classes: classNames.count)
        confusion.add(scores, labels)
        let result = Result(
            model: usable.named.name, dataset: data.dataset, preprocessing: source, images: labels.count,
            accuracy: confusion.accuracy, top5: topKAccuracy(scores, labels, k: min(5, classNames.count)),
            classes: classNames, classAccuracies: confusion.classAccuracies, confusion: confusion.counts)
        json.say(text(result, confusion))
        try json.write(result)
    }

    /// The network's outputs for each sample, and their labels.
    private func outputs(
        of network: any Module<Tensor, Tensor>, on dataset: some Dataset<Tensor, Int>, _ transform: (any Transform)?
    ) throws -> (Tensor, [Int]) {
        let samples = dataset.randomSubset(limit ?? dataset.count, seed: 0).transformed(
            by: transform.map { [$0] } ?? [])
        guard samples.count > 0 else { throw ValidationError("\(data.dataset) has no images to judge by") }
        var bar = ProgressBar("evaluation", total: samples.count, unit: .items("images"))
        var (parts, labels) = ([Tensor](), [Int]())
        let batches = samples.batches(of: batchSize, prefetch: 2).throwingIterator()
        while !Interrupt.isRequested, let batch = try batches.next() {
            let images = batch.images
            parts.append(withoutGradients { network(images) })
            labels += batch.labels
            bar.advance(by: batch.labels.count)
        }
        bar.clear()
        return (Tensor.concatenate(parts), labels)
    }

    private func text(_ result: Result, _ confusion: ConfusionMatrix) -> String {
        var table = TextTable(["class", "accuracy"])
        for (name, accuracy) in zip(result.classes, result.classAccuracies) {
            table.add([name, String(format: "%.2f %%", 100 * accuracy)])
        }
        // A thousand classes fill no table that can be read.
        let matrix =
            result.classes.count > 20
            ? ""
            : "\n\nHow often each class (row) was taken for each (column):\n\n\(confusion.table(names: result.classes))"
        return String(
            format: "%d images, accuracy %.2f %%, among the five best %.2f %%\n\n", result.images,
            100 * result.accuracy,
            100 * result.top5) + "\(table)" + matrix
    }
}
