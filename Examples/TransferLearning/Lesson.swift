import Martinet
import MartinetVision
import MartinetZoo

/// Dogs, horses and trucks, which the network has never seen when it learns them, and the classes that it sees first.
let newClasses = [5, 7, 9]
let oldClasses = (0..<10).filter { !newClasses.contains($0) }

func makeModel(classes: Int, seed: UInt64) -> ResNet {
    manualSeed(seed)
    return ResNet.cifar(depth: 20, shortcut: .zeroPadding, classes: classes)
}

/// Freezes all of `model` but its head.
func freezeBody(of model: ResNet) {
    model.freeze()
    for (name, part) in model.namedModules {
        if name == "fc" { part.unfreeze() }
        // Frozen statistics, too: a BatchNorm in evaluation mode goes by those that it has.
        if part is BatchNorm { part.eval() }
    }
}

/// Trains the parameters that are not frozen.
///
/// - Returns: the accuracy on the test images.
func train(
    _ model: ResNet, on images: ClassSubset, test: ClassSubset, epochs: Int, batchSize: Int, learningRate: Float,
    options: FitOptions
) throws -> Double {
    let normalize = Standardization(mean: CIFAR10.mean, standardDeviation: CIFAR10.standardDeviation)
    var options = options
    options.schedule = .perStep(.cosine())
    try model.fit(
        images.transformed(by: RandomCrop(32, padding: 4), RandomHorizontalFlip(), normalize), epochs: epochs,
        batchSize: batchSize, optimizer: SGD(model, learningRate: learningRate, momentum: 0.9, weightDecay: 5e-4),
        options: options)
    return evaluate(model, on: test.transformed(by: normalize)).accuracy
}

/// The images of some classes, whose labels are their places among these.
struct ClassSubset: Dataset {
    let classes: [Int]
    private let images: Subset<ImageDataset>

    /// - Parameters:
    ///   - images: of these and other classes.
    ///   - classes: their labels in `images`.
    ///   - limit: takes only the first that many of each class.
    init(_ images: ImageDataset, classes: [Int], limit: Int = .max) {
        self.classes = classes
        self.images = images.subset(
            classes.flatMap { label in images.labels.indices.filter { images.labels[$0] == label }.prefix(limit) })
    }

    var count: Int { images.count }

    func sample(_ index: Int, using generator: RandomGenerator) throws(Never) -> (input: Tensor, target: Int) {
        let (image, label) = images.sample(index, using: generator)
        return (image, classes.firstIndex(of: label)!)
    }
}
