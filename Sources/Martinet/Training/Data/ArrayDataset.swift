import MartinetBase

/// A data set that is held in memory.
public struct ArrayDataset: Dataset {
    /// All samples, `[count] + sampleShape`; images are `[count, height, width, channels]`.
    public let images: NDArray

    /// The label of each sample.
    public let labels: [Int]

    public var count: Int { labels.count }
    public var sampleShape: [Int] { Array(images.shape.dropFirst()) }

    /// - Parameters:
    ///   - images: one sample at each index of the first axis.
    ///   - labels: as many labels.
    public init(images: NDArray, labels: [Int]) {
        require(
            images.shape.first == labels.count,
            "ArrayDataset: images of shape \(images.shape) do not fit \(labels.count) labels")
        self.images = images
        self.labels = labels
    }

    public init(images: Tensor, labels: [Int]) { self.init(images: images.array, labels: labels) }

    public func read(_ index: Int, into pixels: UnsafeMutableBufferPointer<Float>) throws(Never) -> Int {
        require(index >= 0 && index < count, "the sample \(index) is out of range 0 ..< \(count)")
        if let target = pixels.baseAddress {
            images.withUnsafePointer { source in
                target.update(from: source + index * pixels.count, count: pixels.count)
            }
        }
        return labels[index]
    }
}
