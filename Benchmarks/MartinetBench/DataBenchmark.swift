import ArgumentParser
import Foundation
import Martinet
import MartinetCommand
import MartinetVision
import MartinetZoo

/// Measures whether loading keeps ahead of training.
struct DataBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "data",
        abstract: "Measure how long training waits for its data.",
        usage: "martinet-bench data [options]",
        discussion: """
            A CIFAR ResNet-20 is trained by `fit` on random images of 32x32 pixels, held as bytes, with the paper's
            augmentation (a random crop from the image padded by 4 pixels, random mirroring) and normalisation; --heavy adds
            colour jitter and cutout. The share is the time in which no batch was ready, of all the training's time. Before,
            one thread makes the same batches with nobody else at work.

            Examples:
              martinet-bench data
              martinet-bench data --heavy --steps 100 --json -
            """)

    @Option(help: "The number of images in a step.")
    var batch = 128

    @Option(help: "Training steps.")
    var steps = 60

    @Option(help: "Batches that are kept ready, made on a thread of their own; 0 makes each when it is wanted.")
    var prefetch = 2

    @Flag(help: "Add colour jitter and cutout.")
    var heavy = false

    @OptionGroup var threads: ThreadOption
    @OptionGroup var json: JSONOption

    func validate() throws {
        try checkOption("--batch", batch, 1...4096)
        try checkOption("--steps", steps, 1...100_000)
        try checkOption("--prefetch", prefetch, 0...1000)
    }

    /// The figures as they are written.
    struct Report: Codable {
        var batch: Int
        var steps: Int
        var threads: Int
        var prefetch: Int
        var heavy: Bool
        /// Of one batch, made on one thread with nobody else at work.
        var millisecondsPerBatch: Double
        /// The median training step, without waiting.
        var millisecondsPerStep: Double
        /// The part of the training's time that was spent waiting, 0 ... 1.
        var dataWaitShare: Double
    }

    func run() throws {
        threads.apply()
        let count = batch * steps
        // The images repeat, so that any number of steps needs no more memory than CIFAR-10.
        var transforms: [any Transform] = [RandomCrop(32, padding: 4), RandomHorizontalFlip()]
        if heavy { transforms.append(ColorJitter(brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1)) }
        transforms.append(Standardization(mean: CIFAR10.mean, standardDeviation: CIFAR10.standardDeviation))
        if heavy { transforms.append(Cutout(16)) }
        let data = RandomImages(count: count).transformed(by: transforms)

        let clock = ContinuousClock()
        let measured = min(steps, 20)
        let making = clock.measure {
            Threads.confined {
                for made in data.prefix(measured * batch).batches(of: batch, shuffle: .seeded(1)) {
                    _ = made
                }
            }
        }
        let model = ResNet.cifar(depth: 20)
        let optimizer = SGD(model, learningRate: 0.01, momentum: 0.9)
        let history = try model.fit(
            data, batchSize: batch, metrics: [], optimizer: optimizer, options: FitOptions(prefetch: prefetch))
        guard let epoch = history.epochs.first else { throw ValidationError(history.endingReason) }
        let report = Report(
            batch: batch, steps: steps, threads: Threads.count, prefetch: prefetch, heavy: heavy,
            millisecondsPerBatch: making / .milliseconds(measured), millisecondsPerStep: epoch.millisecondsPerStep,
            dataWaitShare: epoch.dataWaitShare)
        json.say("cifar-resnet20, batch \(batch), \(report.threads) threads, \(prefetch) batches ahead")
        json.say(
            String(
                format: "a batch alone %.2f ms   a step %.2f ms   waiting for data %.2f %% of the time",
                report.millisecondsPerBatch, report.millisecondsPerStep, 100 * report.dataWaitShare))
        try json.write(report)
    }
}

/// Any number of images, of which 10,000 differ.
private struct RandomImages: Dataset {
    let count: Int
    private let images: ImageDataset

    init(count: Int) {
        self.count = count
        let different = min(count, 10_000)
        var generator = RandomGenerator(seed: 1)
        let pixels = (0..<different * 3072 / 8).flatMap { _ in
            withUnsafeBytes(of: generator.next()) { Array($0) }
        }
        images = ImageDataset(
            pixels: pixels, height: 32, width: 32, channels: 3,
            labels: (0..<different).map { _ in Int.random(in: 0..<10, using: &generator) })
    }

    func sample(_ index: Int, using generator: RandomGenerator) throws(Never) -> (input: Tensor, target: Int) {
        images.sample(index % images.count, using: generator)
    }
}
