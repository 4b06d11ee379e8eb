import Martinet
import MartinetBase

/// Images of one size and a label each, held in memory as bytes: a quarter of what floats would take.
///
/// Samples are `[height, width, channels]` with values 0 ... 1, made when they are read. Several data sets can share the
/// bytes, as the training and the validation part of one set of files do.
public struct ImageDataset: Dataset {
    /// The label of each sample.
    public let labels: [Int]

    /// The size of each image.
    public let height, width, channels: Int

    /// All images of the files, `[n, height, width, channels]`.
    private let pixels: [UInt8]

    /// Where in `pixels` each sample is, counted in images; nil if they are all there in their order.
    private let places: [Int]?

    public var count: Int { labels.count }
    public var sampleShape: [Int] { [height, width, channels] }

    private var imageSize: Int { height * width * channels }

    /// - Parameters:
    ///   - pixels: the images one after the other, each `[height, width, channels]`, row-major.
    ///   - height: of each image.
    ///   - width: of each image.
    ///   - channels: of each image, 1 for grey, 3 for red, green and blue.
    ///   - labels: as many as there are images.
    public init(pixels: [UInt8], height: Int, width: Int, channels: Int, labels: [Int]) {
        require(
            height > 0 && width > 0 && channels > 0 && pixels.count == labels.count * height * width * channels,
            "ImageDataset: \(pixels.count) bytes do not fit \(labels.count) images of \([height, width, channels])")
        self.init(
            labels: labels, height: height, width: width, channels: channels, pixels: pixels, places: nil)
    }

    private init(labels: [Int], height: Int, width: Int, channels: Int, pixels: [UInt8], places: [Int]?) {
        self.labels = labels
        self.height = height
        self.width = width
        self.channels = channels
        self.pixels = pixels
        self.places = places
    }

    /// The samples at `indices`, in that order, over the same bytes.
    func selecting(_ indices: [Int]) -> ImageDataset {
        ImageDataset(
            labels: indices.map { labels[$0] }, height: height, width: width, channels: channels, pixels: pixels,
            places: indices.map { places?[$0] ?? $0 })
    }

    /// These samples without a part that is set aside, and that part; the same ones as `randomSplit(validation:seed:)`
    /// gives.
    func splitting(validation: Double, seed: UInt64) -> (train: ImageDataset, validation: ImageDataset) {
        guard validation != 0 else { return (self, selecting([])) }
        let (kept, setAside) = splitIndices(count: count, validation: validation, seed: seed)
        return (selecting(kept), selecting(setAside))
    }

    /// The bytes of sample `index`, `[height, width, channels]`, row-major.
    public func bytes(_ index: Int) -> ArraySlice<UInt8> {
        let start = place(index) * imageSize
        return pixels[start..<start + imageSize]
    }

    public func sample(_ index: Int, using generator: RandomGenerator) throws(Never) -> (input: Tensor, target: Int) {
        let image = NDArray(shape: sampleShape) { read(index, into: $0) }
        return (Tensor(array: image), labels[index])
    }

    public func batch(
        _ indices: ArraySlice<Int>, using generators: SampleGenerators
    ) throws(Never) -> Batch<Tensor, Int> {
        Batch(writing: indices, shape: sampleShape) { (index, _, pixels) throws(Never) in
            if let address = pixels.baseAddress { read(index, into: address) }
            return labels[index]
        }
    }

    private func read(_ index: Int, into target: UnsafeMutablePointer<Float>) {
        let start = place(index) * imageSize
        pixels.withUnsafeBufferPointer { bytes in
            guard let source = bytes.baseAddress.map({ $0 + start }) else { return }
            for element in 0..<imageSize { target[element] = Float(source[element]) / 255 }
        }
    }

    private func place(_ index: Int) -> Int {
        checkIndex(index)
        return places?[index] ?? index
    }
}
