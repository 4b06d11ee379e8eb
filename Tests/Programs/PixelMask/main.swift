// Marks each pixel of an image that belongs to a bright square: a number for each pixel is the output, and the target.
import Martinet

/// Noise with a bright square somewhere, made when it is asked for, and where the square is.
struct Squares: Dataset {
    let count: Int

    func sample(_ index: Int, using generator: RandomGenerator) -> (input: Tensor, target: Tensor) {
        let (row, column) = (generator.integer(below: 10), generator.integer(below: 10))
        let mask = Tensor(
            (0..<256).map { (row..<row + 6).contains($0 / 16) && (column..<column + 6).contains($0 % 16) ? 1 : 0 },
            shape: [16, 16, 1])
        return (mask * 0.7 + Tensor.uniform([16, 16, 1], generator: generator), mask)
    }
}

manualSeed(1)
let model = Sequential {
    Conv2D(1, 8, kernelSize: 3, padding: .same, activation: .relu)
    Conv2D(8, 8, kernelSize: 5, padding: .same, activation: .relu)
    Conv2D(8, 1, kernelSize: 3, padding: .same)
}
let overlap = Metric<Tensor, Tensor>("overlap", better: .larger) { logits, masks in
    let found = logits .> 0
    let common = (found * masks).sum(axes: [1, 2, 3])
    let either = (found + masks).sum(axes: [1, 2, 3]) - common
    return Double((common / either).sum().scalar)
}
let history = try model.fit(
    Squares(count: 200), epochs: 8, batchSize: 20, validation: Squares(count: 50), loss: .binaryCrossEntropy,
    metrics: [overlap], optimizer: Adam(model, learningRate: 0.01))
print("overlap: \(history.values(of: .validation(.metric(overlap))).last!)")
