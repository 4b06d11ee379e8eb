import Martinet
import Testing

@Suite struct ScheduleTests {
    /// Checks 100 steps against what `Tests/References/printed/schedules.py` recorded: chosen steps, and the mean of rate * (step + 1).
    private func check(
        _ schedule: Schedule, _ expected: [Float], momentum expectedMomentum: [Float]? = nil, line: Int = #line
    ) {
        let optimizer = SGD([Parameter(Tensor([1]))], learningRate: 0.4, momentum: 0.9)
        let scheduler = LearningRateScheduler(optimizer, schedule)
        var rates: [Float] = []
        var momenta: [Float] = []
        for _ in 0..<100 {
            rates.append(optimizer.learningRate)
            momenta.append(optimizer.momentum)
            scheduler.step()
        }
        expectClose(rates, expected, line)
        if let expectedMomentum {
            expectClose(momenta, expectedMomentum, line)
        } else {
            #expect(momenta.allSatisfy { $0 == 0.9 })
        }
    }

    private func expectClose(_ values: [Float], _ expected: [Float], _ line: Int) {
        let weighted = values.enumerated().reduce(0.0) { $0 + Double($1.element) * Double($1.offset + 1) } / 100
        let found = [0, 1, 4, 5, 6, 29, 30, 31, 59, 60, 99].map { values[$0] } + [Float(weighted)]
        for (a, b) in zip(found, expected) {
            #expect(
                abs(a - b) <= 1e-6 * max(1, abs(b)), "\(found) differs from \(expected)",
                sourceLocation: SourceLocation(fileID: #fileID, filePath: #filePath, line: line, column: 1))
        }
        #expect(found.count == expected.count)
    }

    @Test func asPyTorch() {
        check(
            .constant(factor: 0.5, steps: 6),
            [0.2, 0.2, 0.2, 0.2, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 20.158])
        check(
            .linear(startFactor: 1, endFactor: 0.2, steps: 60),
            [
                0.4, 0.39466667, 0.37866667, 0.37333333, 0.368, 0.24533333, 0.24, 0.23466667, 0.085333333, 0.08, 0.08,
                6.0570667,
            ])
        check(
            .warmup(5),
            [0.13333333, 0.18666667, 0.34666667, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 20.181333])
        check(
            .step(size: 30),
            [0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.04, 0.04, 0.04, 0.004, 0.0004, 2.50042])
        check(
            .multiStep(milestones: [5, 30, 60], gamma: 0.5),
            [0.4, 0.4, 0.4, 0.2, 0.2, 0.2, 0.1, 0.1, 0.1, 0.05, 0.05, 3.935])
        check(
            .exponential(gamma: 0.97),
            [
                0.4, 0.388, 0.35411712, 0.34349361, 0.3331888, 0.16536374, 0.16040283, 0.15559074, 0.066312028,
                0.064322668, 0.019609282, 3.5990665,
            ])
        check(
            .polynomial(steps: 60, power: 2),
            [
                0.4, 0.38677778, 0.34844444, 0.33611111, 0.324, 0.10677778, 0.1, 0.093444444, 0.00011111111, 0, 0,
                1.2816778,
            ])
        check(
            .cosine(steps: 100),
            [
                0.4, 0.39990131, 0.39842294, 0.39753767, 0.39645745, 0.32258141, 0.31755705, 0.31241668, 0.14420178,
                0.1381966, 9.8687927e-05, 6.1488193,
            ])
        check(
            .cosine(steps: 60, minimum: 0.01),
            [
                0.4, 0.39973276, 0.39573878, 0.39335554, 0.39045602, 0.21520551, 0.205, 0.19479449, 0.010267241, 0.01,
                0.29352815, 6.6917364,
            ])
        check(
            .oneCycle(steps: 100),
            [
                0.016, 0.017125512, 0.033745519, 0.043483422, 0.055150131, 0.4, 0.39979861, 0.39919486, 0.24450481,
                0.23571204, 1.6e-06, 8.3763874,
            ],
            momentum: [
                0.95, 0.9497069, 0.94537877, 0.94284286, 0.93980465, 0.85, 0.85005035, 0.85020129, 0.88887395,
                0.89107216, 0.95, 45.886513,
            ])
        check(
            .oneCycle(
                steps: 100, warmup: 0.4, annealing: .linear, threePhase: true, divisor: 10, finalDivisor: 100,
                momentum: 0.8...0.9),
            [
                0.04, 0.049230769, 0.076923077, 0.086153846, 0.095384615, 0.30769231, 0.31692308, 0.32615385,
                0.21538462, 0.20615385, 0.0004, 7.22944,
            ],
            momentum: [
                0.9, 0.8974359, 0.88974359, 0.88717949, 0.88461538, 0.82564103, 0.82307692, 0.82051282, 0.85128205,
                0.85384615, 0.9, 43.89,
            ])
        check(
            .warmup(5, startFactor: 0.1).then(.cosine(steps: 95)),
            [
                0.04, 0.112, 0.328, 0.4, 0.39989065, 0.34024736, 0.33545631, 0.33051715, 0.15734007, 0.1509029,
                0.00010934853, 6.5537719,
            ])
        check(
            .sequential(
                [.constant(factor: 0.1, steps: 30), .exponential(gamma: 0.9), .step(size: 3, gamma: 0.5)],
                milestones: [30, 60]),
            [0.04, 0.04, 0.04, 0.04, 0.04, 0.04, 0.4, 0.36, 0.018840515, 0.4, 4.8828125e-05, 3.2270489])
    }

    @Test func oneCycleStaysAtItsEnd() {
        let schedule = Schedule.oneCycle(steps: 10, momentum: nil)
        #expect(schedule.learningRate(at: 3, base: 1) > 0.9)
        #expect(abs(schedule.learningRate(at: 9, base: 1) - 1 / 25e4) < 1e-9)
        #expect(schedule.learningRate(at: 500, base: 1) == schedule.learningRate(at: 9, base: 1))
        #expect(schedule.momentum(at: 3) == nil)
        // So short that there is no climb.
        for steps in 1...4 {
            let short = Schedule.oneCycle(steps: steps)
            for step in 0..<steps { #expect((0...1).contains(short.learningRate(at: step, base: 1))) }
        }
    }

    @Test func lengthsAddUp() {
        #expect(Schedule.warmup(5).then(.cosine(steps: 95)).length == 100)
        #expect(Schedule.constant.then(.linear(steps: 3), after: 4).length == 7)
        #expect(Schedule.warmup(5).then(.exponential(gamma: 0.9)).length == nil)
        let three = Schedule.warmup(2).then(.constant(factor: 1, steps: 3)).then(.step(size: 1, gamma: 0.5))
        #expect((0..<8).map { three.learningRate(at: $0, base: 3) } == [1, 2, 3, 3, 3, 3, 1.5, 0.75])
    }

    @Test func groupsKeepTheirOwnRates() {
        let optimizer = AdamW(groups: [
            ParameterGroup([Parameter(Tensor([1]))], learningRate: 0.5),
            ParameterGroup([Parameter(Tensor([1]))], learningRate: 0.25),
        ])
        let scheduler = LearningRateScheduler(optimizer, .step(size: 2, gamma: 0.5))
        for _ in 0..<4 { scheduler.step() }
        #expect(optimizer.groups.map(\.learningRate) == [0.125, 0.0625])
        #expect(optimizer.groups.map(\.baseLearningRate) == [0.5, 0.25])
        scheduler.stepCount = 2
        #expect(optimizer.groups.map(\.learningRate) == [0.25, 0.125])
        Schedule { step, base in base + Double(step) }.apply(to: optimizer, step: 3)
        #expect(optimizer.groups.map(\.learningRate) == [3.5, 3.25])
    }

    @Test func oneCycleChangesAdamsFirstBeta() {
        let optimizer = Adam([Parameter(Tensor([1]))], learningRate: 0.5)
        _ = LearningRateScheduler(optimizer, .oneCycle(steps: 10))
        #expect(optimizer.betas == (0.95, 0.999))
    }

    @Test func mistakesStop() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Schedule.constant.then(.cosine(steps: 3))
        }
        let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(message.contains("Schedule.then: the first schedule has no end"))
        await #expect(processExitsWith: .failure) {
            _ = Schedule.sequential([.constant, .constant, .constant], milestones: [4, 3])
        }
    }
}
