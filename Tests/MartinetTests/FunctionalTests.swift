import Foundation
import Martinet
import Testing

@Suite struct FunctionalTests {
    private func residual() -> Model {
        let input = Input(shape: [6, 6, 2])
        let start = Conv2D(filters: 4, kernelSize: 3, padding: .same, activation: .relu)(input)
        let inner = BatchNorm()(Conv2D(filters: 4, kernelSize: 3, padding: .same)(start))
        let merged = relu(start + inner)
        return Model(inputs: input, outputs: Dense(3, activation: .softmax)(Flatten()(merged), name: "classes"))
    }

    @Test func namesAndShapesAreKerass() {
        let model = residual()
        #expect(model.outputShapes == [[3]])
        #expect(
            model.namedParameters.map(\.name) == [
                "conv2d.weight", "conv2d.bias", "conv2d_1.weight", "conv2d_1.bias", "batch_norm.weight",
                "batch_norm.bias", "classes.weight", "classes.bias",
            ])
        let summary = model.summary()
        #expect(summary.rows.map(\.name).prefix(3) == ["input", "conv2d", "conv2d_1"])
        let add = summary.rows.first { $0.type == "Add" }
        #expect(add?.connectedTo == ["conv2d", "batch_norm"])
        #expect(add?.outputShape == [6, 6, 4])
        #expect(summary.total == 76 + 148 + 16 + 144 * 3 + 3)
        #expect(summary.nonTrainable == 8)
    }

    @Test func computesAsTheCodeWouldByHand() {
        let first = Dense(4, activation: .tanh)
        let second = Dense(4)
        let input = Input(shape: [5])
        let hidden = first(input)
        let model = Model(inputs: input, outputs: hidden * second(hidden) + hidden)
        let x = Tensor.normal([3, 5])
        let h = first(x)
        #expect(model(x).elements == (h * second(h) + h).elements)
    }

    @Test func sharedLayersShareParameters() {
        let left = Input(shape: [3], name: "left")
        let right = Input(shape: [3], name: "right")
        let shared = Dense(2, bias: false)
        let model = Model(
            inputs: [left, right], outputs: [shared(left) + shared(right), Concatenate()([left, right])])
        #expect(model.parameters.count == 1)
        let (a, b) = (Tensor.normal([2, 3]), Tensor.normal([2, 3]))
        let outputs = model([a, b])
        #expect(outputs[1].shape == [2, 6])
        outputs[0].sum().backward()
        let expected = (a + b).sum(axes: [0])
        let gradient = model.parameters[0].gradient!
        for row in 0..<3 {
            for column in 0..<2 {
                #expect(Swift.abs(gradient.elements[row * 2 + column] - expected.elements[row]) < 1e-5)
            }
        }
    }

    @Test func wrongShapesAreReportedAtConstruction() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let x = Conv2D(filters: 4, kernelSize: 3)(Input(shape: [8, 8, 1]))
            _ = Conv2D(3, 4, kernelSize: 3)(Conv2D(filters: 4, kernelSize: 3)(x))
        }
        let message = result?.message ?? ""
        #expect(message.contains("conv2d_2 (Conv2D), called on conv2d_1 [4, 4, 4]: expected 3 input channels, found 4"))

        let sum = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Input(shape: [3]) + Input(shape: [4])
        }
        #expect(
            sum?.message.contains(
                "add (Add), called on input [3], input_1 [4]: expected inputs of one shape, found [3] and [4]") == true)
    }

    @Test func missingInputsAreReported() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let (a, b) = (Input(shape: [3], name: "a"), Input(shape: [3], name: "b"))
            _ = Model(inputs: a, outputs: a + b)
        }
        #expect(
            result?.message.contains("the outputs depend on b, which is not among the inputs") == true)
    }

    @Test func summaryIsATable() throws {
        let input = Input(shape: [2])
        let model = Model(inputs: input, outputs: Dense(1500)(Dense(300)(input)))
        #expect(
            model.summary().description == """
                Model
                ┌─────────────────┬───────────────┬────────────┬───────────────┬──────────────┐
                │ Layer (type)    │ Output shape  │ Parameters │ Multiply-adds │ Connected to │
                ├─────────────────┼───────────────┼────────────┼───────────────┼──────────────┤
                │ input (Input)   │ (batch, 2)    │          0 │             0 │              │
                │ dense (Dense)   │ (batch, 300)  │        900 │           600 │ input        │
                │ dense_1 (Dense) │ (batch, 1500) │    451,500 │       450,000 │ dense        │
                └─────────────────┴───────────────┴────────────┴───────────────┴──────────────┘
                Total parameters:         452,400 (1.73 MB)
                Trainable parameters:     452,400 (1.73 MB)
                Non-trainable parameters: 0 (0 B)
                Multiply-adds a sample:   450,600
                """)
        let data = try JSONEncoder().encode(model.summary())
        let decoded = try JSONDecoder().decode(Summary.self, from: data)
        #expect(decoded.rows.map(\.multiplyAdds) == [0, 600, 450_000])
        #expect(decoded.multiplyAdds == 450_600)
    }
}
