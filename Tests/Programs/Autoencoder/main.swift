// Squeezes points of three coordinates through one number, and finds them again: the targets are the inputs.
import Foundation
import Martinet

manualSeed(1)
let angles = Tensor.uniform([512], in: 0..<3).elements
let points = Tensor(angles.map { [cos($0), sin($0), $0 / 3] })
let data = ArrayDataset(inputs: points, targets: points)

final class Autoencoder: Module {
    let encoder = Sequential {
        Dense(3, 32, activation: .tanh)
        Dense(32, 1)
    }
    let decoder = Sequential {
        Dense(1, 32, activation: .tanh)
        Dense(32, 3)
    }

    func callAsFunction(_ x: Tensor) -> Tensor { decoder(encoder(x)) }
}

let model = Autoencoder()
let history = try model.fit(
    data, epochs: 80, batchSize: 32, loss: .meanSquaredError, optimizer: Adam(model, learningRate: 0.01))
print("loss: \(history.epochs.first!.loss) at first, \(history.epochs.last!.loss) at last")
print("codes: \(predict(model.encoder, on: points).shape)")
