// Learns a curve from noisy points on it.
import Foundation
import Martinet

manualSeed(1)
let x = Tensor.uniform([400, 1], in: -2..<2)
let y = Tensor(x.elements.map { sin(2 * $0) }, shape: x.shape) + 0.05 * Tensor.normal(x.shape)
let train = ArrayDataset(inputs: x[0..<300], targets: y[0..<300])
let test = ArrayDataset(inputs: x[300..<400], targets: y[300..<400])

let model = Sequential {
    Dense(1, 32, activation: .tanh)
    Dense(32, 32, activation: .tanh)
    Dense(32, 1)
}
try model.fit(
    train, epochs: 60, batchSize: 20, loss: .meanSquaredError, optimizer: Adam(model, learningRate: 0.01),
    options: FitOptions(schedule: .perEpoch(.cosine())))

let error = Metric<Tensor, Tensor>.meanAbsoluteError
let result = evaluate(model, on: test, loss: .meanSquaredError, metrics: [error])
print("error on new points: \(result[.metric(error)]!)")
print("sin(2) is about \(predict(model, on: Tensor([[1]])).scalar)")
