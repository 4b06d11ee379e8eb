import Foundation
import Martinet
import MartinetBase
import MartinetPNG
import SwiftProtobuf

/// Writes what TensorBoard shows: scalars, histograms, images, text, a graph, hyperparameters. As PyTorch's class of that
/// name.
///
/// ```swift
/// let writer = try SummaryWriter(logDirectory: URL(fileURLWithPath: "runs/first"))
/// try writer.addScalar("loss/train", loss.scalar, globalStep: step)
/// try writer.addHistogram("weights/conv1", model.conv1.weight.value, globalStep: epoch)
/// ```
///
/// Each method writes its event before it returns, so TensorBoard can be watching. Safe to call from several threads.
public final class SummaryWriter: Sendable {
    /// The folder of this run; TensorBoard shows all below the folder that it is given.
    public let logDirectory: URL

    private let file: Locked<EventFile>

    /// Starts a new file of events.
    ///
    /// - Parameters:
    ///   - logDirectory: the run's folder, which is created if need be.
    ///   - filenameSuffix: what the file's name ends with.
    /// - Throws: `TensorBoardError` if there can be no such file.
    public init(logDirectory: URL, filenameSuffix: String = "") throws(TensorBoardError) {
        self.logDirectory = logDirectory
        let file = try EventFile(folder: logDirectory, suffix: filenameSuffix)
        var event = TensorBoardEvent()
        event.wallTime = Date().timeIntervalSince1970
        event.fileVersion = "brain.Event:2"
        try file.append(event)
        self.file = Locked(file)
    }

    /// The file of events.
    public var path: String { file.withLock { $0.path } }

    // MARK: Scalars

    /// A point of a curve.
    ///
    /// - Parameters:
    ///   - tag: the curve's name; what stands before a "/" groups curves.
    ///   - value: the point's height.
    ///   - globalStep: its place.
    ///   - wallTime: when it was; now if nil.
    public func addScalar(
        _ tag: String, _ value: Float, globalStep: Int = 0, wallTime: Date? = nil
    ) throws(TensorBoardError) {
        try add(tag, globalStep, wallTime) { $0.simpleValue = value }
    }

    /// A point for each of several curves, named `mainTag` and "/" and their own names.
    ///
    /// - Parameters:
    ///   - mainTag: the group's name.
    ///   - values: the points' heights by their curves' names.
    ///   - globalStep: their place.
    ///   - wallTime: when they were; now if nil.
    public func addScalars(
        _ mainTag: String, _ values: [String: Float], globalStep: Int = 0, wallTime: Date? = nil
    ) throws(TensorBoardError) {
        for (name, value) in values.sorted(by: { $0.key < $1.key }) {
            try addScalar("\(mainTag)/\(name)", value, globalStep: globalStep, wallTime: wallTime)
        }
    }

    // MARK: Histograms and images

    /// The distribution of a tensor's finite elements. Does nothing if there are none.
    ///
    /// - Parameters:
    ///   - tag: the histogram's name.
    ///   - values: of any shape.
    ///   - globalStep: its place among others of that name.
    ///   - wallTime: when it was; now if nil.
    public func addHistogram(
        _ tag: String, _ values: Tensor, globalStep: Int = 0, wallTime: Date? = nil
    ) throws(TensorBoardError) {
        guard let histogram = TensorBoardHistogramProto(values.array) else { return }
        try add(tag, globalStep, wallTime) { $0.histo = histogram }
    }

    /// An image, as PNG.
    ///
    /// - Parameters:
    ///   - tag: the image's name.
    ///   - image: `[height, width, channels]` in 0 ... 1, of 1 or 3 channels, as `Image.tensor` of MartinetVision has them.
    ///   - globalStep: its place among others of that name.
    ///   - wallTime: when it was; now if nil.
    public func addImage(
        _ tag: String, _ image: Tensor, globalStep: Int = 0, wallTime: Date? = nil
    ) throws(TensorBoardError) {
        require(
            image.rank == 3 && image.count > 0 && (image.shape[2] == 1 || image.shape[2] == 3),
            "addImage: expected [height, width, channels] with 1 or 3 channels, found the shape \(image.shape)")
        let (height, width, channels) = (image.shape[0], image.shape[1], image.shape[2])
        try add(tag, globalStep, wallTime) { value in
            value.image.height = Int32(height)
            value.image.width = Int32(width)
            value.image.colorspace = Int32(channels)
            value.image.encodedImageString = Data(
                encodePNG(pixelBytes(image.elements), height: height, width: width, channels: channels))
        }
    }

