import Martinet
import Testing

/// A small residual network trained for three steps: every loss, parameter and buffer beside PyTorch's, by PyTorch's names.
@Suite struct NetworkReferenceTests {
    final class Block: Module {
        let conv1, conv2: Conv2D
        let bn1, bn2: BatchNorm
        let downsample: Sequential?

        init(_ inputs: Int, _ outputs: Int, stride: Int) {
            let stride = Size2D(stride)
            conv1 = Conv2D(inputs, outputs, kernelSize: 3, stride: stride, padding: 1, bias: false)
            bn1 = BatchNorm(outputs)
            conv2 = Conv2D(outputs, outputs, kernelSize: 3, padding: 1, bias: false)
            bn2 = BatchNorm(outputs)
            let changesShape = stride != 1 || inputs != outputs
            downsample =
                changesShape
                ? Sequential {
                    Conv2D(inputs, outputs, kernelSize: 1, stride: stride, bias: false)
                    BatchNorm(outputs)
                } : nil
        }

        func callAsFunction(_ x: Tensor) -> Tensor {
            let y = bn2(conv2(relu(bn1(conv1(x)))))
            return relu(y + (downsample?(x) ?? x))
        }
    }

    final class Network: Module {
        let conv1 = Conv2D(3, 8, kernelSize: 3, padding: 1)
        let bn1 = BatchNorm(8)
        let layer1 = [Block(8, 8, stride: 1), Block(8, 12, stride: 2)]
        let fc = Dense(12, 5)

        func callAsFunction(_ x: Tensor) -> Tensor {
            let pooled = maxPool2D(relu(bn1(conv1(x))), kernelSize: 2)
            return fc(layer1.reduce(pooled) { $1($0) }.mean(axes: [1, 2]))
        }
    }

    @Test func threeStepsAgreeWithPyTorch() throws {
        let reference = try ReferenceCase.load("network", case: "residual")
        let model = Network()
        let counters = model.namedBuffers.filter { $0.name.hasSuffix("num_batches_tracked") }
        let named =
            model.namedParameters.map(\.name)
            + model.namedBuffers.map(\.name).filter { !$0.hasSuffix("num_batches_tracked") }
        #expect(
            named.sorted() == reference.names("input").filter { !$0.hasPrefix("images") && !$0.hasPrefix("labels") })
        for (name, parameter) in model.namedParameters {
            let recorded = try reference.tensor("input." + name)
            try #require(recorded.shape == parameter.shape, "the shape of \(name)")
            parameter.value = recorded
        }

        let optimizer = SGD(
            model, learningRate: try reference.float("learningRate"), momentum: try reference.float("momentum"),
            weightDecay: try reference.float("weightDecay"))
        var losses: [Float] = []
        let steps = try reference.int("steps")
        for step in 0..<steps {
            let images = try reference.tensor("input.images\(step)")
            let loss = crossEntropy(model(images), try reference.indices("input.labels\(step)").values)
            losses.append(loss.scalar)
            loss.backward()
            if step == 0 { try compareGradients(model, reference) }
            optimizer.step()
            let state =
                model.namedParameters.map { ($0.name, $0.parameter.value.detached) }
                + model.namedBuffers.map { ($0.name, $0.buffer.value) }
            for (name, value) in state where !name.hasSuffix("num_batches_tracked") {
                // A bias ahead of a normalisation has no gradient but rounding's: its decay remains.
                expectAgreement(
                    value, try reference.tensor("output.step\(step).\(name)"), within: Tolerance.parameters,
                    "\(name) after step \(step + 1)")
            }
        }
        expectAgreement(Tensor(losses), try reference.tensor("output.losses"), within: 1e-5, "the losses")
        #expect(counters.allSatisfy { $0.buffer.value.scalar == Float(steps) })
        model.eval()
        let evaluated = try withoutGradients { model(try reference.tensor("input.images\(steps - 1)")) }
        expectAgreement(evaluated, try reference.tensor("output.evaluated"), within: 1e-4, "the evaluation")
    }

    private func compareGradients(_ model: Network, _ reference: ReferenceCase) throws {
        #expect(model.namedParameters.map(\.name).sorted() == reference.names("gradient"))
        for (name, parameter) in model.namedParameters {
            let gradient = try #require(parameter.gradient)
            // The convolution's bias is taken away again by the normalisation behind it: 0 but for rounding.
            let expected = try reference.tensor("gradient." + name)
            if name == "conv1.bias" {
                #expect(gradient.elements.allSatisfy { abs($0) < 1e-6 })
            } else {
                expectAgreement(gradient, expected, within: Tolerance.gradient, "gradient by \(name)")
            }
        }
    }
}
