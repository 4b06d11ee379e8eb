import Martinet
import Testing

/// Operations that are fused with others or overwrite intermediate results: what they compute does not change by it, and the
/// memory is in fact saved.
@Suite struct FusionTests {
    private static func norm(_ channels: Int) -> BatchNorm {
        let layer = BatchNorm(channels)
        layer.weight?.value = .uniform([channels], in: 0.5..<1.5)
        layer.bias?.value = .normal([channels])
        return layer
    }

    /// Gradients by input, addend, weight and bias, with the operations fused, or each by itself.
    private static func results(
        of layer: BatchNorm, _ x: Tensor, _ addend: Tensor?, fused: Bool, upstream: Tensor
    ) -> [[Float]] {
        let x = x.requiringGradient()
        let addend = addend?.requiringGradient()
        layer.zeroGradients()
        let y: Tensor
        if fused {
            y = addend.map { relu(layer(x) + $0) } ?? relu(layer(x))
        } else {
            // Somebody else holds each intermediate result, so nothing can be fused.
            let normalized = layer(x)
            let sum = addend.map { normalized + $0 } ?? normalized
            y = relu(sum)
            withExtendedLifetime((normalized, sum)) {}
        }
        y.backward(gradient: upstream, retainGraph: true)
        let byInputs = gradients(of: y, at: [x] + (addend.map { [$0] } ?? []), gradient: upstream)
        return ([y] + byInputs + layer.parameters.compactMap(\.gradient)).map(\.elements)
    }

    @Test(arguments: [(false, true), (false, false), (true, true), (true, false)])
    func fusionChangesNothing(adds: Bool, trains: Bool) {
        let layer = Self.norm(7)
        if !trains { layer.eval() }
        let x = Tensor.normal([3, 4, 5, 7], mean: 2, standardDeviation: 3)
        let addend = adds ? Tensor.normal([3, 4, 5, 7]) : nil
        let upstream = Tensor.normal([3, 4, 5, 7])
        let fused = Self.results(of: layer, x, addend, fused: true, upstream: upstream)
        let apart = Self.results(of: layer, x, addend, fused: false, upstream: upstream)
        #expect(fused.count == (adds ? 5 : 4))
        for (a, b) in zip(fused, apart) {
            let error = zip(a, b).map { ($0 - $1) * ($0 - $1) }.reduce(0, +)
            #expect(error <= 1e-10 * b.map { $0 * $0 }.reduce(0, +))
        }
    }

    @Test func addendMayComeFirst() {
        let layer = Self.norm(3)
        let (x, addend) = (Tensor.normal([5, 3]), Tensor.normal([5, 3]))
        #expect(relu(addend + layer(x)).elements == relu(layer(x) + addend).elements)
    }

    @Test func intermediateGradientsStayWhole() {
        let layer = Self.norm(3)
        let x = Tensor.normal([6, 3]).requiringGradient()
        let y = layer(x)
        let z = relu(y).sum()
        let expected = (y .> Tensor(0)).elements
        #expect(gradients(of: z, at: [y])[0].elements == expected)
    }

    @Test func operandsThatAreHeldAreNotOverwritten() {
        let x = Tensor([-1, 2, -3])
        let doubled = x * 2
        _ = relu(doubled)
        _ = doubled + x
        #expect(doubled.elements == [-2, 4, -6])
        #expect(x.elements == [-1, 2, -3])
    }

