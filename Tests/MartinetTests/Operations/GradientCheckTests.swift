import Martinet
import Testing

/// Every differentiable operation against finite differences.
@Suite struct GradientCheckTests {
    static let arithmetic: [Differentiable] = [
        Differentiable("a + b, broadcast", [.smooth([2, 3, 4]), .smooth([3, 1])]) { $0[0] + $0[1] },
        Differentiable("a - b, broadcast", [.smooth([4]), .smooth([2, 3, 4])]) { $0[0] - $0[1] },
        Differentiable("a * b, broadcast", [.smooth([2, 1, 4]), .smooth([3, 1])]) { $0[0] * $0[1] },
        Differentiable("a / b, broadcast", [.smooth([2, 3, 4]), .positive([3, 1])]) { $0[0] / $0[1] },
        Differentiable("pow(a, b), broadcast", [.positive([3, 4]), .smooth([4])]) { pow($0[0], $0[1]) },
        Differentiable("maximum", [.spread([3, 4]), .spread([4], seed: 9) * 0.7 + 0.05]) { maximum($0[0], $0[1]) },
        Differentiable("minimum", [.spread([3, 4]), .spread([4], seed: 9) * 0.7 + 0.05]) { minimum($0[0], $0[1]) },
        Differentiable("where", [.smooth([3, 4]), .smooth([4], seed: 5)]) {
            `where`(Tensor([1, 0, 0, 1]), $0[0], $0[1])
        },
        Differentiable("x + 2") { $0 + 2 },
        Differentiable("3 - x") { 3 - $0 },
        Differentiable("2 * x") { 2 * $0 },
        Differentiable("x / 3") { $0 / 3 },
        Differentiable("2 / x", [.positive([3, 4])]) { 2 / $0[0] },
        Differentiable("-x") { -$0 },
        Differentiable("x * x, one tensor twice") { $0 * $0 },
        Differentiable("pow(x, 2)") { pow($0, 2) },
        Differentiable("pow(x, 3)") { pow($0, 3) },
        Differentiable("pow(x, -1.5)", [.positive([3, 4])]) { pow($0[0], -1.5) },
        Differentiable("square") { square($0) },
    ]

    static let functions: [Differentiable] = [
        Differentiable("exp") { exp($0) },
        Differentiable("log", [.positive([3, 4])]) { log($0[0]) },
        Differentiable("sqrt", [.positive([3, 4])]) { sqrt($0[0]) },
        Differentiable("abs", [.spread([3, 4])]) { abs($0[0]) },
        Differentiable("erf") { erf($0) },
        Differentiable("sin") { sin($0) },
        Differentiable("cos") { cos($0) },
        Differentiable("clamp", [.spread([4, 6])]) { clamp($0[0], low: -1.2, high: 0.8) },
        Differentiable("relu", [.spread([3, 4])]) { relu($0[0]) },
        Differentiable("leakyReLU", [.spread([3, 4])]) { leakyReLU($0[0], negativeSlope: 0.2) },
        Differentiable("gelu") { gelu($0) },
        Differentiable("silu") { silu($0) },
        Differentiable("sigmoid") { sigmoid($0) },
        Differentiable("tanh") { tanh($0) },
        Differentiable("softplus") { softplus($0) },
        Differentiable("expm1") { expm1($0) },
        Differentiable("log1p", [.positive([3, 4])]) { log1p($0[0]) },
        Differentiable("elu", [.spread([3, 4])]) { elu($0[0], alpha: 0.7) },
        Differentiable("selu", [.spread([3, 4])]) { selu($0[0]) },
        Differentiable("celu", [.spread([3, 4])]) { celu($0[0], alpha: 0.6) },
        Differentiable("mish") { mish($0) },
        Differentiable("softsign") { softsign($0) },
        Differentiable("logSigmoid") { logSigmoid($0) },
        Differentiable("tanhshrink") { tanhshrink($0) },
        Differentiable("hardsigmoid") { hardsigmoid($0) },
        Differentiable("hardswish", [.spread([4, 6]) * 2.1]) { hardswish($0[0]) },
        Differentiable("softshrink", [.spread([3, 4])]) { softshrink($0[0], lambda: 0.37) },
        Differentiable("hardshrink", [.spread([3, 4])]) { hardshrink($0[0], lambda: 0.37) },
        Differentiable("threshold", [.spread([3, 4])]) { threshold($0[0], 0.37, value: -1) },
        Differentiable("prelu", [.spread([3, 4]), .smooth([4])]) { prelu($0[0], $0[1]) },
        Differentiable("glu", [.smooth([3, 4])]) { glu($0[0]) },
        Differentiable("softmax") { softmax($0) },
        Differentiable("softmax, axis 1") { softmax($0, axis: 1) },
        Differentiable("logSoftmax") { logSoftmax($0) },
        Differentiable("logSoftmax, axis 0") { logSoftmax($0, axis: 0) },
        Differentiable("dropout") { dropout($0, rate: 0.4, generator: RandomGenerator(seed: 4)) },
    ]

