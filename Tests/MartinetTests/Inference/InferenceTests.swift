import Foundation
import Testing

@testable import Martinet

/// The functional network of the Fashion-MNIST exercise, with fewer channels.
private func fashionNetwork(channels: Int = 16) -> Model {
    func convolution(_ x: SymbolicTensor) -> SymbolicTensor {
        Conv2D(filters: channels, kernelSize: 3, padding: .same)(x)
    }
    func block(_ x: SymbolicTensor) -> SymbolicTensor {
        let y = relu(BatchNorm()(convolution(x)))
        return relu(x + BatchNorm()(convolution(y)))
    }
    let input = Input(shape: [12, 12, 1])
    var x = MaxPool2D(2)(relu(convolution(input)))
    x = MaxPool2D(2)(block(block(x)))
    return Model(inputs: input, outputs: Dense(10)(Dense(32, activation: .relu)(Flatten()(x))))
}

/// What cannot be folded: a normalisation in front of its convolution, as in pre-activation networks, dense connections,
/// activations other than ReLU, and views.
private final class Assorted: Module {
    let bn1 = BatchNorm(4)
    let conv1 = Conv2D(4, 4, kernelSize: 3, padding: 1)
    let bn2 = BatchNorm(8)
    let conv2 = Conv2D(8, 8, kernelSize: 1, activation: .gelu)
    let norm = LayerNorm(8)
    let fc = Dense(8, 3, activation: .softmax)
    let dropout = Dropout(0.5)

    func callAsFunction(_ x: Tensor) -> Tensor {
        let y = conv1(relu(bn1(x)))
        let z = Tensor.concatenate([x, y], axis: 3)
        let w = bn2(z) + conv2(z) * 0.5
        let v = norm(averagePool2D(relu(w) + w, kernelSize: 2))
        // Height and width swapped, which copies nothing for images of one pixel.
        let u = v.permuted([0, 2, 1, 3]).mean(axes: [1, 2], keepingAxes: true).permuted([0, 2, 1, 3])
        return fc(dropout(sigmoid(u.reshaped([x.shape[0], -1]) - 0.5)))
    }
}

private final class Measuring: Module {
    func callAsFunction(_ x: Tensor) -> Tensor { relu(x.norm(axes: [1], keepingAxes: true)) }
}

private final class Deciding: Module {
    func callAsFunction(_ x: Tensor) -> Tensor { x * (x.elements[0] > 0 ? 1 : 2) + x.elements[0] }
}

private final class Summing: Module {
    func callAsFunction(_ x: Tensor) -> Tensor { x.sum(axes: [0]) }
}

/// Gives normalisations statistics, scales and shifts that matter.
func randomizeNormalizations(_ model: some Module<Tensor, Tensor>, seed: UInt64 = 7) {
    let generator = RandomGenerator(seed: seed)
    for case let (_, layer as BatchNorm) in model.namedModules where layer.runningMean.isInitialized {
        let shape = layer.runningMean.value.shape
        layer.runningMean.value = .normal(shape, standardDeviation: 0.3, generator: generator)
        layer.runningVar.value = .uniform(shape, in: 0.5..<1.5, generator: generator)
        layer.weight?.value = .uniform(shape, in: 0.5..<1.5, generator: generator)
        layer.bias?.value = .normal(shape, standardDeviation: 0.3, generator: generator)
    }
}

/// The norm of the difference over the norm of `expected`.
func relativeDifference(_ found: Tensor, _ expected: Tensor) -> Double {
    guard found.shape == expected.shape else { return .infinity }
    let pairs = zip(found.elements, expected.elements).map { (Double($0), Double($1)) }
    let difference = pairs.reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    return (difference / max(pairs.reduce(0) { $0 + $1.1 * $1.1 }, .leastNormalMagnitude)).squareRoot()
}

/// Operations on parts of images.
private final class Parts: Module {
    func callAsFunction(_ x: Tensor) -> Tensor {
        let part = x[.all, 1..<3, 0..., 2...]
        let peak = x.max(axes: [1, 2], keepingAxes: true)[.all, 0..., 0..., 1..<5]
        let low = x.min(axes: [3], keepingAxes: true).selecting([2, 0], axis: 1).broadcast(to: part.shape)
        return maximum(part, sin(low)) * minimum(peak, cos(part)) + exp(part).logSumExp(axes: [3], keepingAxes: true)
    }
}

