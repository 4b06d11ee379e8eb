import Martinet
import Testing

/// The learning rate at each of thirty steps, and the momentum where the schedule changes it.
@Suite struct ScheduleReferenceTests {
    static let operations: [String: @Sendable (ReferenceCase) throws -> Schedule] = [
        "step": { .step(size: try $0.int("stepSize"), gamma: try $0.double("gamma")) },
        "multiStep": { .multiStep(milestones: try $0.ints("milestones"), gamma: try $0.double("gamma")) },
        "exponential": { .exponential(gamma: try $0.double("gamma")) },
        "cosine": { .cosine(steps: try $0.int("steps"), minimum: try $0.double("minimum")) },
        "constant": { .constant(factor: try $0.double("factor"), steps: try $0.int("steps")) },
        "polynomial": { .polynomial(steps: try $0.int("steps"), power: try $0.double("power")) },
        "linear": {
            .linear(
                startFactor: try $0.double("startFactor"), endFactor: try $0.double("endFactor"),
                steps: try $0.int("steps"))
        },
        "oneCycle": {
            .oneCycle(
                steps: try $0.int("steps"), warmup: try $0.double("warmUp"),
                annealing: try $0.bool("linear") ? .linear : .cosine, threePhase: try $0.bool("threePhase"),
                divisor: try $0.double("divisor"), finalDivisor: try $0.double("finalDivisor"))
        },
        "sequential": {
            .warmup(try $0.int("warmUp"), startFactor: try $0.double("startFactor"))
                .then(.cosine(steps: try $0.int("cosine")))
        },
        "sequentialThree": { _ in
            .sequential(
                [.constant(factor: 0.1, steps: 4), .exponential(gamma: 0.9), .step(size: 3, gamma: 0.5)],
                milestones: [4, 15])
        },
    ]

    @Test(arguments: try ReferenceCase.load("schedules"))
    func agreesWithPyTorch(_ reference: ReferenceCase) throws {
        let make = try #require(Self.operations[reference.operation])
        let optimizer = SGD(
            [Parameter(Tensor([0]))], learningRate: try reference.float("learningRate"), momentum: 0.9)
        let scheduler = LearningRateScheduler(optimizer, try make(reference))
        let changesMomentum = reference.tensors["output.momenta"] != nil
        let rates = try reference.tensor("output.rates").elements
        let momenta = try changesMomentum ? reference.tensor("output.momenta").elements : rates.map { _ in 0.9 }
        for (step, (rate, momentum)) in zip(rates, momenta).enumerated() {
            #expect(abs(optimizer.learningRate - rate) <= 2e-6 * rate, "step \(step)")
            #expect(abs(optimizer.momentum - momentum) <= 2e-6 * momentum, "step \(step)")
            scheduler.step()
        }
    }

    /// What PyTorch's schedules take for arguments that are not given.
    @Test func defaultsArePyTorchs() throws {
        let schedules: [String: Schedule] = [
            "step.default": .step(size: 10), "linear.default": .linear(steps: 5), "cosine": .cosine(steps: 30),
            "oneCycle": .oneCycle(steps: 30),
        ]
        for (name, schedule) in schedules {
            let reference = try ReferenceCase.load("schedules", case: name)
            for (step, rate) in try reference.tensor("output.rates").elements.enumerated() {
                let found = schedule.learningRate(at: step, base: try reference.float("learningRate"))
                #expect(abs(found - rate) <= 2e-6 * rate, "\(name), step \(step)")
            }
        }
    }

    @Test func everyOperationIsRecorded() throws {
        #expect(try Set(ReferenceCase.load("schedules").map(\.operation)) == Set(Self.operations.keys))
    }
}
