import MartinetBase

/// A data set that is held in memory: a tensor of inputs, and a target for each.
///
/// ```swift
/// let images = ArrayDataset(images: pixels, labels: classes)       // to classify
/// let points = ArrayDataset(inputs: x, targets: y)                 // to regress: [n, 2] and [n, 1], for instance
/// ```
public struct ArrayDataset<Target: Collatable>: Dataset {
    private enum Targets: Sendable {
        case list([Target])
        /// One at each index of the first axis; `Target` is `Tensor`.
        case rows(Tensor)
    }

    /// All inputs, `[count] + sampleShape`; images are `[count, height, width, channels]`.
    public let inputs: Tensor

    private let storedTargets: Targets

    public var count: Int { inputs.shape[0] }

    /// The shape of each input.
    public var sampleShape: [Int] { Array(inputs.shape.dropFirst()) }

    private init(inputs: Tensor, storedTargets: Targets, targetCount: Int?) {
        require(
            inputs.rank > 0 && inputs.shape[0] == targetCount,
            "ArrayDataset: inputs of shape \(inputs.shape) do not fit \(targetCount.map(String.init) ?? "no") targets")
        self.inputs = inputs.detached
        self.storedTargets = storedTargets
    }

    /// - Parameters:
    ///   - inputs: one at each index of the first axis.
    ///   - targets: as many targets.
    public init(inputs: Tensor, targets: [Target]) {
        self.init(inputs: inputs, storedTargets: .list(targets), targetCount: targets.count)
    }

    public func sample(_ index: Int, using generator: RandomGenerator) throws(Never) -> (input: Tensor, target: Target)
    {
        checkIndex(index)
        return (inputs[index], target(index))
    }

    public func batch(
        _ indices: ArraySlice<Int>, using generators: SampleGenerators
    ) throws(Never) -> Batch<Tensor, Target> {
        let (array, size) = (inputs.array, elementCount(sampleShape))
        return Batch(writing: indices, shape: sampleShape) { (index, _, elements) throws(Never) in
            checkIndex(index)
            if let target = elements.baseAddress {
                array.withUnsafePointer { target.update(from: $0 + index * size, count: size) }
            }
            return self.target(index)
        }
    }

    private func target(_ index: Int) -> Target {
        switch storedTargets {
        case .list(let targets): targets[index]
        case .rows(let targets): targets[index] as! Target
        }
    }
}

extension ArrayDataset where Target == Tensor {
    /// All targets, `[count] + ` a target's shape.
    public var targets: Tensor {
        switch storedTargets {
        case .list(let targets): Tensor.collate(targets)
        case .rows(let targets): targets
        }
    }

    /// - Parameters:
    ///   - inputs: one at each index of the first axis.
    ///   - targets: the target of each, likewise.
    public init(inputs: Tensor, targets: Tensor) {
        self.init(inputs: inputs, storedTargets: .rows(targets.detached), targetCount: targets.shape.first)
    }
}

extension ArrayDataset where Target == Int {
    /// All images, `[count, height, width, channels]`.
    public var images: Tensor { inputs }

    /// The class of each image.
    public var labels: [Int] {
        if case .list(let labels) = storedTargets { labels } else { [] }
    }

    /// - Parameters:
    ///   - images: one at each index of the first axis.
    ///   - labels: the class of each.
    public init(images: Tensor, labels: [Int]) { self.init(inputs: images, targets: labels) }
}