@Suite struct InferenceTests {
    private func check(_ model: some Module<Tensor, Tensor>, inputShape: [Int], batches: [Int] = [1, 3, 2, 5]) throws {
        let generator = RandomGenerator(seed: 3)
        withoutGradients { _ = model(.ones([2] + inputShape)) }
        randomizeNormalizations(model)
        let prepared = try model.forInference(inputShape: [1] + inputShape)
        #expect(model.isTraining)
        model.eval()
        for batch in batches + batches {
            let x = Tensor.normal([batch] + inputShape, generator: generator)
            let expected = withoutGradients { model(x) }
            #expect(relativeDifference(prepared(x), expected) < 1e-5, "batch \(batch)")
        }
    }

    @Test func fashionNetworkGivesTheSame() throws { try check(fashionNetwork(), inputShape: [12, 12, 1]) }

    @Test func whatCannotBeFoldedGivesTheSame() throws {
        try check(Assorted(), inputShape: [6, 4, 4])
        try check(Assorted(), inputShape: [2, 2, 4])
    }

    @Test func foldsAndFuses() throws {
        let model = fashionNetwork()
        let prepared = try model.forInference(inputShape: [1, 12, 12, 1])
        #expect(
            prepared.steps == [
                "conv2D + relu", "maxPool2D", "conv2D + relu", "conv2D + add + relu", "conv2D + relu",
                "conv2D + add + relu", "maxPool2D", "matmul + relu", "matmul",
            ])
        // The first convolution's result and its pooled one are the most that is needed at a time.
        #expect(prepared.workspaceBytes(batch: 1) <= (12 * 12 + 6 * 6 * 3) * 16 * 4)
    }

    @Test func resultsOutliveTheWorkspace() throws {
        let prepared = try fashionNetwork().forInference(inputShape: [1, 12, 12, 1])
        let first = prepared(.ones([2, 12, 12, 1]))
        let before = first.elements
        _ = prepared(.zeros([2, 12, 12, 1]))
        #expect(first.elements == before)
    }

    @Test func emptyBatch() throws {
        let prepared = try fashionNetwork().forInference(inputShape: [1, 12, 12, 1])
        #expect(prepared(.ones([0, 12, 12, 1])).shape == [0, 10])
    }

    @Test func inputsOfAnotherShapeThrow() throws {
        let prepared = try fashionNetwork().forInference(inputShape: [1, 12, 12, 1])
        let x = Tensor.normal([2, 12, 12, 1], generator: RandomGenerator(seed: 1))
        #expect(try prepared.output(for: x).elements == prepared(x).elements)
        for shape in [[2, 12, 12, 3], [2, 1, 12, 12], [12, 12, 1], [2], []] {
            #expect(throws: InputShapeError(expected: [nil, 12, 12, 1], found: shape)) {
                try prepared.output(for: .zeros(shape))
            }
        }
        #expect(
            "\(InputShapeError(expected: [nil, 12, 12, 1], found: [2]))"
                == "expected an input of shape [any, 12, 12, 1], found one of [2]")
    }

    @Test func inputsOfAnotherShapeStopTheProgramWhereNobodyCatches() async {
        await #expect(processExitsWith: .failure) {
            let prepared = try Dense(3, 2).forInference(inputShape: [1, 3])
            _ = prepared(.zeros([1, 4]))
        }
    }

    @Test func threadsMayCallAtOnce() async throws {
        let model = fashionNetwork()
        withoutGradients { _ = model(.ones([2, 12, 12, 1])) }
        randomizeNormalizations(model)
        let prepared = try model.forInference(inputShape: [1, 12, 12, 1])
        let inputs = (0..<8).map {
            Tensor.normal([1 + $0 % 3, 12, 12, 1], generator: RandomGenerator(seed: UInt64($0)))
        }
        let expected = inputs.map { prepared($0).elements }
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for task in 0..<32 {
                group.addTask { prepared(inputs[task % 8]).elements == expected[task % 8] }
            }
            for try await isEqual in group { #expect(isEqual) }
        }
    }

    /// Parts, extremes and repetitions of what was computed, for batches of other sizes than the traced one too.
    @Test func preparesPartsAndExtremes() throws {
        let model = Parts()
        let prepared = try model.forInference(inputShape: [1, 4, 5, 6])
        let generator = RandomGenerator(seed: 2)
        for batch in [1, 3] {
            let x = Tensor.normal([batch, 4, 5, 6], generator: generator)
            #expect(prepared(x).elements == withoutGradients { model.eval()(x) }.elements)
        }
    }

    @Test func unsupportedOperationsAreNamed() {
        #expect(throws: InferenceError.unsupportedOperation("norm")) {
            try Measuring().forInference(inputShape: [1, 4])
        }
        #expect(throws: InferenceError.batchIsNotFirstAxis([4])) { try Summing().forInference(inputShape: [1, 4]) }
        #expect {
            try Deciding().forInference(inputShape: [1, 4])
        } throws: { error in
            guard case InferenceError.resultsDiffer = error else { return false }
            return true
        }
    }
}
