import ArgumentParser
import Martinet
import MartinetVision

/// Where CIFAR-10 comes from.
public struct CIFAROptions: ParsableArguments {
    @Option(help: ArgumentHelp("The folder with the binary files of CIFAR-10; found or downloaded.", valueName: "dir"))
    public var data: String?

    @Option(help: "Use only that many of the 50,000 training images.")
    public var trainLimit = 50_000

    public init() {}

    public func validate() throws { try checkOption("--train-limit", trainLimit, 100...50_000) }

    /// As many of the training images as are to be used, and the test images.
    public func load() throws(DatasetError) -> (train: Subset<ImageDataset>, test: ImageDataset) {
        let data = try Self.load(data)
        return (data.train.prefix(trainLimit), data.test)
    }

    /// CIFAR-10, whose download is shown if it takes one.
    public static func load(_ directory: String?) throws(DatasetError) -> CIFAR10 {
        let bar = Locked(ProgressBar?.none)
        return try CIFAR10(directory: directory) { progress in
            bar.withLock { bar in
                if bar == nil { bar = ProgressBar(progress.file, total: progress.total, unit: .bytes) }
                let shown = bar?.count ?? 0
                bar?.advance(by: progress.received - shown)
                if progress.received == progress.total { bar?.finish() }
            }
        }
    }
}
