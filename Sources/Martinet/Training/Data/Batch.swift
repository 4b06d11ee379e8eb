import MartinetBase

/// Samples that go through a model together.
public struct Batch<Input: Collatable, Target: Collatable>: Sendable {
    /// The model's input; for tensors `[count] + ` the shape of a sample, `[count, height, width, channels]` for images.
    public let inputs: Input.Collated

    /// The outputs that it should give; for classes a list of their numbers.
    public let targets: Target.Collated

    /// The number of samples.
    public let count: Int

    public init(inputs: Input.Collated, targets: Target.Collated, count: Int) {
        self.inputs = inputs
        self.targets = targets
        self.count = count
    }
}

extension Batch where Input == Tensor, Target == Int {
    /// The images, `[count, height, width, channels]`.
    public var images: Tensor { inputs }

    /// The class of each image.
    public var labels: [Int] { targets }

    /// A classifier's batch.
    ///
    /// - Parameters:
    ///   - images: one at each index of the first axis.
    ///   - labels: the class of each.
    public init(images: Tensor, labels: [Int]) {
        require(
            images.shape.first == labels.count,
            "Batch: images of shape \(images.shape) do not fit \(labels.count) labels")
        self.init(inputs: images, targets: labels, count: labels.count)
    }
}

extension Batch where Input == Tensor {
    /// A batch of samples of one shape that are written straight to their places.
    ///
    /// - Parameters:
    ///   - indices: of the samples.
    ///   - shape: a sample's.
    ///   - write: writes sample `index`, number `offset` of the batch, to `elements`, and returns its target.
    package init<Failure: Error>(
        writing indices: ArraySlice<Int>, shape: [Int],
        _ write: (_ index: Int, _ offset: Int, _ elements: UnsafeMutableBufferPointer<Float>) throws(Failure) -> Target
    ) throws(Failure) {
        let size = elementCount(shape)
        var targets: [Target] = []
        targets.reserveCapacity(indices.count)
        var failure: Failure?
        let inputs = NDArray(shape: [indices.count] + shape) { out in
            do throws(Failure) {
                for (offset, index) in indices.enumerated() {
                    targets.append(
                        try write(index, offset, UnsafeMutableBufferPointer(start: out + offset * size, count: size)))
                }
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        self.init(inputs: Tensor(array: inputs), targets: Target.collate(targets), count: indices.count)
    }
}
