import Foundation
import Testing

@testable import Martinet

/// Trainings that are no classification of images.
@Suite struct TypedTrainingTests {
    private let silent = FitOptions(progress: .silent)
    private var generator: RandomGenerator { RandomGenerator(seed: 3) }

    @Test func regression() throws {
        let x = Tensor.uniform([200, 2], generator: generator)
        let y = Tensor(
            stride(from: 0, to: 400, by: 2).map { 3 * x.elements[$0] - 2 * x.elements[$0 + 1] + 1 }, shape: [200, 1])
        let data = ArrayDataset(inputs: x, targets: y)
        let model = Dense(2, 1, generator: generator)
        let history = try model.fit(
            data, epochs: 40, batchSize: 20, validation: data, loss: .meanSquaredError, metrics: [.meanAbsoluteError],
            optimizer: Adam(model, learningRate: 0.1), options: silent)
        #expect(try #require(history.epochs.last?.validationLoss) < 1e-4)
        let found = evaluate(model, on: data, loss: .meanSquaredError, metrics: [.meanAbsoluteError])
        #expect(try #require(found[.metric(Metric<Tensor, Tensor>.meanAbsoluteError)]) < 0.01)
        let weight = model.weight.value.elements
        #expect(abs(weight[0] - 3) < 0.02 && abs(weight[1] + 2) < 0.02)
        // Predictions need no targets.
        #expect(predict(model, on: x, batchSize: 64).elements == predict(model, on: data, batchSize: 64).elements)
    }

    @Test func numbersAsTargets() throws {
        let data = ArrayDataset(
            inputs: Tensor((0..<50).map { [Float($0) / 50] }), targets: (0..<50).map { Float($0) / 25 })
        let model = Dense(1, 1, generator: generator)
        let history = try model.fit(
            data, epochs: 60, batchSize: 10, loss: .meanSquaredError, optimizer: Adam(model, learningRate: 0.05),
            options: silent)
        #expect(try #require(history.epochs.last?.loss) < 1e-3)
    }

    @Test func autoencoder() throws {
        let points = ArrayDataset(
            images: Tensor((0..<64).map { [Float($0) / 64, Float($0) / 32, 1 - Float($0) / 64] }),
            labels: [Int](repeating: 0, count: 64))
        let data = points.map { point, _ in (point, point) }
        let model = Sequential {
            Dense(3, 1, generator: generator)
            Dense(1, 3, generator: generator)
        }
        let history = try model.fit(
            data, epochs: 80, batchSize: 16, loss: .meanSquaredError, optimizer: Adam(model, learningRate: 0.03),
            options: silent)
        #expect(try #require(history.epochs.last?.loss) < 1e-3)
    }

    /// Two inputs are a struct of one's own; so could several outputs be.
    private struct Pair: Collatable {
        let left, right: Tensor

        static func collate(_ samples: [Pair]) -> Pair {
            Pair(left: .collate(samples.map(\.left)), right: .collate(samples.map(\.right)))
        }
    }

    private final class Comparison: Module {
        let towers = Dense(2, 8, activation: .relu, generator: RandomGenerator(seed: 5))
        let head = Dense(8, 2, generator: RandomGenerator(seed: 6))

        func callAsFunction(_ pair: Pair) -> Tensor { head(towers(pair.left) - towers(pair.right)) }
    }

    @Test func twoInputs() throws {
        struct Pairs: Dataset {
            let count = 100
            func sample(_ index: Int, using generator: RandomGenerator) -> (input: Pair, target: Int) {
                let (a, b) = (Float(index % 10), Float(index / 10))
                return (Pair(left: Tensor([a, 1]), right: Tensor([b, 1])), a > b ? 1 : 0)
            }
        }
        let model = Comparison()
        let history = try model.fit(
            Pairs(), epochs: 60, batchSize: 20, validation: Pairs(), optimizer: Adam(model, learningRate: 0.02),
            options: silent)
        #expect(try #require(history.epochs.last?.validationAccuracy) > 0.95)
        #expect(predict(model, on: Pairs()).shape == [100, 2])
        #expect(model.namedParameters.map(\.name) == ["towers.weight", "towers.bias", "head.weight", "head.bias"])
    }

    @Test func aMaskForEachPixel() throws {
        let images = Tensor.uniform([24, 8, 8, 1], generator: generator)
        let masks = Tensor(images.elements.map { $0 > 0.5 ? 1 : 0 }, shape: images.shape)
        let model = Conv2D(1, 1, kernelSize: 3, padding: 1, generator: generator)
        let history = try model.fit(
            ArrayDataset(inputs: images, targets: masks), epochs: 60, batchSize: 8, loss: .binaryCrossEntropy,
            optimizer: Adam(model, learningRate: 0.1), options: silent)
        #expect(try #require(history.epochs.last?.loss) < history.epochs[0].loss / 3)
    }

    @Test func namesThatAHistoryHasForOtherThingsAreRefused() async {
        for name in ["loss", "seconds", "validationF1", "F1", "a,b", "epoch", ""] {
            #expect(!History.Key.isMetricName(name), "\(name)")
        }
        #expect(History.Key.isMetricName("f1") && History.Key.isMetricName("validations"))
        for key in [History.Key.loss, .metric("f1"), .validation(.metric("f1")), .seconds, .validation(.loss)] {
            #expect(History.Key(nameInFiles: key.nameInFiles) == key)
        }
    }
}
