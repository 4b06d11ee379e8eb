import ArgumentParser
import Martinet
import MartinetBase
import MartinetVision

/// Where CIFAR-10 comes from.
public struct CIFARFolder: ParsableArguments {
    @Option(
        name: .customLong("data"),
        help: ArgumentHelp("The folder with the binary files of CIFAR-10; found or downloaded.", valueName: "dir"))
    public var path: String?

    public init() {}

    /// CIFAR-10, whose download is shown if it takes one.
    public func load() throws(FileError) -> CIFAR10 { try CIFAR10(directory: path, progress: downloadBar()) }
}

/// Where CIFAR-10 comes from, and how much of it is trained on.
public struct CIFAROptions: ParsableArguments {
    @OptionGroup public var folder: CIFARFolder

    @Option(help: "Use only that many of the 50,000 training images.")
    public var trainLimit = 50_000

    public init() {}

    public func validate() throws { try checkOption("--train-limit", trainLimit, 100...50_000) }

    /// As many of the training images as are to be used, and the test images.
    public func load() throws(FileError) -> (train: Subset<ImageDataset>, test: ImageDataset) {
        let data = try folder.load()
        return (data.train.prefix(trainLimit), data.test)
    }
}

/// Where Fashion-MNIST comes from.
public struct FashionMNISTFolder: ParsableArguments {
    @Option(
        name: .customLong("data"),
        help: ArgumentHelp("The folder with the four files of Fashion-MNIST; found or downloaded.", valueName: "dir"))
    public var path: String?

    public init() {}

    /// Fashion-MNIST, whose download is shown if it takes one.
    public func load(validation: Double = 0, seed: UInt64 = 0) throws(FileError) -> FashionMNIST {
        try FashionMNIST(directory: path, validation: validation, seed: seed, progress: downloadBar())
    }
}

/// Shows downloads on the terminal, a bar for each file.
public func downloadBar() -> @Sendable (DownloadProgress) -> Void {
    let shown = Locked((file: "", bar: ProgressBar?.none))
    return { progress in
        shown.withLock { shown in
            if shown.file != progress.file {
                shown = (progress.file, ProgressBar(progress.file, total: progress.total, unit: .bytes))
            }
            let before = shown.bar?.count ?? 0
            shown.bar?.advance(by: progress.received - before)
            if progress.received == progress.total { shown.bar?.finish() }
        }
    }
}
