import Martinet
import Testing

/// Ten steps of each optimizer on a small regression, the parameters compared after each.
@Suite struct OptimizerReferenceTests {
    static let names = ["weight1", "bias1", "weight2", "bias2"]

    static let operations: [String: @Sendable ([Parameter], Settings) throws -> Optimizer] = [
        "sgd": sgd,
        "adam": adam,
        "adamw": { parameters, settings in
            AdamW(
                parameters, learningRate: settings.learningRate, betas: settings.betas, epsilon: settings.epsilon,
                weightDecay: try settings.value("weightDecay", or: 0.01), amsgrad: try settings.flag("amsgrad"))
        },
        "rmsprop": { parameters, settings in
            RMSprop(
                parameters, learningRate: settings.learningRate, alpha: try settings.value("alpha", or: 0.99),
                epsilon: settings.epsilon, weightDecay: settings.weightDecay, momentum: settings.momentum,
                centered: try settings.flag("centered"))
        },
        "groups.sgd": { SGD(groups: try groups($0, $1), momentum: $1.momentum) },
        "groups.adamw": { AdamW(groups: try groups($0, $1), betas: $1.betas, epsilon: $1.epsilon) },
        "changingRate.sgd": sgd,
        "changingRate.adam": adam,
        "clipNorm": sgd,
        "clipValue": sgd,
    ]

    @Test(arguments: try ReferenceCase.load("optimizers"))
    func tenStepsAgreeWithPyTorch(_ reference: ReferenceCase) throws {
        let make = try #require(Self.operations[reference.operation])
        try check(reference) { try make($0, Settings(reference)) }
    }

    @Test(arguments: ["sgd", "adam", "adamw", "rmsprop"])
    func defaultsArePyTorchs(name: String) throws {
        let reference = try ReferenceCase.load("optimizers", case: name)
        let rate = try reference.float("learningRate")
        try check(reference) { parameters in
            switch name {
            case "sgd": SGD(parameters, learningRate: rate)
            case "adam": Adam(parameters, learningRate: rate)
            case "adamw": AdamW(parameters, learningRate: rate)
            default: RMSprop(parameters, learningRate: rate)
            }
        }
    }

    @Test func everyOperationIsRecorded() throws {
        #expect(try Set(ReferenceCase.load("optimizers").map(\.operation)) == Set(Self.operations.keys))
    }

    private func check(_ reference: ReferenceCase, _ make: ([Parameter]) throws -> Optimizer) throws {
        let parameters = try Self.names.map { Parameter(try reference.tensor("input." + $0)) }
        let optimizer = try make(parameters)
        let x = try reference.tensor("input.x")
        let target = try reference.tensor("input.target")
        let rate = try reference.float("learningRate")
        var losses: [Float] = []
        var norms: [Float] = []
        for step in 0..<(try reference.int("steps")) {
            let hidden = tanh(matmul(x, parameters[0].value) + parameters[1].value)
            let loss = square(matmul(hidden, parameters[2].value) + parameters[3].value - target).mean()
            losses.append(loss.scalar)
            loss.backward()
            switch reference.operation {
            case "clipNorm":
                norms.append(clipGradientNorm(parameters, maximumNorm: try reference.float("maximum")))
            case "clipValue": clipGradientValue(parameters, limit: try reference.float("maximum"))
            case "changingRate.sgd", "changingRate.adam":
                optimizer.learningRate = rate * pow(Tensor(try reference.float("factor")), Float(step)).scalar
            default: break
            }
            optimizer.step()
            #expect(parameters.allSatisfy { $0.gradient == nil })
            for (name, parameter) in zip(Self.names, parameters) {
                expectAgreement(
                    parameter.value.detached, try reference.tensor("output.\(name).\(step)"),
                    within: Tolerance.parameters, "\(name) after step \(step + 1)")
            }
        }
        expectAgreement(
            Tensor(losses), try reference.tensor("output.losses"), within: Tolerance.forward, "the losses")
        if reference.operation == "clipNorm" {
            expectAgreement(
                Tensor(norms), try reference.tensor("output.norms"), within: Tolerance.gradient, "the norms")
        }
    }

    @Sendable private static func sgd(_ parameters: [Parameter], _ settings: Settings) throws -> Optimizer {
        SGD(
            parameters, learningRate: settings.learningRate, momentum: settings.momentum,
            dampening: try settings.value("dampening", or: 0), weightDecay: settings.weightDecay,
            nesterov: try settings.flag("nesterov"))
    }

    @Sendable private static func adam(_ parameters: [Parameter], _ settings: Settings) throws -> Optimizer {
        Adam(
            parameters, learningRate: settings.learningRate, betas: settings.betas, epsilon: settings.epsilon,
            weightDecay: settings.weightDecay, amsgrad: try settings.flag("amsgrad"))
    }

    /// The weights, and the biases without decay and with a rate of their own.
    private static func groups(_ parameters: [Parameter], _ settings: Settings) throws -> [ParameterGroup] {
        var groups = ParameterGroup.decayingWeightsOnly(
            parameters, learningRate: settings.learningRate, weightDecay: settings.weightDecay)
        groups[1].learningRate = try settings.value("biasLearningRate", or: 0)
        return groups
    }

    /// A case's attributes, with PyTorch's defaults for those that it does not name.
    struct Settings {
        private let reference: ReferenceCase
        let learningRate, momentum, weightDecay, epsilon: Float
        let betas: (Float, Float)

        init(_ reference: ReferenceCase) throws {
            self.reference = reference
            learningRate = try reference.float("learningRate")
            momentum = try reference.has(attribute: "momentum") ? reference.float("momentum") : 0
            weightDecay = try reference.has(attribute: "weightDecay") ? reference.float("weightDecay") : 0
            epsilon = try reference.has(attribute: "epsilon") ? reference.float("epsilon") : 1e-8
            let given = try reference.has(attribute: "betas") ? reference.floats("betas") : [0.9, 0.999]
            betas = (given[0], given[1])
        }

        func value(_ name: String, or standard: Float) throws -> Float {
            reference.has(attribute: name) ? try reference.float(name) : standard
        }

        func flag(_ name: String) throws -> Bool { reference.has(attribute: name) ? try reference.bool(name) : false }
    }
}
