import Foundation
import Martinet
import Testing

@testable import MartinetTensorBoard

@Suite struct CallbackTests {
    private let data = ArrayDataset(
        images: Tensor.normal([12, 4], generator: RandomGenerator(seed: 1)), labels: (0..<12).map { $0 % 3 })

    @Test func writesWhatFitDoes() throws {
        try withLogDirectory { folder in
            let model = Sequential([Dense(4, 5), ReLU(), Dense(5, 3)])
            let callback = TensorBoard(
                folder, stepFrequency: 2, histogramFrequency: 2, graphInputShape: [1, 4],
                hyperParameters: ["batch size": 4])
            let history = try model.fit(
                data, epochs: 3, batchSize: 4, validation: data,
                options: FitOptions(callbacks: [callback], progress: .silent))
            #expect(callback.error == nil)
            let events = try readEvents(try #require(try eventFiles(in: folder).first))
            let values = events.flatMap { event in event.summary.value.map { (event.step, $0) } }
            func scalars(_ tag: String) -> [Float] { values.filter { $0.1.tag == tag }.map(\.1.simpleValue) }
            #expect(scalars("loss/train") == history.epochs.map { Float($0.loss) })
            #expect(scalars("loss/validation") == history.epochs.compactMap { $0.validationLoss.map { Float($0) } })
            #expect(scalars("accuracy/validation").count == 3 && scalars("training/learningRate").count == 3)
            #expect(values.filter { $0.1.tag == "batch/loss" }.map(\.0) == [2, 4, 6, 8])
            for tag in ["weights/0.weight", "gradients/2.bias"] {
                let histograms = values.filter { $0.1.tag == tag }
                #expect(histograms.map(\.0) == [2])
                #expect(histograms.allSatisfy { $0.1.histo.num > 0 })
            }
            #expect(events.contains { !$0.graphDef.isEmpty })
            #expect(scalars("final/loss/train").count == 1)
        }
    }

    @Test func aTrainingGoesOnWithoutIt() throws {
        let callback = TensorBoard(URL(fileURLWithPath: "/dev/null/runs"))
        let history = try Dense(4, 3).fit(
            data, epochs: 1, options: FitOptions(callbacks: [callback], progress: .silent))
        #expect(history.epochs.count == 1)
        #expect(callback.error?.path == "/dev/null/runs")
    }
}