    /// In a process of its own: what arrays take is counted for the whole process.
    @Test func noMemoryIsTakenForIntermediateResults() async {
        await #expect(processExitsWith: .success) {
            let shape = [64, 16, 16, 16]
            let bytes = shape.reduce(MemoryLayout<Float>.stride, *)
            let (first, second) = (BatchNorm(16), BatchNorm(16))
            let x = Tensor.normal(shape).requiringGradient()
            func taken(_ body: () -> Tensor) -> Int {
                Memory.resetPeak()
                let before = Memory.used
                return withExtendedLifetime(body()) { (Memory.peak - before) / bytes }
            }
            precondition(taken { relu(first(x)) } == 1)
            precondition(taken { relu(first(x) + x) } == 1)
            precondition(taken { relu(first(x) + second(x)) } == 2)
            precondition(taken { relu(x * 2 + x) } == 1)
            let block = Sequential {
                BatchNorm(16); ReLU()
            }
            precondition(taken { block(x) } == 1)
            let input = Input(shape: [16, 16, 16])
            let model = Model(inputs: input, outputs: relu(input + BatchNorm()(input)))
            precondition(taken { model(x) } == 1)
        }
    }

    /// What a convolution behind a normalisation and a ReLU needs for its gradient is rematerialized, so the graph holds the
    /// normalisation's input and the masks' bits, and no activation.
    @Test func activationsAreRematerialized() async {
        await #expect(processExitsWith: .success) {
            let shape = [16, 32, 32, 16]
            let bytes = shape.reduce(MemoryLayout<Float>.stride, *)
            let (norm, first, second) = (
                BatchNorm(16), Conv2D(16, 16, kernelSize: 3, padding: 1), Conv2D(16, 16, kernelSize: 3, padding: 1)
            )
            let x = Tensor.normal(shape)
            _ = second(relu(norm(first(x))))
            let before = Memory.used
            let y = second(relu(norm(first(x))))
            let held = Double(Memory.used - before) / Double(bytes)
            precondition(held < 2.1, "the output, the normalisation's input and bits, found \(held) arrays")
            y.sum().backward()
        }
    }

    /// A row of residual blocks: of their outputs, which are each the next one's addend, every second one is kept, and none
    /// of two normalisations' sum.
    @Test func outputsOfResidualBlocksAreRematerialized() async {
        await #expect(processExitsWith: .success) {
            let shape = [16, 32, 32, 16]
            let bytes = shape.reduce(MemoryLayout<Float>.stride, *)
            let blocks = (0..<4).map { _ in (Conv2D(16, 16, kernelSize: 1), BatchNorm(16)) }
            let shortcut = (Conv2D(16, 16, kernelSize: 1), BatchNorm(16))
            let x = Tensor.normal(shape)
            func forward() -> Tensor {
                var y = x
                for (index, (convolution, norm)) in blocks.enumerated() {
                    y = relu(norm(convolution(y)) + (index == 0 ? shortcut.1(shortcut.0(y)) : y))
                }
                return y
            }
            _ = forward()
            let before = Memory.used
            let y = forward()
            let held = Double(Memory.used - before) / Double(bytes)
            precondition(held < 7.3, "five normalisations' inputs, two outputs, and bits, found \(held) arrays")
            y.sum().backward()
        }
    }

    /// The gradients of a row of residual blocks, whose outputs are rematerialized, against those of one whose outputs are kept.
    @Test(arguments: [true, false])
    func rematerializedOutputsAreTheSame(trains: Bool) {
        let layers = (0..<5).map { _ in (Conv2D(7, 7, kernelSize: 1), Self.norm(7)) }
        if !trains { layers.forEach { $0.1.eval() } }
        let input = Tensor.normal([3, 5, 4, 7])
        func gradients(keeping: Bool) -> [[Float]] {
            var kept: [Tensor] = []
            func seen(_ tensor: consuming Tensor) -> Tensor {
                if keeping { kept.append(copy tensor) }
                return tensor
            }
            layers.forEach {
                $0.0.zeroGradients(); $0.1.zeroGradients()
            }
            let x = input.requiringGradient()
            var y = x
            for (index, (convolution, norm)) in layers.dropLast().enumerated() {
                let (last, lastNorm) = layers[4]
                let addend = index % 3 == 0 ? seen(lastNorm(last(y))) : y
                y = relu(seen(norm(convolution(y))) + addend)
            }
            y = layers[0].0(y)
            (y * y).sum().backward()
            return layers.flatMap { ($0.0.parameters + $0.1.parameters).compactMap { $0.gradient?.elements } }
        }
        for (again, kept) in zip(gradients(keeping: false), gradients(keeping: true)) {
            let error = zip(again, kept).map { ($0 - $1) * ($0 - $1) }.reduce(0, +)
            #expect(error <= 1e-8 * kept.map { $0 * $0 }.reduce(0, +))
        }
    }
}