    static let reductions: [Differentiable] = [
        Differentiable("sum") { $0.sum() },
        Differentiable("sum, axes 0 and 2") { $0.sum(axes: [0, 2]) },
        Differentiable("mean, axis 1") { $0.mean(axes: [1]) },
        Differentiable("mean, axes kept") { $0.mean(axes: [-1], keepingAxes: true) },
        Differentiable("variance") { $0.variance() },
        Differentiable("variance, axes 0 and 2") { $0.variance(axes: [0, 2], correction: 0) },
        Differentiable("max, axis 1", [.spread([2, 3, 4])]) { $0[0].max(axes: [1]) },
        Differentiable("min, axes 0 and 2", [.spread([2, 3, 4])]) { $0[0].min(axes: [0, 2], keepingAxes: true) },
    ]

    static let furtherReductions: [Differentiable] = [
        Differentiable("product, axes 0 and 2") { $0.product(axes: [0, 2]) },
        Differentiable("product with a zero", [Tensor([[0, 2, 3], [1, -2, 0.5]])]) { $0[0].product(axes: [1]) },
        Differentiable("standardDeviation, axis 1") { $0.standardDeviation(axes: [1]) },
        Differentiable("logSumExp, axis 2") { $0.logSumExp(axes: [2]) },
        Differentiable("norm") { $0.norm() },
        Differentiable("norm of order 3, axis 1") { $0.norm(3, axes: [1], keepingAxes: true) },
        Differentiable("norm of order infinity", [.spread([3, 4])]) { $0[0].norm(.infinity, axes: [1]) },
        Differentiable("cumulativeSum") { $0.cumulativeSum(axis: 1) },
        Differentiable("cumulativeSum, exclusive and reversed") {
            $0.cumulativeSum(axis: 0, exclusive: true, reversed: true)
        },
    ]

    static let furtherShapes: [Differentiable] = [
        Differentiable("matmul of vectors", [.smooth([4]), .smooth([4], seed: 5)]) { matmul($0[0], $0[1]) },
        Differentiable("einsum", [.smooth([2, 3, 4]), .smooth([4, 3, 2], seed: 5)]) {
            einsum("abc,cbd->abd", $0[0], $0[1])
        },
        Differentiable("einsum of a diagonal", [.smooth([2, 3, 3])]) { einsum("bii->bi", $0[0]) },
        Differentiable("tiled") { $0.tiled([2, 1, 1, 2]) },
        Differentiable("repeated") { $0.repeated(2, axis: 1) },
        Differentiable("flipped") { $0.flipped(axes: [0, -1]) },
        Differentiable("rolled") { $0.rolled(by: -1, axis: 1) },
        Differentiable("lowerTriangle") { $0.lowerTriangle(diagonal: 1) },
        Differentiable("upperTriangle") { $0.upperTriangle(diagonal: -1) },
        Differentiable("sorted", [.spread([3, 4])]) { $0[0].sorted(axis: 0).values },
        Differentiable("topK", [.spread([3, 4])]) { $0[0].topK(2).values },
        Differentiable("maxWithIndices", [.spread([3, 4])]) { $0[0].maxWithIndices(axis: 1).values },
        Differentiable("maskedFill") { $0.maskedFill(Tensor([1, 0, 0, 1]), 2) },
        Differentiable("scattering, a place twice", [.smooth([3, 4]), .smooth([2, 3], seed: 5)]) {
            $0[0].scattering($0[1], at: IndexArray([3, 3, 0, 1, 2, 2], shape: [2, 3]), axis: 1)
        },
        Differentiable("scatteringSum", [.smooth([3, 4]), .smooth([2, 3], seed: 5)]) {
            $0[0].scatteringSum($0[1], at: IndexArray([3, 3, 0, 1, 2, 2], shape: [2, 3]), axis: 1)
        },
    ]

