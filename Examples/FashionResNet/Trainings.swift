import Martinet
import MartinetCommand

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

    /// Trains each of `variants` so many times, in turns, until all are done or Ctrl-C is pressed.
    ///
    /// - Parameter say: prints what is said beside the result.
    static func run(
        _ variants: [Variant], times: Int, on data: ClothesData,
        _ settings: TrainingOptions<FashionResNet.Defaults>, say: (String) -> Void
    ) throws -> [Training] {
        for variant in variants { say("\n\(variant.rawValue):\n\(variant.makeModel().summary())") }
        var trainings: [Training] = []
        for run in 0..<times {
            for variant in variants where !Interrupt.isRequested {
                say("\n\(variant.rawValue), run \(run + 1) of \(times)")
                let seed = settings.seed + UInt64(run)
                manualSeed(seed)
                let model = variant.makeModel()
                var options = settings.fit
                options.seed = seed
                let history = try train(
                    model, on: data, epochs: settings.epochs, batchSize: settings.batchSize,
                    learningRate: settings.learningRate, options: options)
                let isWhole = history.epochs.count == settings.epochs
                let accuracy = isWhole ? accuracyOnTestImages(of: model, data, batchSize: settings.batchSize) : nil
                if let accuracy { say(String(format: "accuracy on the test images: %.4f", accuracy)) }
                trainings.append(Training(variant: variant, seed: seed, history: history, testAccuracy: accuracy))
            }
        }
        return trainings
    }
}
