import Martinet
import Testing

/// Recurrent layers against PyTorch: outputs, last states, and gradients by everything.
@Suite struct RecurrentTests {
    @Test(arguments: try ReferenceCase.load("recurrent"))
    func agreesWithPyTorch(_ reference: ReferenceCase) throws {
        try reference.verify { inputs in
            let (x, h0, c0) = (try inputs("x"), try inputs.optional("h0"), try inputs.optional("c0"))
            let (hidden, layers) = (try reference.int("hidden"), try reference.int("layers"))
            let (bias, both) = (try reference.bool("bias"), try reference.bool("bidirectional"))
            func load(into module: some Module) throws {
                for (name, parameter) in module.namedParameters { try inputs.load(name, into: parameter) }
                #expect(module.namedParameters.count == reference.names("input").count { $0.contains("_") })
            }
            switch reference.operation {
            case "lstm":
                let layer = LSTM(6, hidden, layers: layers, bias: bias, bidirectional: both)
                try load(into: layer)
                let (y, last) = layer.outputs(x, state: h0.flatMap { h in c0.map { (h, $0) } })
                return ["y": y, "h": last.hidden, "c": last.cell]
            case "gru":
                let layer = GRU(6, hidden, layers: layers, bias: bias, bidirectional: both)
                try load(into: layer)
                let (y, last) = layer.outputs(x, state: h0)
                return ["y": y, "h": last]
            default:
                let isReLU = try reference.string("nonlinearity") == "relu"
                let layer = RNN(
                    6, hidden, layers: layers, nonlinearity: isReLU ? .relu : .tanh, bias: bias, bidirectional: both)
                try load(into: layer)
                let (y, last) = layer.outputs(x, state: h0)
                return ["y": y, "h": last]
            }
        }
    }

    @Test func namesAreThoseOfPyTorch() {
        let layer = LSTM(3, 2, layers: 2, bidirectional: true)
        #expect(
            layer.namedParameters.prefix(5).map(\.name) == [
                "weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0", "weight_ih_l0_reverse",
            ])
        #expect(layer.namedParameters[8].parameter.shape == [8, 4] && layer.parameterCount == 240)
        #expect(GRU(3, 2, bias: false).namedParameters.map(\.name) == ["weight_ih_l0", "weight_hh_l0"])
    }

    /// As many steps and rows as there may be, with any number of threads: bits do not depend on how rows are shared.
    @Test func rowsDoNotDependOnEachOther() {
        let generator = RandomGenerator(seed: 5)
        let layer = LSTM(5, 16, generator: generator)
        let x = Tensor.normal([9, 7, 5], generator: generator)
        let whole = layer(x)
        for row in [0, 4, 8] {
            let one = layer(x[row..<row + 1])
            #expect(zip(one.elements, whole[row].elements).allSatisfy { abs($0 - $1) < 1e-6 })
        }
        #expect(
            layer(Tensor.zeros([0, 7, 5])).shape == [0, 7, 16] && layer(Tensor.zeros([2, 0, 5])).shape == [2, 0, 16])
    }

    @Test func dropsBetweenLayersInTrainingOnly() {
        let layer = GRU(4, 8, layers: 2, dropout: 0.5, generator: RandomGenerator(seed: 3))
        let x = Tensor.normal([2, 3, 4], generator: RandomGenerator(seed: 4))
        #expect(layer(x).elements != layer(x).elements)
        layer.eval()
        #expect(layer(x).elements == layer(x).elements)
    }

    /// Learns to say whether the steps of a sequence add up to something positive.
    @Test func learnsFromSequences() {
        let generator = RandomGenerator(seed: 1)
        let (lstm, head) = (LSTM(1, 12, generator: generator), Dense(12, 1, generator: generator))
        let optimizer = Adam(lstm.parameters + head.parameters, learningRate: 0.02)
        func logits(_ x: Tensor) -> Tensor { head(lstm.outputs(x).state.hidden[0]) }
        func batch() -> (Tensor, Tensor) {
            let x = Tensor.normal([64, 12, 1], generator: generator)
            return (x, x.sum(axes: [1]) .> 0)
        }
        for _ in 0..<120 {
            let (x, answer) = batch()
            binaryCrossEntropy(logits: logits(x), answer).backward()
            optimizer.step()
        }
        let (x, answer) = batch()
        #expect((((logits(x) .> 0) .== answer).mean().scalar) > 0.95)
    }
}
