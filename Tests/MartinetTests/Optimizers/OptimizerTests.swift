import Foundation
import Martinet
import Testing

/// A module with a mode, a matrix and a vector.
private final class Line: Module {
    let weight = Parameter(Tensor([[1, -2, 0.5]]))
    let bias = Parameter(Tensor([0.25]))
    let mode = TrainingMode()

    func callAsFunction(_ x: Tensor) -> Tensor { matmul(x, weight.value, transposeB: true) + bias.value }
}

/// An optimizer as a user writes one: the sign of a running mean of the gradient (Signum, arXiv 1802.04434).
private final class Signum: StatefulOptimizer<SignumState> {
    init(_ parameters: [Parameter], learningRate: Float) {
        super.init(groups: [ParameterGroup(parameters, learningRate: learningRate)], model: nil)
    }

    override func initialState(shape: [Int]) -> SignumState { SignumState(mean: .zeros(shape)) }

    override func update(
        _ value: inout Tensor, gradient: Tensor, state: inout SignumState, step: Int, group: ParameterGroup
    ) {
        value = value - group.learningRate * sign(0.9 * state.mean + 0.1 * gradient)
        state.mean = 0.99 * state.mean + 0.01 * gradient
    }
}

private struct SignumState: ParameterState {
    var mean: Tensor
    var averages: [String: Tensor] { ["exp_avg": mean] }

    init(mean: Tensor) { self.mean = mean }

    init?(averages: [String: Tensor]) {
        guard let mean = averages["exp_avg"] else { return nil }
        self.mean = mean
    }
}

@Suite struct OptimizerTests {
    /// The parameter after ten steps along the gradients of `Tests/References/printed/optimizers.py`, which recorded the expected ones.
    private func run(_ make: ([Parameter]) -> Optimizer) -> [Float] {
        let parameter = Parameter(Tensor([1, -2, 0.5]))
        let optimizer = make([parameter])
        for step in 0..<10 { advance(parameter, optimizer, step) }
        return parameter.value.elements
    }

    private func advance(_ parameter: Parameter, _ optimizer: Optimizer, _ step: Int) {
        let value = parameter.value.detached
        parameter.gradient = Tensor([1, 0.3, -2]) * cos(value + 0.5 * Float(step)) + value * 0.1
        optimizer.step()
    }

