import Foundation
import Martinet
import Synchronization
import Testing

@Suite struct BatchTests {
    /// Ten samples of shape [2, 1, 1]: sample i holds 10 i and 10 i + 1, and has the label i.
    private let ten = ArrayDataset(
        images: Tensor((0..<20).map { Float($0 / 2 * 10 + $0 % 2) }, shape: [10, 2, 1, 1]), labels: Array(0..<10))

    private func labels(_ batches: Batches<ArrayDataset<Int>>) -> [[Int]] { batches.map(\.labels) }

    @Test func goesThroughTheSamplesInOrder() {
        let batches = ten.batches(of: 4)
        #expect(batches.count == 3 && batches.sampleCount == 10)
        #expect(labels(batches) == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]])
        let last = Array(batches)[2]
        #expect(last.images.shape == [2, 2, 1, 1] && last.images.elements == [80, 81, 90, 91] && last.count == 2)
    }

    @Test func dropsTheLastIncompleteBatch() {
        let batches = ten.batches(of: 4, dropLast: true)
        #expect(batches.count == 2 && batches.sampleCount == 8)
        #expect(labels(batches) == [[0, 1, 2, 3], [4, 5, 6, 7]])
        #expect(labels(ten.batches(of: 5, dropLast: true)).count == 2)
        #expect(labels(ten.batches(of: 11, dropLast: true)).isEmpty)
        #expect(labels(ten.batches(of: 11)) == [Array(0..<10)])
        #expect(ten.prefix(0).batches(of: 10).count == 0)
    }

    @Test func shufflesByEpochAndSeedAlone() {
        func order(_ shuffle: Shuffle) -> [Int] { labels(ten.batches(of: 3, shuffle: shuffle)).flatMap { $0 } }
        let first = order(.seeded(1))
        #expect(first.sorted() == Array(0..<10) && first != Array(0..<10))
        #expect(order(.seeded(1)) == first)
        #expect(order(.seeded(2)) != first)
        #expect(order(.seeded(1, seed: 7)) != first)
        #expect(order(.seeded(1, seed: 7)) == order(.seeded(1, seed: 7)))
        let whole = Array(ten.batches(of: 10, shuffle: .seeded(1)))[0]
        #expect(whole.labels == first)
        #expect(whole.images.elements == first.flatMap { [Float($0 * 10), Float($0 * 10 + 1)] })
    }

    /// Each of the 6 orders of three samples should come about once in six epochs.
    @Test func shufflesUniformly() {
        let three = ten.prefix(3)
        var counts: [[Int]: Int] = [:]
        for epoch in 0..<6000 {
            for batch in three.batches(of: 3, shuffle: .seeded(epoch)) { counts[batch.labels, default: 0] += 1 }
        }
        // Four standard deviations of a binomial distribution are 115.
        #expect(counts.count == 6 && counts.values.allSatisfy { abs($0 - 1000) < 116 })
    }

    @Test(arguments: [(1, 1), (2, 1), (3, 3), (8, 2), (100, 4)])
    func prefetchingChangesNothing(prefetch: Int, workers: Int) {
        let noise = Lambda { image, generator in
            image = image + Tensor.uniform(image.shape, generator: generator)
        }
        func run(_ prefetch: Int, _ workers: Int, size: Int = 3) -> [Float] {
            ten.transformed(by: noise).batches(
                of: size, shuffle: .seeded(4), prefetch: prefetch, workers: workers
            ).flatMap(\.images.elements)
        }
        let expected = run(0, 1)
        #expect(run(prefetch, workers) == expected)
        #expect(run(prefetch, workers, size: 10) == expected)
    }

    @Test func givesEachSampleAndEpochARandomStreamOfItsOwn() {
        let draw = Lambda { image, generator in image = Tensor.uniform([1], generator: generator) }
        func drawn(_ shuffle: Shuffle) -> [Int: Float] {
            let batches = ten.transformed(by: draw).batches(of: 4, shuffle: shuffle)
            return Dictionary(uniqueKeysWithValues: batches.flatMap { zip($0.labels, $0.images.elements) })
        }
        let first = drawn(.seeded(1))
        #expect(Set(first.values).count == 10)
        #expect(drawn(.seeded(1)) == first)
        let second = drawn(.seeded(2))
        #expect((0..<10).allSatisfy { first[$0] != second[$0] })
        #expect(drawn(.seeded(1, seed: 5)) != first)
        #expect(drawn(.none) == drawn(.none))
    }

    @Test func transformsMayChangeTheShapeAndFollowEachOther() {
        let crop = Lambda { image, _ in image = image[1..<2] }
        let double = Lambda { image, _ in image = image * 2 }
        let batches = Array(ten.transformed(by: crop, double).batches(of: 4))
        #expect(batches.map(\.images.shape) == [[4, 1, 1, 1], [4, 1, 1, 1], [2, 1, 1, 1]])
        let expected: [Float] = [2, 22, 42, 62, 82, 102, 122, 142, 162, 182]
        #expect(batches.flatMap(\.images.elements) == expected)
        #expect(ten.images.elements[2...3] == [10, 11])
    }

