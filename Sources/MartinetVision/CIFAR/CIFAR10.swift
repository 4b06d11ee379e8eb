import Foundation
import Martinet

/// 50,000 small images for training and 10,000 for testing, 32 x 32 pixels in colour, in ten classes (Krizhevsky,
/// "Learning multiple layers of features from tiny images", 2009).
///
/// Images are `[32, 32, 3]` with values 0 ... 1; all together they take 185 MB.
///
/// ```swift
/// let data = try CIFAR10()
/// let normalize = Standardization(mean: CIFAR10.mean, standardDeviation: CIFAR10.standardDeviation)
/// for batch in data.train.transformed(by: normalize).batches(of: 128, shuffle: .seeded(1)) { … }
/// ```
public struct CIFAR10: Sendable {
    /// The labels' names.
    public static let classNames = [
        "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
    ]

    /// The mean of each channel over the training images.
    public static let mean: [Float] = [0.4914, 0.4822, 0.4465]

    /// The standard deviation of each channel over all pixels of the training images.
    public static let standardDeviation: [Float] = [0.2470, 0.2435, 0.2616]

    /// Where the archive comes from.
    public static let source = URL(string: "https://www.cs.toronto.edu/~kriz/")!

    static let layout = CIFARLayout(
        title: "CIFAR-10", folder: "cifar-10-batches-bin", trainingFiles: (1...5).map { "data_batch_\($0).bin" },
        testFile: "test_batch.bin", trainingCount: 10_000, testCount: 10_000, classCounts: [10],
        nameFiles: ["batches.meta.txt"],
        archive: (
            "cifar-10-binary.tar.gz", 170_052_171, "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"
        ))

    /// The training images, without those of `validation`.
    public let train: ImageDataset

    /// The part of the training images that was set aside.
    public let validation: ImageDataset

    /// The test images.
    public let test: ImageDataset

    /// The labels' names, as `batches.meta.txt` says; the usual ones where there is no such file.
    public let classNames: [String]

    /// Reads the six files of the binary version, `data_batch_1.bin` to `data_batch_5.bin` and `test_batch.bin`.
    ///
    /// They are looked for in `directory` and in `cifar-10-batches-bin` below it if a directory is given, and nowhere else;
    /// otherwise in `cifar-10-batches-bin` below the folder that the environment variable `MARTINET_DATA` names, below
    /// `/usr/share/datasets` and in the cache, which is `MARTINET_CACHE`, or `martinet` in the user's folder for caches. If
    /// they are nowhere, their archive is downloaded to the cache and unpacked there.
    ///
    /// - Parameters:
    ///   - directory: the only folder to look in.
    ///   - download: whether what is found nowhere may be downloaded, 170 MB.
    ///   - validation: the part of the training images to set aside, 0 ... 1; the same ones as
    ///     `randomSplit(validation:seed:)` would.
    ///   - seed: what decides which ones.
    ///   - mirror: the address to download from, instead of `source`. The checksum is the same.
    ///   - progress: told, on another thread, whenever a part of the download has come.
    /// - Throws: `FileError`, which names the file, and says where in it what was expected and found.
    public init(
        directory: String? = nil, download: Bool = true, validation: Double = 0, seed: UInt64 = 0,
        mirror: URL = CIFAR10.source, progress: (@Sendable (DownloadProgress) -> Void)? = nil
    ) throws(FileError) {
        try self.init(
            files: CIFARFiles.locate(
                Self.layout, directory: directory, folders: DatasetFolders(), download: download, source: mirror,
                progress: progress),
            validation: validation, seed: seed)
    }

    init(files: CIFARFiles, validation: Double, seed: UInt64) throws(FileError) {
        classNames = try files.classNames(label: 0, standard: Self.classNames)
        (train, self.validation) = try files.read(files.layout.trainingFiles, label: 0)
            .splitting(validation: validation, seed: seed)
        test = try files.read([files.layout.testFile], label: 0)
    }
}
