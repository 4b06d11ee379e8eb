// A data set and a metric of one's own: points inside and outside a ring, and how many of the rare ones are found.
import Martinet

struct Ring: Dataset {
    let count: Int

    func sample(_ index: Int, using generator: RandomGenerator) -> (input: Tensor, target: Int) {
        let point = Tensor.uniform([2], in: -1..<1, generator: generator)
        let distance = sqrt(square(point).sum()).scalar
        return (point, distance > 0.4 && distance < 0.6 ? 1 : 0)
    }
}

let recall = Metric<Tensor, Int>("recall", better: .larger) { outputs, labels in
    // A metric is a mean over samples, so a batch's recall counts once for each of them.
    let found = zip(outputs.argmax().values, labels).count { $0 == 1 && $1 == 1 }
    let all = labels.count { $0 == 1 }
    return all == 0 ? Double(labels.count) : Double(labels.count * found) / Double(all)
}

manualSeed(1)
let model = Sequential {
    Dense(2, 64, activation: .relu)
    Dense(64, 32, activation: .relu)
    Dense(32, 2)
}
let stop = EarlyStopping(monitor: .validation(.metric(recall)), patience: 10)
let history = try model.fit(
    Ring(count: 1000), epochs: 60, batchSize: 50, validation: Ring(count: 500), metrics: [.accuracy, recall],
    optimizer: Adam(model, learningRate: 0.01), options: FitOptions(callbacks: [stop]))
let best = history.values(of: .validation(.metric(recall))).max()!
print("recall: \(best), accuracy: \(history.epochs.last!.validationAccuracy!)")