    private func expectClose(_ found: [Float], _ expected: [Float], line: Int = #line) {
        let location = SourceLocation(fileID: #fileID, filePath: #filePath, line: line, column: 1)
        #expect(found.count == expected.count, sourceLocation: location)
        for (a, b) in zip(found, expected) {
            #expect(abs(a - b) < 1e-5, "\(found) differs from \(expected)", sourceLocation: location)
        }
    }

    @Test func tenStepsAsPyTorch() {
        expectClose(run { SGD($0, learningRate: 0.1) }, [1.049717507, -1.872318176, -0.442423871])
        expectClose(
            run { SGD($0, learningRate: 0.1, momentum: 0.9, dampening: 0.2, weightDecay: 0.05) },
            [1.252494466, -1.317541040, -1.992386776])
        expectClose(
            run { SGD($0, learningRate: 0.1, momentum: 0.9, weightDecay: 0.05, nesterov: true) },
            [1.125833361, -1.098439996, -3.140485864])
        expectClose(run { Adam($0, learningRate: 0.1, weightDecay: 0.05) }, [0.996294464, -1.277683588, 0.425148258])
        expectClose(
            run { Adam($0, learningRate: 0.1, betas: (0.8, 0.9), amsgrad: true) },
            [1.077663766, -1.554849007, 0.356309190])
        expectClose(run { AdamW($0, learningRate: 0.1, weightDecay: 0.2) }, [0.887189303, -1.217837704, 0.325358948])
        expectClose(run { AdamW($0) }, [1.001043719, -1.994246260, 0.500315773])
        expectClose(
            run { RMSprop($0, learningRate: 0.05, weightDecay: 0.05) }, [0.558999424, -0.533583726, -0.929551630])
        expectClose(
            run { RMSprop($0, learningRate: 0.05, alpha: 0.9, centered: true) },
            [1.002904204, -1.563727025, 0.159075613])
        expectClose(
            run { RMSprop($0, learningRate: 0.01, momentum: 0.9) }, [1.186213484, -1.086346887, 0.226415602])
        expectClose(
            run { RMSprop($0, learningRate: 0.01, momentum: 0.9, centered: true) },
            [1.184471167, -1.079209263, 0.227262943])
    }

    /// Every element of a long parameter is changed alike, whatever thread has it.
    @Test func longParameters() {
        let count = 100_003
        let makers: [([Parameter]) -> Optimizer] = [
            { SGD($0, learningRate: 0.1, momentum: 0.9, nesterov: true) }, { SGD($0, learningRate: 0.1) },
            { Adam($0, amsgrad: true) }, { AdamW($0) }, { RMSprop($0, momentum: 0.9, centered: true) }, { RMSprop($0) },
        ]
        for make in makers {
            let parameter = Parameter(.ones([count]))
            let optimizer = make([parameter])
            for _ in 0..<2 {
                parameter.gradient = .full([count], 0.5)
                optimizer.step()
            }
            let elements = parameter.value.elements
            #expect(elements[0] != 1)
            #expect(elements.allSatisfy { abs($0 - elements[0]) < 1e-6 })
        }
    }

    @Test func valuesChangeInPlaceAndNobodyElsesDo() {
        let parameter = Parameter(.ones([1000]))
        let optimizer = SGD([parameter], learningRate: 0.5, momentum: 0.9)
        let address = parameter.value.array.storage.pointer
        parameter.gradient = .ones([1000])
        optimizer.step()
        #expect(parameter.value.array.storage.pointer == address)
        let before = parameter.value.detached
        let state = optimizer.state
        parameter.gradient = .ones([1000])
        optimizer.step()
        #expect(before.elements[0] == 0.5)
        #expect(state.entries[0]?.averages["momentum_buffer"]?.elements[0] == 1)
        #expect(optimizer.state.entries[0]?.averages["momentum_buffer"]?.elements[0] == 1.9)
    }

    @Test func stepForgetsGradientsUnlessTold() {
        let parameter = Parameter(Tensor([1]))
        let optimizer = SGD([parameter], learningRate: 0.5)
        parameter.gradient = Tensor([1])
        optimizer.step(keepingGradients: true)
        #expect(parameter.gradient?.elements == [1])
        optimizer.step()
        #expect(parameter.gradient == nil)
        #expect(parameter.value.elements == [0])
        parameter.gradient = Tensor([1])
        optimizer.zeroGradients()
        #expect(parameter.gradient == nil)
    }

    @Test func frozenAndUntouchedParametersStay() {
        let parameters = (0..<3).map { _ in Parameter(Tensor([1])) }
        let optimizer = SGD(parameters, learningRate: 0.5, weightDecay: 0.1)
        parameters[0].gradient = Tensor([1])
        parameters[1].gradient = Tensor([1])
        parameters[1].isFrozen = true
        optimizer.step()
        #expect(parameters.map { $0.value.scalar } == [0.45, 1, 1])
        #expect(optimizer.state.entries.map { $0?.steps } == [1, nil, nil])
    }

    @Test func theLoopTrains() {
        let model = Line()
        let x = Tensor.normal([64, 3], generator: RandomGenerator(seed: 2))
        let target = matmul(x, Tensor([[2], [-1], [0.5]])) + 3
        let optimizer = Adam(model, learningRate: 0.1)
        for _ in 0..<300 {
            square(model(x) - target).mean().backward()
            optimizer.step()
        }
        expectClose(model.weight.value.elements.map { ($0 * 1000).rounded() / 1000 }, [2, -1, 0.5])
        #expect(abs(model.bias.value.scalar - 3) < 1e-3)
    }

    @Test func groupsHaveRatesAndDecaysOfTheirOwn() {
        let model = Line()
        let groups = ParameterGroup.decayingWeightsOnly(model.parameters, learningRate: 0.1, weightDecay: 0.5)
        #expect(groups[0].parameters.count == 1 && groups[0].parameters[0] === model.weight)
        #expect(groups[1].parameters.count == 1 && groups[1].parameters[0] === model.bias)
        let optimizer = SGD(groups: groups, model: model)
        optimizer.groups[1].learningRate = 1
        model.weight.gradient = .zeros([1, 3])
        model.bias.gradient = Tensor([0.125])
        optimizer.step()
        expectClose(model.weight.value.elements, [0.95, -1.9, 0.475])
        #expect(model.bias.value.scalar == 0.125)
    }

    @Test func learningRateKeepsProportions() {
        let optimizer = SGD(groups: [
            ParameterGroup([Parameter(Tensor([1]))], learningRate: 0.5),
            ParameterGroup([Parameter(Tensor([1]))], learningRate: 0.25),
        ])
        optimizer.learningRate = 1
        #expect(optimizer.groups.map(\.learningRate) == [1, 0.5])
        #expect(optimizer.groups.map(\.baseLearningRate) == [1, 0.5])
        #expect(optimizer.learningRate == 1)
    }

    @Test func ownOptimizersKeepStatesOfTheirOwn() {
        let parameter = Parameter(Tensor([1, -2]))
        let optimizer = Signum([parameter], learningRate: 0.5)
        for gradient: [Float] in [[2, -4], [-0.01, 400]] {
            parameter.gradient = Tensor(gradient)
            optimizer.step()
        }
        // The second time the mean decides about the first element, the gradient about the second.
        expectClose(parameter.value.elements, [0, -2])
        expectClose(optimizer.state.entries[0]?.averages["exp_avg"]?.elements ?? [], [0.0197, 3.9604])
        #expect(optimizer.state.entries[0]?.steps == 2)
    }

    /// A momentum that is set to 0 leaves the velocity as it is, and one that is set later finds zeros.
    @Test func momentumMayComeAndGo() {
        let parameter = Parameter(Tensor([0]))
        let optimizer = SGD([parameter], learningRate: 1)
        func step(_ momentum: Float) -> Float {
            optimizer.momentum = momentum
            parameter.gradient = Tensor([1])
            optimizer.step()
            return parameter.value.scalar
        }
        #expect([step(0), step(0.5), step(0.5), step(0), step(0.5)] == [-1, -2, -3.5, -4.5, -6.25])
    }

    static let kinds: [String: @Sendable ([Parameter]) -> Optimizer] = [
        "SGD": { SGD($0, learningRate: 0.1, momentum: 0.9, dampening: 0.5) },
        "AdamW": { AdamW($0, learningRate: 0.1, amsgrad: true) },
        "RMSprop": { RMSprop($0, learningRate: 0.1, momentum: 0.9, centered: true) },
        "NAdam": { NAdam($0, learningRate: 0.1) }, "RAdam": { RAdam($0, learningRate: 0.1) },
        "Adamax": { Adamax($0, learningRate: 0.1) }, "Adagrad": { Adagrad($0, learningRate: 0.1) },
        "Adadelta": { Adadelta($0) }, "Adafactor": { Adafactor($0, learningRate: 0.1) },
        "Lion": { Martinet.Lion($0, learningRate: 0.1) }, "LAMB": { LAMB($0, learningRate: 0.1) },
        "Muon": { Muon($0, learningRate: 0.1) },
        "Lookahead": { Lookahead(Adam($0, learningRate: 0.1), steps: 2) },
        "Signum": { Signum($0, learningRate: 0.1) },
    ]

    /// Bit for bit, of a vector and of a matrix, in the middle of a lookahead too.
    @Test(arguments: kinds.keys.sorted()) func stateRestores(kind: String) throws {
        let make = try #require(Self.kinds[kind])
        func parameters() -> [Parameter] {
            [Parameter(Tensor([[1, -2, 0.5], [0.1, 0.2, -0.3]])), Parameter(Tensor([1, -2, 0.5]))]
        }
        func advance(_ parameters: [Parameter], _ optimizer: Optimizer, _ step: Int) {
            for parameter in parameters {
                let value = parameter.value.detached
                parameter.gradient = Tensor([1, 0.3, -2]) * cos(value + 0.5 * Float(step)) + value * 0.1
            }
            optimizer.step()
        }
        let (own, copies) = (parameters(), parameters())
        let optimizer = make(own)
        for step in 0..<3 { advance(own, optimizer, step) }
        optimizer.groups[0].learningRate = 0.05
        optimizer.momentum = 0.8
        for (copy, parameter) in zip(copies, own) { copy.value = parameter.value }
        let resumed = make(copies)
        try resumed.restore(optimizer.state)
        for step in 3..<6 {
            advance(own, optimizer, step)
            advance(copies, resumed, step)
        }
        for (copy, parameter) in zip(copies, own) {
            #expect(copy.value.elements == parameter.value.elements)
            #expect(copy.value.elements.allSatisfy(\.isFinite) && copy.value.elements != [1, -2, 0.5])
        }
    }

    /// A state of another optimizer, or of a parameter of other axes, is named.
    @Test func statesOfOtherShapesAreRefused() throws {
        let (matrix, vector) = (Parameter(Tensor([[1, 2], [3, 4]])), Parameter(Tensor([1, 2])))
        for make in [{ Adafactor($0) as Optimizer }, { Muon($0) }, { Lookahead(Adam($0)) }]
            as [([Parameter]) -> Optimizer]
        {
            let optimizer = make([matrix])
            matrix.gradient = matrix.value.detached
            optimizer.step()
            #expect(throws: OptimizerStateError.self) { try make([vector]).restore(optimizer.state) }
            #expect(throws: OptimizerStateError.self) { try Adam([matrix]).restore(optimizer.state) }
        }
    }

    @Test func wrongStatesAreRefused() throws {
        let parameter = Parameter(Tensor([1, 2]))
        let optimizer = Adam([parameter])
        parameter.gradient = Tensor([1, 1])
        optimizer.step()
        var state = optimizer.state
        state.entries[0]?.averages["exp_avg"] = Tensor([1])
        state.entries[0]?.averages["exp_avg_sq"] = nil
        state.entries[0]?.steps = -1
        state.groups[0].learningRate = .nan
        state.momentum = -1
        let error = try #require(throws: OptimizerStateError.self) { try optimizer.restore(state) }
        #expect(error.problems.count == 5, "\(error)")
        #expect(error.description.contains("exp_avg of parameter 0 has shape [1], expected [2]"))
        let other = SGD([parameter, Parameter(Tensor([1]))])
        #expect(throws: OptimizerStateError.self) { try other.restore(optimizer.state) }
        #expect(optimizer.state.entries[0]?.steps == 1)
        #expect(optimizer.momentum == 0.9)
    }

    @Test func mistakesStop() async {
        var result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let model = Line()
            let optimizer = SGD(model)
            model.eval()
            optimizer.step()
        }
        var message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(message.contains("SGD.step: the model is in evaluation mode; call train() before training"))

        result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let parameter = Parameter(Tensor([1]))
            _ = Adam(groups: [
                ParameterGroup([parameter], learningRate: 1), ParameterGroup([parameter], learningRate: 2),
            ])
        }
        message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(message.contains("Adam: a parameter is in the groups twice"))

        result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = SGD([Parameter(Tensor([1]))], nesterov: true)
        }
        message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(message.contains("Nesterov needs a momentum"))
    }
}