    @Test func anErrorComesInItsPlaceAndEndsTheIteration() throws {
        for (prefetch, workers) in [(0, 1), (1, 1), (4, 3)] {
            let iterator = Failing(failingAt: 7).batches(of: 3, prefetch: prefetch, workers: workers).throwingIterator()
            #expect(try iterator.next()?.labels == [0, 1, 2])
            #expect(try iterator.next()?.labels == [3, 4, 5])
            #expect(throws: Failing.Broken(index: 7)) { try iterator.next() }
            #expect(try iterator.next() == nil)
        }
        let transformed = Failing(failingAt: 0).transformed(by: []).batches(of: 3).throwingIterator()
        #expect(throws: Failing.Broken(index: 0)) { try transformed.next() }
        #expect(throws: Failing.Broken(index: 7)) { try Failing(failingAt: 7).load() }
        #expect(throws: Failing.Broken(index: 7)) { try Standardization(fitting: Failing(failingAt: 7)) }
    }

    @Test func aConsumerThatStopsEarlyLeavesNoThread() {
        for workers in [1, 3] {
            weak var source: Counting?
            do {
                let counting = Counting()
                source = counting
                for batch in counting.batches(of: 2, prefetch: 4, workers: workers) where batch.labels[0] >= 4 { break }
                let readAtTheEnd = counting.reads.load(ordering: .sequentiallyConsistent)
                // Three batches were taken, four may be ready, and each worker may have been making one.
                #expect(readAtTheEnd <= 2 * 7)
                Thread.sleep(forTimeInterval: 0.02)
                #expect(counting.reads.load(ordering: .sequentiallyConsistent) == readAtTheEnd)

                let abandoned = counting.batches(of: 2, prefetch: 4).throwingIterator()
                _ = abandoned.next()
                _ = counting.batches(of: 2, prefetch: 4).throwingIterator()
            }
            // A thread that were left would hold the data set.
            for _ in 0..<500 where source != nil { Thread.sleep(forTimeInterval: 0.01) }
            #expect(source == nil)
        }
    }

    @Test func prefetchingStaysWithinItsBound() {
        let counting = Counting()
        let iterator = counting.batches(of: 1, prefetch: 3, workers: 2).throwingIterator()
        _ = iterator.next()
        Thread.sleep(forTimeInterval: 0.05)
        #expect(counting.reads.load(ordering: .sequentiallyConsistent) <= 4)
        var rest = 0
        while iterator.next() != nil { rest += 1 }
        #expect(rest == 99)
    }

    @Test func severalIteratorsGoTheirOwnWay() {
        let batches = ten.batches(of: 5, prefetch: 2)
        let (a, b) = (batches.throwingIterator(), batches.throwingIterator())
        #expect(a.next()?.labels == [0, 1, 2, 3, 4])
        #expect(b.next()?.labels == [0, 1, 2, 3, 4])
        #expect(a.next()?.labels == [5, 6, 7, 8, 9])
        #expect(a.next() == nil)
        #expect(b.next()?.labels == [5, 6, 7, 8, 9])
    }

    @Test func stopsAtSizesThatMakeNoSense() async {
        await #expect(processExitsWith: .failure) {
            _ = ArrayDataset(images: Tensor.zeros([2, 1]), labels: [0]).count
        }
        await #expect(processExitsWith: .failure) {
            _ = ArrayDataset(images: Tensor.zeros([1, 1]), labels: [0]).batches(of: 0)
        }
        await #expect(processExitsWith: .failure) {
            let uneven = Lambda { image, _ in
                image = Tensor.zeros([Int(image.elements[0])])
            }
            let two = ArrayDataset(images: Tensor([1, 2], shape: [2, 1]), labels: [0, 1])
            for batch in two.transformed(by: uneven).batches(of: 2) { _ = batch }
        }
    }
}

/// Ten samples, one of which cannot be read.
private struct Failing: Dataset {
    struct Broken: Error, Equatable { let index: Int }

    let failingAt: Int
    let count = 10

    func sample(_ index: Int, using generator: RandomGenerator) throws(Broken) -> (input: Tensor, target: Int) {
        if index == failingAt { throw Broken(index: index) }
        return (Tensor([Float(index)]), index)
    }
}

/// A hundred samples that count how often they are read.
private final class Counting: Dataset {
    let reads = Atomic<Int>(0)
    let count = 100

    func sample(_ index: Int, using generator: RandomGenerator) throws(Never) -> (input: Tensor, target: Int) {
        reads.add(1, ordering: .sequentiallyConsistent)
        return (Tensor([Float(index)]), index)
    }
}
