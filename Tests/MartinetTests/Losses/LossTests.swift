import Foundation
import Martinet
import Testing

/// Values and gradients of `Tests/References/printed/losses.py`.
@Suite struct LossTests {
    private let logits = Tensor([[1, -2, 0.5], [0, 3, -1], [20, -30, 60], [0.1, 0.2, 0.3]])
    private let labels = [0, 1, 0, 2]
    private let weights = Tensor([0.5, 2, 1.5])
    private let targets = Tensor([[1, 0, 0.5], [0, 1, 0], [1, 1, 0], [0.25, 0, 1]])

    /// Checks a loss and the gradient of its sum.
    private func check(
        at x: Tensor, _ expected: [Float], gradient expectedGradient: [Float], line: Int = #line,
        _ loss: (Tensor) -> Tensor
    ) {
        let location = SourceLocation(fileID: #fileID, filePath: #filePath, line: line, column: 1)
        let leaf = x.requiringGradient()
        let output = loss(leaf)
        expectClose(output.elements, expected, location)
        expectClose(gradients(of: output.sum(), at: [leaf])[0].elements, expectedGradient, location)
        // Without a gradient the value is the same, and nothing is recorded.
        let plain = loss(x)
        #expect(plain.elements == output.elements && !plain.requiresGradient, sourceLocation: location)
    }

    private func expectClose(_ found: [Float], _ expected: [Float], _ location: SourceLocation) {
        #expect(found.count == expected.count, sourceLocation: location)
        for (a, b) in zip(found, expected) {
            #expect(abs(a - b) <= 1e-6 * max(1, abs(b)), "\(found) differs from \(expected)", sourceLocation: location)
        }
    }

    @Test func crossEntropies() {
        check(
            at: logits, [10.393106],
            gradient: [
                -0.099062776, 0.0075147219, 0.091548054, 0.011653156, -0.015940112, 0.0042869564, -0.25, 0,
                0.25, 0.075152401, 0.083056248, -0.15820865,
            ]
        ) { crossEntropy($0, labels) }
        check(
            at: logits, [0.5045969, 0.065883904, 40, 1.0019428],
            gradient: [
                -0.3962511, 0.030058888, 0.36619222, 0.046612623, -0.063760448, 0.017147826, -1, 0, 1,
                0.30060961, 0.33222499, -0.6328346,
            ]
        ) { crossEntropy($0, labels, reduction: .none) }
        check(
            at: logits, [4.8637735],
            gradient: [
                -0.0440279, 0.0033398764, 0.040688024, 0.020716721, -0.028337977, 0.0076212558, -0.11111111,
                0, 0.11111111, 0.1002032, 0.11074166, -0.21094487,
            ]
        ) { crossEntropy($0, labels, weights: weights) }
        check(
            at: logits, [10.566439],
            gradient: [
                -0.082396109, -0.00081861144, 0.083214721, 0.0033198223, 0.00072655464, -0.0040463769, -0.23333333,
                -0.0083333333, 0.24166667, 0.066819068, 0.074722915, -0.14154198,
            ]
        ) { crossEntropy($0, labels, labelSmoothing: 0.1) }
        check(
            at: logits, [7.1627179],
            gradient: [
                -0.0068520154, -0.025176461, 0.032028476, 0.011928199, 0.0031808511, -0.01510905, -0.096296296,
                -0.02962963, 0.12592593, 0.090569057, 0.078651109, -0.16922017,
            ]
        ) { crossEntropy($0, labels, weights: weights, labelSmoothing: 0.2) }
        check(
            at: logits, [32.232231],
            gradient: [
                -0.030834069, -0.11329407, 0.14412814, 0.053676895, 0.01431383, -0.067990726, -0.43333333, -0.13333333,
                0.56666667, 0.40756075, 0.35392999, -0.76149075,
            ]
        ) { crossEntropy($0, labels, weights: weights, labelSmoothing: 0.2, reduction: .sum) }
    }

    @Test func negativeLogLikelihood() {
        check(
            at: -abs(logits), [3.7666667],
            gradient: [-0.11111111, 0, 0, 0, -0.44444444, 0, -0.11111111, 0, 0, 0, 0, -0.33333333]
        ) { nllLoss($0, labels, weights: weights) }
    }

    @Test func sparseCategorical() {
        let probabilities = Tensor([[0.7, 0.2, 0.1], [0.5, 0, 1], [2, 1, 1], [0.1, 0.2, 0.7]])
        check(
            at: probabilities, [0.35667494, 16.118096, 0.69314718, 0.35667494],
            gradient: [-0.42857143, 1, 1, 0, 0, 0, -0.25, 0.25, 0.25, 1, 1, -0.42857143]
        ) { sparseCategoricalCrossEntropy($0, labels, reduction: .none) }
    }

    @Test func binary() {
        check(
            at: logits, [7.8575961],
            gradient: [
                -0.022411785, 0.0099335768, 0.010204944, 0.041666667, -0.0039521561, 0.022411785, -1.7176281e-10,
                -0.083333333, 0.083333333, 0.022914932, 0.0458195, -0.035463124,
            ]
        ) { binaryCrossEntropy(logits: $0, targets) }
        check(
            at: logits, [124.49826],
            gradient: [
                -0.13447071, 0.11920292, 0.028074164, 0.5, -0.094851746, 0.26894142, -1.0305768e-09, -2, 1, 0.33435679,
                0.549834, -0.63833622,
            ]
        ) { binaryCrossEntropy(logits: $0, targets, positiveWeight: weights, reduction: .sum) }
        check(
            at: targets, [10.374855],
            gradient: [
                -0.096385904, 0.34391067, -0.021913459, -0.028881133, -0.24595105, 0.13805257, -1.6666667, 5, -5,
                -0.035183194, 0.033178239, -0.0019018648,
            ]
        ) { binaryCrossEntropy(logits: logits, $0, positiveWeight: weights) }
    }

    @Test func distances() {
        check(
            at: logits, [410.96271],
            gradient: [
                0, -0.33333333, 0, 0, 0.33333333, -0.16666667, 3.1666667, -5.1666667, 10, -0.025, 0.033333333,
                -0.11666667,
            ]
        ) { mseLoss($0, targets) }
        check(
            at: logits, [9.6708333],
            gradient: [
                0, -0.083333333, 0, 0, 0.083333333, -0.083333333, 0.083333333, -0.083333333, 0.083333333, -0.083333333,
                0.083333333, -0.083333333,
            ]
        ) { l1Loss($0, targets) }
        check(
            at: logits, [13.845937],
            gradient: [0, -0.125, 0, 0, 0.125, -0.083333333, 0.125, -0.125, 0.125, -0.0125, 0.016666667, -0.058333333]
        ) { huberLoss($0, targets, delta: 1.5) }
        check(
            at: logits, [9.5010417],
            gradient: [
                0, -0.083333333, 0, 0, 0.083333333, -0.083333333, 0.083333333, -0.083333333, 0.083333333, -0.025,
                0.033333333, -0.083333333,
            ]
        ) { smoothL1Loss($0, targets, beta: 0.5) }
        #expect(smoothL1Loss(logits, targets, beta: 0).elements == l1Loss(logits, targets).elements)
    }

    /// With `none`, each loss is multiplied by its own gradient from above; compared with finite differences.
    @Test func gradientsByFiniteDifferences() {
        let generator = RandomGenerator(seed: 11)
        let x = Tensor.normal([5, 7], standardDeviation: 1.5, generator: generator)
        let other = Tensor.uniform([5, 7], generator: generator)
        let positive = Tensor.uniform([5, 7], in: 0.1..<1, generator: generator)
        let labels = [3, 0, 6, 6, 2]
        let weights = Tensor.uniform([7], in: 0.2..<2, generator: generator)
        let rows = Tensor.normal([5], generator: generator)
        let elements = Tensor.normal([5, 7], generator: generator)

        expectGradient(at: x) {
            (crossEntropy($0, labels, weights: weights, labelSmoothing: 0.3, reduction: .none) * rows).sum()
        }
        expectGradient(at: x) { (nllLoss($0, labels, weights: weights, reduction: .none) * rows).sum() }
        expectGradient(at: positive) {
            (sparseCategoricalCrossEntropy($0, labels, reduction: .none) * rows).sum()
        }
        expectGradient(at: x) {
            (binaryCrossEntropy(logits: $0, other, positiveWeight: weights, reduction: .none) * elements).sum()
        }
        expectGradient(at: x) { (mseLoss($0, other, reduction: .none) * elements).sum() }
        expectGradient(at: x) { (mseLoss(other, $0, reduction: .none) * elements).sum() }
        expectGradient(at: x) { (l1Loss(other, $0, reduction: .none) * elements).sum() }
        expectGradient(at: x) { (huberLoss($0, other, delta: 0.7, reduction: .none) * elements).sum() }
        expectGradient(at: x) { (smoothL1Loss(other, $0, beta: 0.7, reduction: .none) * elements).sum() }
        expectGradient(at: x) { huberLoss($0, other, reduction: .mean) * 3 }
    }

    private func expectGradient(at x: Tensor, line: Int = #line, of loss: (Tensor) -> Tensor) {
        let leaf = x.requiringGradient()
        let found = gradients(of: loss(leaf), at: [leaf])[0].elements
        let step: Float = 4e-3
        for index in 0..<x.count {
            var higher = x.elements
            var lower = x.elements
            higher[index] += step
            lower[index] -= step
            let difference = loss(Tensor(higher, shape: x.shape)).scalar - loss(Tensor(lower, shape: x.shape)).scalar
            let slope = difference / (higher[index] - lower[index])
            #expect(
                abs(slope - found[index]) < 5e-3 * max(1, abs(slope)),
                sourceLocation: SourceLocation(fileID: #fileID, filePath: #filePath, line: line, column: 1))
        }
    }

    /// The same as the composition of logSoftmax and nllLoss, for many classes and for pixels.
    @Test func fusedAgreesWithComposed() {
        let generator = RandomGenerator(seed: 4)
        let x = Tensor.normal([2, 3, 1003], standardDeviation: 3, generator: generator)
        let labels = [0, 1002, 500, 7, 7, 31]
        let (first, second) = (x.requiringGradient(), x.requiringGradient())
        let fused = crossEntropy(first, labels, reduction: .none)
        let composed = nllLoss(logSoftmax(second), labels, reduction: .none)
        #expect(fused.shape == [2, 3])
        for (a, b) in zip(fused.elements, composed.elements) { #expect(abs(a - b) < 1e-5) }
        let (byFused, byComposed) = (
            gradients(of: fused.sum(), at: [first])[0], gradients(of: composed.sum(), at: [second])[0]
        )
        #expect(byFused.shape == [2, 3, 1003])
        #expect((byFused - byComposed).elements.allSatisfy { abs($0) < 3e-6 })
    }

    /// A loss far below the rounding error of 1 keeps its digits; infinities do what they should.
    @Test func extremes() {
        let certain = crossEntropy(Tensor([[20, 0, 0]]), [0]).scalar
        #expect(abs(certain / Float(log1p(2 * exp(-20.0))) - 1) < 1e-5)
        #expect(crossEntropy(Tensor([[0, -.infinity, 0]]), [0]).scalar == Float(log(2.0)))
        #expect(crossEntropy(Tensor([[0, -.infinity]]), [1]).scalar == .infinity)
        #expect(crossEntropy(Tensor([[0, .nan]]), [0]).scalar.isNaN)
        #expect(crossEntropy(Tensor([[1e38, -1e38]]), [0]).scalar == 0)
        #expect(crossEntropy(Tensor([], shape: [0, 3]), []).scalar.isNaN)
        #expect(binaryCrossEntropy(logits: Tensor([200, -200]), Tensor([1, 0])).scalar == 0)
    }

    @Test func mistakesStop() async {
        func message(_ result: ExitTest.Result?) -> String {
            String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        }
        var result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = crossEntropy(.zeros([2, 10]), [3, 10])
        }
        #expect(message(result).contains("crossEntropy: the label 10 of example 1 is out of range 0 ..< 10"))
        result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = nllLoss(.zeros([2, 10]), [3])
        }
        #expect(message(result).contains("nllLoss: 1 labels for predictions of shape [2, 10], expected 2"))
        result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = crossEntropy(.zeros([1, 10]), [3], weights: .ones([9]))
        }
        #expect(message(result).contains("weights of shape [9]"))
        result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = mseLoss(.zeros([2, 1]), .zeros([2]))
        }
        #expect(message(result).contains("mseLoss: predictions of shape [2, 1] and targets of shape [2] differ"))
    }
}
