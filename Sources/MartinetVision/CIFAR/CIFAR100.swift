import Foundation
import Martinet

/// CIFAR-10's sister: 50,000 small images for training and 10,000 for testing, 32 x 32 pixels in colour, in a hundred
/// classes, which form twenty groups (Krizhevsky, "Learning multiple layers of features from tiny images", 2009).
///
/// Images are `[32, 32, 3]` with values 0 ... 1; all together they take 185 MB.
public struct CIFAR100: Sendable {
    /// Which of an image's two labels is read.
    public enum Labels: Int, Sendable {
        /// The group, 0 to 19, such as "fish".
        case coarse
        /// The class, 0 to 99, such as "trout".
        case fine
    }

    /// The names of the fine labels.
    public static let classNames = """
        apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly camel can castle
        caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile cup dinosaur dolphin elephant
        flatfish forest fox girl hamster house kangaroo keyboard lamp lawn_mower leopard lion lizard lobster man
        maple_tree motorcycle mountain mouse mushroom oak_tree orange orchid otter palm_tree pear pickup_truck pine_tree
        plain plate poppy porcupine possum rabbit raccoon ray road rocket rose sea seal shark shrew skunk skyscraper snail
        snake spider squirrel streetcar sunflower sweet_pepper table tank telephone television tiger tractor train trout
        tulip turtle wardrobe whale willow_tree wolf woman worm
        """.split(whereSeparator: \.isWhitespace).map(String.init)

    /// The names of the coarse labels.
    public static let groupNames = """
        aquatic_mammals fish flowers food_containers fruit_and_vegetables household_electrical_devices
        household_furniture insects large_carnivores large_man-made_outdoor_things large_natural_outdoor_scenes
        large_omnivores_and_herbivores medium_mammals non-insect_invertebrates people reptiles small_mammals trees
        vehicles_1 vehicles_2
        """.split(whereSeparator: \.isWhitespace).map(String.init)

    /// The mean of each channel over the training images.
    public static let mean: [Float] = [0.5071, 0.4865, 0.4409]

    /// The standard deviation of each channel over all pixels of the training images.
    public static let standardDeviation: [Float] = [0.2673, 0.2564, 0.2762]

    /// Where the archive comes from.
    public static let source = CIFAR10.source

    static let layout = CIFARLayout(
        title: "CIFAR-100", folder: "cifar-100-binary", trainingFiles: ["train.bin"], testFile: "test.bin",
        trainingCount: 50_000, testCount: 10_000, classCounts: [20, 100],
        nameFiles: ["coarse_label_names.txt", "fine_label_names.txt"],
        archive: (
            "cifar-100-binary.tar.gz", 168_513_733, "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec"
        ))

    /// The training images, without those of `validation`.
    public let train: ImageDataset

    /// The part of the training images that was set aside.
    public let validation: ImageDataset

    /// The test images.
    public let test: ImageDataset

    /// The labels' names, as the files say; the usual ones where there are no such files.
    public let classNames: [String]

    /// Reads the two files of the binary version, `train.bin` and `test.bin`.
    ///
    /// They are looked for as `CIFAR10` looks for its own, in folders called `cifar-100-binary`, and downloaded if they are
    /// nowhere.
    ///
    /// - Parameters:
    ///   - directory: the only folder to look in.
    ///   - labels: which labels the samples get.
    ///   - download: whether what is found nowhere may be downloaded, 169 MB.
    ///   - validation: the part of the training images to set aside, 0 ... 1; the same ones as
    ///     `randomSplit(validation:seed:)` would.
    ///   - seed: what decides which ones.
    ///   - mirror: the address to download from, instead of `source`. The checksum is the same.
    ///   - progress: told, on another thread, whenever a part of the download has come.
    /// - Throws: `FileError`, which names the file, and says where in it what was expected and found.
    public init(
        directory: String? = nil, labels: Labels = .fine, download: Bool = true, validation: Double = 0,
        seed: UInt64 = 0, mirror: URL = CIFAR100.source, progress: (@Sendable (DownloadProgress) -> Void)? = nil
    ) throws(FileError) {
        try self.init(
            files: CIFARFiles.locate(
                Self.layout, directory: directory, folders: DatasetFolders(), download: download, source: mirror,
                progress: progress),
            labels: labels, validation: validation, seed: seed)
    }

    init(files: CIFARFiles, labels: Labels, validation: Double, seed: UInt64) throws(FileError) {
        let label = labels.rawValue
        classNames = try files.classNames(
            label: label, standard: labels == .fine ? Self.classNames : Self.groupNames)
        (train, self.validation) = try files.read(files.layout.trainingFiles, label: label)
            .splitting(validation: validation, seed: seed)
        test = try files.read([files.layout.testFile], label: label)
    }
}
