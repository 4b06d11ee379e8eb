import Martinet
import Testing

@Suite struct AutogradTests {
    @Test func gradientsAddUpOverUsesAndPasses() {
        let weight = Parameter(Tensor([1, 2, 3]))
        let x = Tensor([[1, 2, 3], [4, 5, 6]])
        (weight.value * x + weight.value).sum().backward()
        #expect(weight.gradient?.elements == [7, 9, 11])
        (weight.value * x).sum().backward()
        #expect(weight.gradient?.elements == [12, 16, 20])
    }

    @Test func nothingIsRecordedWithoutGradients() {
        let weight = Parameter(Tensor([1, 2]))
        #expect((weight.value * 2).requiresGradient)
        #expect(withoutGradients { !(weight.value * 2).requiresGradient })
        #expect(!(weight.value * 2).detached.requiresGradient)
        weight.isFrozen = true
        #expect(!(weight.value * 2).requiresGradient)
    }

    @Test func secondBackwardNeedsARetainedGraph() async {
        let x = Tensor([2]).requiringGradient()
        let y = (x * x).sum()
        #expect(gradients(of: y, at: [x], retainGraph: true)[0].elements == [4])
        #expect(gradients(of: y, at: [x])[0].elements == [4])
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let x = Tensor([2]).requiringGradient()
            let y = (x * x).sum()
            y.backward()
            y.backward()
        }
        let message = result?.message ?? ""
        #expect(message.contains("has been freed by an earlier backward pass"))
    }

    @Test func intermediateResultsHaveGradients() {
        let x = Tensor([1, 2]).requiringGradient()
        let y = x * 3
        let z = (y * y).sum()
        let found = gradients(of: z, at: [y, x])
        #expect(found[0].elements == [6, 12])
        #expect(found[1].elements == [18, 36])
    }

    @Test func longChainsNeitherOverflowNorLeak() {
        let x = Tensor([1, 2, 3]).requiringGradient()
        var y = x
        for _ in 0..<10_000 { y = y + 1 }
        #expect(gradients(of: y.sum(), at: [x])[0].elements == [1, 1, 1])

        var released = x * 1
        for _ in 0..<100_000 { released = exp(released * 0) }
        released = Tensor(0)
    }

    /// In a process of its own: what arrays take is counted for the whole process.
    @Test func backwardFreesAsItProceeds() async {
        await #expect(processExitsWith: .success) {
            let size = 1 << 20
            let bytes = size * MemoryLayout<Float>.stride
            let x = Parameter(Tensor.ones([size]))
            var y = x.value
            for _ in 0..<10 { y = sigmoid(y) }
            let loss = y.sum()
            y = Tensor(0)
            Memory.resetPeak()
            let before = Memory.used
            loss.backward()
            // Each step frees one saved activation and makes one gradient, so the peak stays near the start.
            precondition(Memory.peak - before <= 3 * bytes, "peak \(Memory.peak - before)")
            precondition(before - Memory.used >= 8 * bytes, "freed \(before - Memory.used)")
        }
    }
}
