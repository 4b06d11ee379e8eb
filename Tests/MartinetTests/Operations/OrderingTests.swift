import Martinet
import Testing

/// Orders, masks and corners that recordings of random numbers do not meet.
@Suite struct OrderingTests {
    @Test func ordersEqualElementsStablyAndNaNLast() {
        let x = Tensor([[2, .nan, 1, 2, -.infinity, 1]])
        #expect(x.argsort() == IndexArray([4, 2, 5, 0, 3, 1], shape: [1, 6]))
        #expect(x.argsort(descending: true) == IndexArray([1, 0, 3, 2, 5, 4], shape: [1, 6]))
        #expect(x.topK(2, largest: false).indices == IndexArray([4, 2], shape: [1, 2]))
        #expect(x.sorted().values.elements.prefix(5) == [-.infinity, 1, 1, 2, 2])
        #expect(Tensor([[3, 1], [2, 5]]).argsort(axis: 0) == IndexArray([1, 0, 0, 1], shape: [2, 2]))
        #expect(Tensor.zeros([2, 0]).argsort() == IndexArray([], shape: [2, 0]))
        #expect(Tensor.zeros([2, 3]).topK(0).values.shape == [2, 0])
    }

    @Test func namesThePlacesOfExtremes() {
        let x = Tensor([[1, 3, 3], [0, -1, 7]])
        let largest = x.maxWithIndices(axis: 1)
        #expect(largest.values.elements == [3, 7] && largest.indices == IndexArray([1, 2]))
        let smallest = x.minWithIndices(axis: 0, keepingAxis: true)
        #expect(smallest.values.shape == [1, 3] && smallest.indices == IndexArray([1, 1, 0], shape: [1, 3]))
    }

    @Test func answersQuestions() {
        let x = Tensor([[0, 1, .nan], [.infinity, 0, 0]])
        #expect(isNaN(x).elements == [0, 0, 1, 0, 0, 0] && isInfinite(x).elements == [0, 0, 0, 1, 0, 0])
        #expect(isFinite(x).elements == [1, 1, 0, 0, 1, 1])
        #expect(x.any(axes: [0]).elements == [1, 1, 1] && x.all(axes: [0]).elements == [0, 0, 0])
        #expect(Tensor.zeros([2]).any().scalar == 0 && Tensor.ones([2]).all().scalar == 1)
    }

    @Test func nothingOverflowsOnTheWay() {
        #expect(Tensor([3e30, 4e30]).norm().scalar == 5e30 && Tensor([3e-30, 4e-30]).norm().scalar == 5e-30)
        #expect(Tensor([0, 0]).norm().scalar == 0)
        let zero = Tensor([0, 0]).requiringGradient()
        #expect(gradients(of: zero.norm(), at: [zero])[0].elements == [0, 0])
        #expect(Tensor([[1000, 1000]]).logSumExp(axes: [1]).elements == [1000 + Float(2).logarithm])
        #expect(Tensor([-.infinity, -.infinity]).logSumExp().scalar == -.infinity)
        #expect(Tensor([.infinity, 1]).logSumExp().scalar == .infinity)
        #expect(Tensor.ones([2, 0]).product(axes: [1]).elements == [1, 1])
    }

    /// Whole numbers that an integer cannot hold stay, as do signs of zeros.
    @Test func roundsAllNumbers() {
        let x = Tensor([-0.5, 0.5, 1e30, -1e30, .infinity, 8_388_609, -8_388_607.5])
        #expect(floor(x).elements == [-1, 0, 1e30, -1e30, .infinity, 8_388_609, -8_388_608])
        #expect(ceil(x).elements == [0, 1, 1e30, -1e30, .infinity, 8_388_609, -8_388_607])
        #expect(round(x).elements == [0, 0, 1e30, -1e30, .infinity, 8_388_609, -8_388_608])
        #expect(floor(Tensor([.nan])).scalar.isNaN && round(Tensor([-0.25])).scalar.sign == .minus)
        #expect(ceil(Tensor([-0.25])).scalar.sign == .minus)
    }

    @Test func refusesEquations() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = einsum("ij,jk->ik", Tensor.zeros([2, 3]), Tensor.zeros([4, 2]))
        }
        #expect(result?.message.contains("einsum: expected one size for \"j\", found 3 and 4") == true)
    }
}

extension Float {
    fileprivate var logarithm: Float { log(Tensor(self)).scalar }
}
