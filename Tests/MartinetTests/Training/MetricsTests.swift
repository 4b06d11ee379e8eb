import Martinet
import Testing

@Suite struct MetricsTests {
    private let scores = Tensor([[0.1, 0.7, 0.2], [0.5, 0.2, 0.3], [0.2, 0.3, 0.5], [0.4, 0.4, 0.2]])

    @Test func accuracies() {
        #expect(accuracy(scores, [1, 0, 0, 0]) == 0.75)
        #expect(accuracy(scores, [0, 1, 0, 1]) == 0)
        #expect(accuracy(.zeros([0, 3]), []).isNaN)
    }

    @Test func topK() {
        #expect(topKAccuracy(scores, [1, 0, 0, 1], k: 1) == 0.5)
        #expect(topKAccuracy(scores, [2, 2, 0, 1], k: 2) == 0.75)
        #expect(topKAccuracy(scores, [0, 1, 0, 2], k: 3) == 1)
        #expect(topKAccuracy(scores, [0, 1, 0, 2]) == 1)
    }

    @Test func confusion() {
        var matrix = ConfusionMatrix(classes: 3)
        matrix.add(scores, [1, 0, 0, 0])
        matrix.add(predictions: [2, 0], [1, 0])
        #expect(matrix.counts == [[3, 0, 1], [0, 1, 1], [0, 0, 0]])
        #expect(matrix.total == 6)
        #expect(matrix.accuracy == 4.0 / 6)
        #expect(matrix.classAccuracies[0] == 0.75 && matrix.classAccuracies[1] == 0.5)
        #expect(matrix.classAccuracies[2].isNaN)
        #expect(matrix.classPrecisions == [1, 1, 0])
        #expect("\(matrix)" == "   0  1  2\n0  3  0  1\n1  0  1  1\n2  0  0  0")
        #expect(matrix.table(names: ["cat", "dog", "ox"]).hasPrefix("     cat  dog  ox\ncat    3    0   1\n"))
    }

    @Test func ignoredLabelsAreNotCounted() {
        #expect(accuracy(scores, [1, -100, 0, 0]) == 2.0 / 3)
        #expect(accuracy(scores, [1, 9, 0, 0], ignoreIndex: 9) == 2.0 / 3)
        #expect(accuracy(scores, [-100, -100, -100, -100]).isNaN)
        #expect(topKAccuracy(scores, [-100, 2, 0, 1], k: 2) == 2.0 / 3)
        #expect(topKAccuracy(scores, [7, 2, 0, 1], k: 2, ignoreIndex: 7) == 2.0 / 3)
        // A label that is out of range for another reason is not right.
        #expect(accuracy(scores, [1, -1, 0, 0]) == 0.5)
        var matrix = ConfusionMatrix(classes: 3)
        matrix.add(scores, [1, -100, 0, 0])
        matrix.add(predictions: [2, 0], [255, 0], ignoreIndex: 255)
        #expect(matrix.counts == [[2, 0, 1], [0, 1, 0], [0, 0, 0]])
        #expect(matrix.total == 4)
    }

    @Test func binary() {
        let logits: [Float] = [0.5, -1.5, 2, -0.25, 0, .nan]
        for outputs in [Tensor(logits), Tensor(logits, shape: [6, 1])] {
            #expect(binaryAccuracy(outputs, [1, 0, 0, 1, 0, 0]) == 0.5)
            #expect(binaryAccuracy(outputs, [1, 0, 1, 1, 1, 1], threshold: -1) == 5.0 / 6)
            let floats = Metric<Tensor, Float>.binaryAccuracy
            #expect(floats.sum(outputs, Tensor([1, 0.2, 0, 0.9, 0, 0])) == 3)
        }
        let masks = Metric<Tensor, Tensor>.binaryAccuracy
        #expect(masks.sum(Tensor([[1, -1], [2, 3]]), Tensor([[1, 1], [1, 1]])) == 1.5)
        #expect(binaryAccuracy(.zeros([0]), []).isNaN)
    }

    @Test func oneOutputIsNoClass() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = accuracy(.zeros([2, 1]), [0, 1])
        }
        let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(message.contains("found [2, 1]; for one output a sample take binaryAccuracy"))
    }

    @Test func runningAverage() {
        var average = RunningAverage()
        #expect(average.value.isNaN)
        average.add(2.0, count: 3)
        average.add(Float(4))
        average.add(100.0, count: 0)
        #expect(average.value == 2.5 && average.count == 4)
    }

    @Test func mistakesStop() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            var matrix = ConfusionMatrix(classes: 3)
            matrix.add(predictions: [0, 3], [1, 1])
        }
        let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(message.contains("ConfusionMatrix: the label 1 or the prediction 3 is out of range 0 ..< 3"))
        await #expect(processExitsWith: .failure) { _ = accuracy(.zeros([2, 3]), [0]) }
    }
}
