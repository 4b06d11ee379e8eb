import Foundation
import Martinet
import MartinetTensorBoard

/// Writes events of every kind, by hand and from `fit`, for `check_tensorboard.py`.
func writeEvents(to folder: URL) throws {
    let writer = try SummaryWriter(logDirectory: folder.appending(path: "by-hand"))
    for step in 0..<5 { try writer.addScalar("curve", Float(step * step), globalStep: step) }
    try writer.addHistogram("ramp", .arange(-50, 50), globalStep: 7)
    try writer.addImage("image", .ones([4, 6, 3]))
    try writer.addText("notes", "**bold**")
    let model = Sequential([Conv2D(1, 2, kernelSize: 3), BatchNorm(2), ReLU(), Flatten(), Dense(32, 3)])
    try writer.addGraph(model, inputShape: [1, 6, 6, 1])
    try writer.addHParams(["rate": 0.25, "name": "first", "nesterov": true], metrics: ["accuracy": 0.5])
    try writer.flush()

    let data = ArrayDataset(
        images: Tensor.normal([64, 6, 6, 1], generator: RandomGenerator(seed: 1)), labels: (0..<64).map { $0 % 3 })
    let board = TensorBoard(
        folder.appending(path: "fit"), stepFrequency: 1, histogramFrequency: 1, graphInputShape: [1, 6, 6, 1],
        hyperParameters: ["batch size": 16])
    try model.fit(
        data, epochs: 3, batchSize: 16, validation: data, options: FitOptions(callbacks: [board], progress: .silent))
    if let error = board.error { throw error }
}
