import Martinet
import Testing

@Suite struct DatasetTests {
    private let hundred = ArrayDataset(
        images: Tensor((0..<100).map(Float.init), shape: [100, 1]), labels: Array(0..<100))

    @Test func readsSamples() {
        #expect(hundred.count == 100 && hundred.sampleShape == [1])
        let (image, label) = hundred.sample(7)
        #expect(image.shape == [1] && image.elements == [7] && label == 7)
        let all = hundred.load()
        #expect(all.images.elements == hundred.images.elements && all.labels == hundred.labels)
    }

    @Test func subsetsKeepTheirOrderAndNest() {
        let subset = hundred.subset([5, 3, 90])
        #expect(subset.count == 3 && subset.load().labels == [5, 3, 90])
        #expect(subset.load().images.elements == [5, 3, 90])
        #expect(subset.prefix(2).subset([1]).load().labels == [3])
        #expect(hundred.prefix(1000).count == 100 && hundred.prefix(0).count == 0)
        #expect(hundred.prefix(0).load().images.shape == [0, 1])
    }

    @Test func splitsIntoTrainingAndValidation() {
        let (train, validation) = hundred.randomSplit(validation: 0.2, seed: 3)
        #expect(train.count == 80 && validation.count == 20)
        #expect((train.indices + validation.indices).sorted() == Array(0..<100))
        #expect(train.indices != Array(0..<80))
        #expect(hundred.randomSplit(validation: 0.2, seed: 3).validation.indices == validation.indices)
        #expect(hundred.randomSplit(validation: 0.2, seed: 4).validation.indices != validation.indices)
        #expect(splitIndices(count: 100, validation: 0.2, seed: 3).validation == validation.indices)
        #expect(hundred.randomSplit(validation: 0, seed: 3).validation.count == 0)
        #expect(hundred.randomSplit(validation: 1, seed: 3).train.count == 0)
    }

    @Test func splitsByFractions() {
        let parts = hundred.randomSplit(fractions: [0.71, 0.29], seed: 1)
        #expect(parts.map(\.count) == [71, 29])
        #expect(parts.flatMap(\.indices).sorted() == Array(0..<100))
        // 3.3 each: what is left over goes to the first.
        let thirds = Array(repeating: 1.0 / 3, count: 3)
        #expect(hundred.prefix(10).randomSplit(fractions: thirds, seed: 1).map(\.count) == [4, 3, 3])
        #expect(hundred.prefix(1).randomSplit(fractions: [0.5, 0.5], seed: 1).map(\.count) == [1, 0])
    }

    @Test func stopsAtIndicesAndFractionsOutOfRange() async {
        await #expect(processExitsWith: .failure) {
            _ = ArrayDataset(images: Tensor.zeros([2, 1]), labels: [0, 1]).subset([2])
        }
        await #expect(processExitsWith: .failure) {
            _ = ArrayDataset(images: Tensor.zeros([2, 1]), labels: [0, 1]).sample(-1)
        }
        await #expect(processExitsWith: .failure) {
            _ = ArrayDataset(images: Tensor.zeros([2, 1]), labels: [0, 1]).randomSplit(fractions: [0.5, 0.6], seed: 1)
        }
        await #expect(processExitsWith: .failure) {
            _ = ArrayDataset(images: Tensor.zeros([2, 1]), labels: [0, 1]).randomSplit(validation: 1.1, seed: 1)
        }
    }
}