    static let shapes: [Differentiable] = [
        Differentiable("matmul", [.smooth([3, 4]), .smooth([4, 2])]) { matmul($0[0], $0[1]) },
        Differentiable("matmul, transposed", [.smooth([4, 3]), .smooth([2, 4])]) {
            matmul($0[0], $0[1], transposeA: true, transposeB: true)
        },
        Differentiable("matmul, batched", [.smooth([2, 1, 3, 4]), .smooth([3, 4, 2])]) { matmul($0[0], $0[1]) },
        Differentiable("matmul, shared right", [.smooth([2, 3, 4]), .smooth([5, 4])]) {
            matmul($0[0], $0[1], transposeB: true)
        },
        Differentiable("reshaped") { $0.reshaped([4, -1]) },
        Differentiable("flattened") { $0.flattened(startAxis: 1) },
        Differentiable("expanded") { $0.expanded(at: 1) },
        Differentiable("squeezed", [.smooth([2, 1, 3])]) { $0[0].squeezed(1) },
        Differentiable("permuted") { $0.permuted([2, 0, 1]) },
        Differentiable("transposed") { $0.transposed() },
        Differentiable("broadcast", [.smooth([3, 1])]) { $0[0].broadcast(to: [2, 3, 4]) },
        Differentiable("slice") { $0[0..., 1..<3, -1] },
        Differentiable("concatenate", [.smooth([2, 3]), .smooth([2, 1])]) { .concatenate($0, axis: 1) },
        Differentiable("concatenate, one tensor twice") { .concatenate([$0, $0], axis: 0) },
        Differentiable("stack", [.smooth([2, 3]), .smooth([2, 3], seed: 4)]) { .stack($0, axis: 1) },
        Differentiable("padded") { $0.padded([(1, 0), (0, 2), (1, 1)], value: 3) },
        Differentiable("selecting") { $0.selecting([2, 0, 2], axis: 1) },
        Differentiable("gather", [.smooth([3, 4])]) {
            $0[0].gather(IndexArray([3, 3, 0, 1, 2, 2], shape: [3, 2]), axis: 1)
        },
    ]

    @Test(arguments: arithmetic + functions + reductions + furtherReductions + shapes + furtherShapes)
    func agreesWithFiniteDifferences(_ operation: Differentiable) {
        expectGradients(operation.name, at: operation.inputs, operation.function)
    }

    /// A wrong gradient is found: that of `2 x` passed off as that of `x²`.
    @Test func findsWrongGradients() {
        let wrong = GradientCheck().disagreements("x²", at: [.smooth([3])]) { inputs in
            inputs[0] * 2 + (square(inputs[0]) - inputs[0] * 2).detached
        }
        #expect(wrong.count == 1)
        #expect(GradientCheck().disagreements("x²", at: [.smooth([3])]) { square($0[0].detached) }.count == 1)
        #expect(GradientCheck().disagreements("x²", at: [.smooth([3])]) { square($0[0]) }.isEmpty)
    }
}
