import Martinet
import MartinetVision
import MartinetZoo

/// Plain convolutional networks of one depth after the other, each trained by the loop that PyTorch's tutorials write.
struct Lesson {
    let epochs, batchSize, printEvery: Int
    let learningRate: Float
    let seed: UInt64
    /// From 0 ... 1 to -1 ... 1, as the tutorial does.
    let normalize = Standardization(mean: [0.5, 0.5, 0.5], standardDeviation: [0.5, 0.5, 0.5])

    func makeModel(depth: Int) -> PlainCNN {
        manualSeed(seed)
        return PlainCNN(depth: depth, inputShape: [32, 32, 3])
    }

    /// Trains until it is done, or `shouldStop` says so.
    ///
    /// - Parameter report: is told of the mean loss of every `printEvery` steps.
    func train(
        _ model: PlainCNN, on images: Subset<ImageDataset>, shouldStop: () -> Bool,
        report: (_ epoch: Int, _ step: Int, _ loss: Double) -> Void
    ) {
        let dataset = images.transformed(by: normalize)
        let optimizer = SGD(model, learningRate: learningRate, momentum: 0.9)
        for epoch in 1...epochs {
            var runningLoss = 0.0
            let batches = dataset.batches(of: batchSize, shuffle: .seeded(epoch, seed: seed), prefetch: 2)
            for (step, batch) in batches.enumerated() where !shouldStop() {
                let loss = crossEntropy(model(batch.images), batch.labels)
                loss.backward()
                optimizer.step()

                runningLoss += Double(loss.scalar)
                if (step + 1) % printEvery == 0 {
                    report(epoch, step + 1, runningLoss / Double(printEvery))
                    runningLoss = 0
                }
            }
        }
    }

    func accuracy(of model: PlainCNN, on images: ImageDataset) -> Double {
        evaluate(model, on: images.transformed(by: normalize)).accuracy
    }
}
