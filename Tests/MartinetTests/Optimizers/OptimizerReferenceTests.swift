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
        "nadam": { parameters, settings in
            NAdam(
                parameters, learningRate: settings.learningRate, betas: settings.betas, epsilon: settings.epsilon,
                weightDecay: settings.weightDecay, momentumDecay: try settings.value("momentumDecay", or: 4e-3))
        },
        "radam": { parameters, settings in
            RAdam(
                parameters, learningRate: settings.learningRate, betas: settings.betas, epsilon: settings.epsilon,
                weightDecay: settings.weightDecay)
        },
        "adamax": { parameters, settings in
            Adamax(
                parameters, learningRate: settings.learningRate, betas: settings.betas, epsilon: settings.epsilon,
                weightDecay: settings.weightDecay)
        },
        "adagrad": { parameters, settings in
            Adagrad(
                parameters, learningRate: settings.learningRate, weightDecay: settings.weightDecay,
                learningRateDecay: try settings.value("learningRateDecay", or: 0),
                initialAccumulator: try settings.value("initialAccumulator", or: 0),
                epsilon: try settings.value("epsilon", or: 1e-10))
        },
        "adadelta": { parameters, settings in
            Adadelta(
                parameters, learningRate: settings.learningRate, rho: try settings.value("rho", or: 0.9),
                epsilon: try settings.value("epsilon", or: 1e-6), weightDecay: settings.weightDecay)
        },
        "adafactor": { parameters, settings in
            let epsilon = settings.pair("epsilon", or: (0, 0))
            return Adafactor(
                groups: [
                    ParameterGroup(
                        parameters, learningRate: settings.learningRate, weightDecay: settings.weightDecay)
                ],
                beta2Decay: try settings.value("beta2Decay", or: -0.8), epsilon: (epsilon.0, epsilon.1),
                clippingThreshold: try settings.value("clippingThreshold", or: 1))
        },
        "lion": { parameters, settings in
            Lion(
                parameters, learningRate: settings.learningRate, betas: settings.pair("betas", or: (0.9, 0.99)),
                weightDecay: settings.weightDecay)
        },
        "lamb": { parameters, settings in
            LAMB(
                parameters, learningRate: settings.learningRate, betas: settings.betas,
                epsilon: try settings.value("epsilon", or: 1e-6),
                weightDecay: try settings.value("weightDecay", or: 0.01))
        },
        "muon": muon,
        "lookahead": { parameters, settings in
            Lookahead(
                Adam(parameters, learningRate: settings.learningRate), steps: Int(try settings.value("every", or: 5)),
                alpha: try settings.value("alpha", or: 0.5))
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

    @Test(arguments: [
        "sgd", "adam", "adamw", "rmsprop", "nadam", "radam", "adamax", "adagrad", "adadelta", "adafactor", "lion",
        "lamb",
        "lookahead",
    ])
    func defaultsArePyTorchs(name: String) throws {
        let reference = try ReferenceCase.load("optimizers", case: name)
        let rate = try reference.float("learningRate")
        try check(reference) { parameters in
            switch name {
            case "sgd": SGD(parameters, learningRate: rate)
            case "adam": Adam(parameters, learningRate: rate)
            case "adamw": AdamW(parameters, learningRate: rate)
            case "nadam": NAdam(parameters, learningRate: rate)
            case "radam": RAdam(parameters, learningRate: rate)
            case "adamax": Adamax(parameters, learningRate: rate)
            case "adagrad": Adagrad(parameters, learningRate: rate)
            case "adadelta": Adadelta(parameters, learningRate: rate)
            case "adafactor": Adafactor(parameters, learningRate: rate)
            case "lion": Lion(parameters, learningRate: rate)
            case "lamb": LAMB(parameters, learningRate: rate)
            case "lookahead": Lookahead(Adam(parameters, learningRate: rate))
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

    @Sendable private static func muon(_ parameters: [Parameter], _ settings: Settings) throws -> Optimizer {
        let (rate, decay) = (settings.learningRate, try settings.value("weightDecay", or: 0.1))
        guard settings.has("scaling") else {
            return Muon(parameters, learningRate: rate, vectorLearningRate: rate, weightDecay: decay)
        }
        let groups = [0...0, 2...2, 1...1, 3...3].map { range in
            ParameterGroup(
                Array(parameters[range]), learningRate: rate, weightDecay: range.lowerBound % 2 == 0 ? decay : 0)
        }
        return Muon(groups: groups, momentum: settings.momentum, nesterov: false, scaling: .matchingAdamW)
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
            epsilon = reference.has(attribute: "epsilon") ? (try? reference.float("epsilon")) ?? 0 : 1e-8
            let given = try reference.has(attribute: "betas") ? reference.floats("betas") : [0.9, 0.999]
            betas = (given[0], given[1])
        }

        func has(_ name: String) -> Bool { reference.has(attribute: name) }

        func pair(_ name: String, or standard: (Float, Float)) -> (Float, Float) {
            guard let given = try? reference.floats(name), given.count == 2 else { return standard }
            return (given[0], given[1])
        }

        func value(_ name: String, or standard: Float) throws -> Float {
            reference.has(attribute: name) ? try reference.float(name) : standard
        }

        func flag(_ name: String) throws -> Bool { reference.has(attribute: name) ? try reference.bool(name) : false }
    }
}
