import Foundation
import MartinetFiles

/// Published weights of a network for ImageNet: where they are, and how to tell that they are whole.
///
/// ```swift
/// let weights = PretrainedWeights("resnet50")!
/// let model = ResNet(.resNet50)
/// try model.load(from: weights.locate())                   // downloaded once, then taken from the cache
/// ```
public struct PretrainedWeights: Sendable {
    /// Who has published them.
    public enum Publisher: String, Sendable, Codable {
        case torchvision, keras
    }

    /// The network, as `NamedModel` calls it: "resnet50", or "keras-resnet50".
    public let model: String

    /// Which weights of several, by the publisher's name for them, such as "IMAGENET1K_V2".
    public let version: String

    /// Where they are.
    public let address: URL

    /// Of ImageNet's validation images, how many per cent the publisher says that the network classifies right.
    public let accuracy: Double?

    /// The shorter side that images are resized to before the middle is cut out of them; nil for Keras's, which are not cropped.
    public let resize: Int?

    private let size: ClosedRange<Int>
    private let checksum: Checksum

    public var publisher: Publisher { resize == nil ? .keras : .torchvision }

    /// The name of the file.
    public var fileName: String { address.lastPathComponent }

    /// The published weights of a network; nil if none are known.
    ///
    /// - Parameters:
    ///   - model: the network.
    ///   - version: which of several; nil for the first ones, which are those of the paper's recipe.
    public init?(_ model: String, version: String? = nil) {
        let found = Self.all.first { $0.model == model && (version == nil || $0.version == version) }
        guard let found else { return nil }
        self = found
    }

    /// All that are known.
    public static let all: [PretrainedWeights] = torchvision + keras

    private static let torchvision = [
        torchvision("resnet18", "f37072fd", 44.661, 69.758),
        torchvision("resnet34", "b627a593", 83.275, 73.314),
        torchvision("resnet50", "0676ba61", 97.781, 76.130),
        torchvision("resnet50", "11ad3fa6", 97.790, 80.858, isSecond: true),
        torchvision("resnet101", "63fe2227", 170.511, 77.374),
        torchvision("resnet101", "cd907fc2", 170.530, 81.886, isSecond: true),
        torchvision("resnet152", "394f9c45", 230.434, 78.312),
        torchvision("resnet152", "f82ba261", 230.474, 82.284, isSecond: true),
        torchvision("wide_resnet50_2", "95faca4d", 131.820, 78.468),
        torchvision("wide_resnet50_2", "9ba9bcbe", 263.124, 81.602, isSecond: true),
        torchvision("wide_resnet101_2", "32ee1156", 242.896, 78.848),
        torchvision("wide_resnet101_2", "d733dc28", 484.747, 82.510, isSecond: true),
        torchvision("resnext50_32x4d", "7cdf4587", 95.789, 77.618),
        torchvision("resnext50_32x4d", "1a0047aa", 95.833, 81.198, isSecond: true),
        torchvision("resnext101_32x8d", "8ba56ff5", 339.586, 79.312),
        torchvision("resnext101_32x8d", "110c445d", 339.673, 82.834, isSecond: true),
        torchvision("densenet121", "a639ec97", 30.845, 74.434),
    ]

    private static let keras = [
        keras("resnet50", "2cb95161c43110f7111970584f804107", 25_636_712),
        keras("resnet101", "f1aeb4b969a6efcfb50fad2f0c20cfc5", 44_707_176),
        keras("resnet152", "100835be76be38e30d865e96f2aaae62", 60_419_944),
    ]

    /// - Parameters:
    ///   - digits: those that the SHA-256 starts with; they are part of the file's name.
    ///   - size: in units of 2^20 bytes, rounded to three digits.
    private static func torchvision(
        _ model: String, _ digits: String, _ size: Double, _ accuracy: Double, isSecond: Bool = false
    ) -> PretrainedWeights {
        PretrainedWeights(
            model: model, version: isSecond ? "IMAGENET1K_V2" : "IMAGENET1K_V1",
            address: URL(string: "https://download.pytorch.org/models/\(model)-\(digits).pth")!, accuracy: accuracy,
            resize: isSecond ? 232 : 256,
            size: Int((size - 0.001) * 1_048_576)...Int((size + 0.001) * 1_048_576), checksum: .sha256(digits))
    }

    /// - Parameter count: the number of elements.
    private static func keras(_ model: String, _ digits: String, _ count: Int) -> PretrainedWeights {
        let folder = "https://storage.googleapis.com/tensorflow/keras-applications/resnet/"
        return PretrainedWeights(
            model: "keras-\(model)", version: "imagenet",
            address: URL(string: "\(folder)\(model)_weights_tf_dim_ordering_tf_kernels.h5")!, accuracy: nil,
            // Beside the elements the file has little more than names.
            resize: nil, size: 4 * count...5 * count, checksum: .md5(digits))
    }

    private init(
        model: String, version: String, address: URL, accuracy: Double?, resize: Int?, size: ClosedRange<Int>,
        checksum: Checksum
    ) {
        self.model = model
        self.version = version
        self.address = address
        self.accuracy = accuracy
        self.resize = resize
        self.size = size
        self.checksum = checksum
    }

    /// The file: in the folder `weights` of the cache, which is `MARTINET_CACHE`, or `martinet` in the user's folder for caches.
    /// It is downloaded if it is not there; a download that was interrupted is resumed.
    ///
    /// - Parameters:
    ///   - download: whether it may be downloaded.
    ///   - mirror: an address to download from instead, of the folder that the file is in. The checksum is the same.
    ///   - progress: told, on another thread, whenever a part of the download has come.
    /// - Throws: `FileError`. The file is in the cache only if it is whole and its checksum right.
    public func locate(
        download: Bool = true, mirror: URL? = nil, progress: (@Sendable (DownloadProgress) -> Void)? = nil
    ) throws(FileError) -> URL {
        try locate(in: DatasetFolders().cache, download: download, mirror: mirror, progress: progress)
    }

    func locate(
        in cache: String?, download: Bool, mirror: URL?, progress: (@Sendable (DownloadProgress) -> Void)?
    ) throws(FileError) -> URL {
        guard let cache else {
            throw FileError(
                .missing, file: fileName, expected: "a folder for it, MARTINET_CACHE or HOME", found: "neither")
        }
        let folder = "\(cache)/weights"
        let path = "\(folder)/\(fileName)"
        if FileManager.default.fileExists(atPath: path) { return URL(fileURLWithPath: path) }
        guard download else {
            throw FileError(.missing, file: path, expected: "what \(address) has", found: "no such file")
        }
        try DatasetFolders.make(folder)
        // Half a gigabyte takes hours where a line is slow.
        try Download(
            address: mirror?.appendingPathComponent(fileName) ?? address, name: fileName, size: size,
            checksum: checksum, isResumable: true, totalTimeout: 6 * 3600
        ).fetch(to: folder, progress: progress)
        return URL(fileURLWithPath: path)
    }
}
