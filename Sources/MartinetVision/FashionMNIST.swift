import Foundation
import Martinet

/// Zalando's images of clothes: 60,000 for training and 10,000 for testing, 28 x 28 grey pixels in ten classes (Xiao,
/// Rasul, Vollgraf, "Fashion-MNIST", 2017, arXiv:1708.07747).
///
/// Images are `[n, 28, 28, 1]` with values 0 ... 1.
///
/// ```swift
/// let data = try FashionMNIST()
/// for batch in data.train.batches(of: 128, shuffle: .seeded(1)) { … }
/// ```
public struct FashionMNIST: Sendable {
    /// The labels' names.
    public static let classNames = [
        "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
    ]

    /// Where the files come from.
    public static let source = URL(string: "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/")!

    /// The training images, without those of `validation`.
    public let train: ArrayDataset<Int>

    /// The part of the training images that was set aside.
    public let validation: ArrayDataset<Int>

    /// The test images.
    public let test: ArrayDataset<Int>

    /// Reads the four files, `train-images-idx3-ubyte` and so on, gzipped (`.gz`) or not.
    ///
    /// They are looked for in `directory` if one is given and nowhere else; otherwise in `fashion-mnist` below the folder
    /// that the environment variable `MARTINET_DATA` names, below `/usr/share/datasets` (Debian's package
    /// `dataset-fashion-mnist`) and in the cache, which is `MARTINET_CACHE`, or `martinet` in the user's folder for
    /// caches. The first folder that has all four is taken. If none has, they are downloaded to the cache.
    ///
    /// - Parameters:
    ///   - directory: the only folder to look in.
    ///   - download: whether what is found nowhere may be downloaded, 30 MB.
    ///   - validation: the part of the training images to set aside, 0 ... 1; the same ones as
    ///     `randomSplit(validation:seed:)` would.
    ///   - seed: what decides which ones.
    ///   - mirror: the address to download from, instead of `source`. The checksums are the same.
    ///   - progress: told, on another thread, whenever a part of a download has come.
    /// - Throws: `FileError`, which names the file, and says where in it what was expected and found.
    public init(
        directory: String? = nil, download: Bool = true, validation: Double = 0, seed: UInt64 = 0,
        mirror: URL = FashionMNIST.source, progress: (@Sendable (DownloadProgress) -> Void)? = nil
    ) throws(FileError) {
        try self.init(
            files: Files.locate(
                directory: directory, folders: DatasetFolders(), download: download, mirror: mirror, progress: progress),
            validation: validation, seed: seed)
    }

    init(
        files: Files, validation: Double, seed: UInt64, trainCount: Int = 60_000, testCount: Int = 10_000
    ) throws(FileError) {
        let training = try files.read("train", count: trainCount)
        let (kept, setAside) =
            validation == 0
            ? (Array(0..<trainCount), []) : splitIndices(count: trainCount, validation: validation, seed: seed)
        train = training.dataset(kept)
        self.validation = training.dataset(setAside)
        test = try files.read("t10k", count: testCount).dataset(Array(0..<testCount))
    }
}

extension FashionMNIST {
    /// The four files, wherever they are.
    struct Files {
        let folder: String

        static let names = [
            "train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte",
        ]

        /// Size and SHA-256 of each compressed file as its authors publish it.
        private static let published = [
            (26_421_880, "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"),
            (29_515, "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"),
            (4_422_102, "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"),
            (5_148, "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"),
        ]

        /// The four files as they are at `mirror`.
        static func downloads(from mirror: URL) -> [Download] {
            zip(names, published).map { name, published in
                Download(
                    address: mirror.appendingPathComponent("\(name).gz"), name: "\(name).gz", size: published.0,
                    checksum: .sha256(published.1))
            }
        }

        static func locate(
            directory: String?, folders: DatasetFolders, download: Bool, mirror: URL,
            progress: (@Sendable (DownloadProgress) -> Void)?
        ) throws(FileError) -> Files {
            let candidates = directory.map { [$0] } ?? folders.candidates(for: "fashion-mnist")
            if let folder = candidates.first(where: { missing(in: $0).isEmpty }) { return Files(folder: folder) }
            if let directory {
                throw FileError(
                    .missing, file: "\(directory)/\(missing(in: directory)[0]).gz",
                    expected: "the four files of Fashion-MNIST", found: "not this one")
            }
            guard download, let cache = folders.cache else {
                throw FileError(
                    .missing, file: "Fashion-MNIST", expected: "its four files in one of \(candidates)",
                    found: download ? "them nowhere, and no folder to download to" : "them nowhere")
            }
            let folder = "\(cache)/fashion-mnist"
            try fetch(downloads(from: mirror), to: folder, progress: progress)
            return Files(folder: folder)
        }

        /// Downloads those files to `folder` that are not there yet.
        static func fetch(
            _ downloads: [Download], to folder: String, progress: (@Sendable (DownloadProgress) -> Void)?
        ) throws(FileError) {
            try DatasetFolders.make(folder)
            for download in downloads where !FileManager.default.fileExists(atPath: "\(folder)/\(download.name)") {
                try download.fetch(to: folder, progress: progress)
            }
        }

        private static func missing(in folder: String) -> [String] {
            names.filter { DatasetFolders.find($0, in: folder) == nil }
        }

        /// The images and labels whose files' names start with `prefix`.
        func read(_ prefix: String, count: Int) throws(FileError) -> LabelledImages {
            try LabelledImages(
                imageFile: path("\(prefix)-images-idx3-ubyte"), labelFile: path("\(prefix)-labels-idx1-ubyte"),
                count: count, height: 28, width: 28, classes: FashionMNIST.classNames.count)
        }

        private func path(_ name: String) -> String {
            DatasetFolders.find(name, in: folder) ?? "\(folder)/\(name).gz"
        }
    }
}
