import Foundation
import Martinet
import MartinetCommand
import MartinetVision

enum Variant: String, CaseIterable, Encodable {
    case residual, plain, dense

    func makeModel() -> Model {
        switch self {
        case .residual: residualModel()
        case .plain: residualModel(shortcuts: false)
        case .dense: denseModel()
        }
    }
}

/// One network trained once.
struct Training: Encodable {
    let variant: Variant
    let seed: UInt64
    let history: History
    /// On the 10,000 test images; nil if the training was cut short.
    let testAccuracy: Double?
}

/// The data, and how networks are trained on it.
struct Exercise {
    let settings: TrainingOptions<FashionResNet.Defaults>
    let train, validation: TransformedDataset<Subset<ArrayDataset<Int>>>
    let test: TransformedDataset<ArrayDataset<Int>>
    /// Prints what is said beside the result.
    let say: (String) -> Void

    init(
        _ settings: TrainingOptions<FashionResNet.Defaults>, data: FashionMNIST, trainLimit: Int,
        say: @escaping (String) -> Void
    ) {
        self.settings = settings
        self.say = say
        let images = data.train.prefix(trainLimit * 8 / 10)
        let standardize = Standardization(fitting: images, per: .pixel)
        train = images.transformed(by: standardize)
        validation = data.validation.prefix(trainLimit - trainLimit * 8 / 10).transformed(by: standardize)
        test = data.test.transformed(by: standardize)
        say(
            "Fashion-MNIST: \(train.count) images to train with, \(validation.count) to validate, \(test.count) to test;"
                + " \(Threads.count) threads.")
    }

    /// Trains each variant `runs` times, in turns, until all are done or Ctrl-C is pressed.
    func train(_ variants: [Variant], runs: Int) throws -> [Training] {
        for variant in variants { say("\n\(variant.rawValue):\n\(variant.makeModel().summary())") }
        var trainings: [Training] = []
        for run in 0..<runs {
            for variant in variants where !Interrupt.isRequested {
                say("\n\(variant.rawValue), run \(run + 1) of \(runs)")
                trainings.append(try train(variant, seed: settings.seed + UInt64(run)))
            }
        }
        return trainings
    }

    private func train(_ variant: Variant, seed: UInt64) throws -> Training {
        manualSeed(seed)
        let model = variant.makeModel()
        let history = try model.fit(
            train, epochs: settings.epochs, batchSize: settings.batchSize, validation: validation,
            loss: .sparseCategoricalCrossEntropy, optimizer: SGD(model, learningRate: settings.learningRate),
            options: FitOptions(seed: seed, shouldStop: { Interrupt.isRequested }))
        guard history.epochs.count == settings.epochs else {
            return Training(variant: variant, seed: seed, history: history, testAccuracy: nil)
        }
        let result = evaluate(model, on: test, batchSize: settings.batchSize, loss: .sparseCategoricalCrossEntropy)
        say(String(format: "accuracy on the test images: %.4f", result.accuracy))
        return Training(variant: variant, seed: seed, history: history, testAccuracy: result.accuracy)
    }
}