    /// Images side by side, at most eight in a row, as one.
    ///
    /// - Parameters:
    ///   - tag: the image's name.
    ///   - images: `[count, height, width, channels]` in 0 ... 1, of 1 or 3 channels; at least one.
    ///   - globalStep: its place among others of that name.
    ///   - wallTime: when it was; now if nil.
    public func addImages(
        _ tag: String, _ images: Tensor, globalStep: Int = 0, wallTime: Date? = nil
    ) throws(TensorBoardError) {
        require(
            images.rank == 4 && images.shape[0] > 0,
            "addImages: expected [count, height, width, channels], found the shape \(images.shape)")
        let (count, height, width, channels) = (images.shape[0], images.shape[1], images.shape[2], images.shape[3])
        let columns = min(count, 8)
        let rows = (count + columns - 1) / columns
        let missing = Tensor.zeros([rows * columns - count, height, width, channels])
        let grid = Tensor.concatenate([images.detached, missing])
            .reshaped([rows, columns, height, width, channels]).permuted([0, 2, 1, 3, 4])
            .reshaped([rows * height, columns * width, channels])
        try addImage(tag, grid, globalStep: globalStep, wallTime: wallTime)
    }

    // MARK: Text, graph, hyperparameters

    /// Text, which TensorBoard reads as Markdown.
    ///
    /// - Parameters:
    ///   - tag: the text's name.
    ///   - text: what it says.
    ///   - globalStep: its place among others of that name.
    ///   - wallTime: when it was; now if nil.
    public func addText(
        _ tag: String, _ text: String, globalStep: Int = 0, wallTime: Date? = nil
    ) throws(TensorBoardError) {
        try add(tag + "/text_summary", globalStep, wallTime) { value in
            value.metadata.pluginData.pluginName = "text"
            value.tensor.dtype = .dtString
            value.tensor.tensorShape.dim = [.with { $0.size = 1 }]
            value.tensor.stringVal = [Data(text.utf8)]
        }
    }

    /// The operations that a model consists of, in folders by its layers' names.
    ///
    /// - Parameters:
    ///   - model: is run once in evaluation mode.
    ///   - inputShape: as `forInference` takes it.
    /// - Throws: `TensorBoardError`; its reason names an operation that cannot be shown.
    public func addGraph(_ model: some Module<Tensor, Tensor>, inputShape: [Int]) throws(TensorBoardError) {
        var event = TensorBoardEvent()
        event.wallTime = Date().timeIntervalSince1970
        do {
            event.graphDef = try model.graphDefinition(inputShape: inputShape).serializedData()
        } catch {
            throw TensorBoardError(path: path, reason: "cannot hold the graph: \(error)")
        }
        try append(event)
    }

    /// The hyperparameters of this run, and what came of them, for the page that compares runs.
    ///
    /// - Parameters:
    ///   - values: the hyperparameters by their names.
    ///   - metrics: scalars that the run is judged by, by their tags; each is also added as a scalar.
    ///   - globalStep: the metrics' place in their curves.
    public func addHParams(
        _ values: [String: HyperParameter], metrics: [String: Float], globalStep: Int = 0
    ) throws(TensorBoardError) {
        var event = TensorBoardEvent()
        event.wallTime = Date().timeIntervalSince1970
        do {
            event.summary = try HyperParameterSummary.values(
                values, metrics: Array(metrics.keys), time: event.wallTime)
        } catch {
            throw TensorBoardError(path: path, reason: "cannot hold the hyperparameters: \(error)")
        }
        try append(event)
        for (tag, value) in metrics.sorted(by: { $0.key < $1.key }) {
            try addScalar(tag, value, globalStep: globalStep)
        }
    }

    // MARK: The file

    /// Waits until everything is on the disk.
    public func flush() throws(TensorBoardError) {
        try file.withLock { (file) throws(TensorBoardError) in try file.synchronize() }
    }

    /// Ends the file: what is added afterwards is an error.
    public func close() { file.withLock { $0.close() } }

    private func add(
        _ tag: String, _ step: Int, _ wallTime: Date?, _ set: (inout TensorBoardSummary.Value) -> Void
    ) throws(TensorBoardError) {
        var value = TensorBoardSummary.Value()
        value.tag = tag
        set(&value)
        var event = TensorBoardEvent()
        event.wallTime = (wallTime ?? Date()).timeIntervalSince1970
        event.step = Int64(step)
        event.summary.value = [value]
        try append(event)
    }

    private func append(_ event: TensorBoardEvent) throws(TensorBoardError) {
        try file.withLock { (file) throws(TensorBoardError) in try file.append(event) }
    }
}
