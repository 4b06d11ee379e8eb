import CKernels
import Foundation
import Testing

@testable import MartinetCore

/// How far elementary functions are from the true values, over all floats: one bit pattern in so many, zeros, denormal numbers
/// and infinities among them. Each instruction set in a process of its own, since it is set for the whole process.
///
/// MARTINET_PRECISION_STRIDE is the distance of the bit patterns; where it is set, the table of docs/precision.md is printed.
@Suite struct PrecisionTests {
    @Test func plain() async throws {
        let result = try #require(
            await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
                Precision.check(Int(MK_SIMD_PLAIN))
            })
        show(result)
    }

    @Test(.enabled(if: mk_simd_supported() >= MK_SIMD_AVX2))
    func avx2() async throws {
        let result = try #require(
            await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
                Precision.check(Int(MK_SIMD_AVX2))
            })
        show(result)
    }

    @Test(.enabled(if: mk_simd_supported() >= MK_SIMD_AVX512))
    func avx512() async throws {
        let result = try #require(
            await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
                Precision.check(Int(MK_SIMD_AVX512))
            })
        show(result)
    }

    private func show(_ result: ExitTest.Result) {
        if Precision.stride != nil { print(String(decoding: result.standardOutputContent, as: UTF8.self)) }
    }
}

/// A function, and how far from the true value it may be.
private struct Measured {
    let name: String
    /// In units in the last place of the true value, or of `scale`.
    let bound: Double
    let compute: (NDArray) -> NDArray
    let exact: (Double) -> Double
    /// What the error is measured by, where that is not the result: a gradient's larger term, whose sum is 0 somewhere.
    var scale: ((Double) -> Double)?

    init(
        _ name: String, within bound: Double, _ compute: @escaping (NDArray) -> NDArray,
        _ exact: @escaping (Double) -> Double, by scale: ((Double) -> Double)? = nil
    ) {
        self.name = name
        self.bound = bound
        self.compute = compute
        self.exact = exact
        self.scale = scale
    }
}

private enum Precision {
    static var stride: Int? { ProcessInfo.processInfo.environment["MARTINET_PRECISION_STRIDE"].flatMap { Int($0) } }

    private static func sigmoid(_ x: Double) -> Double { x > 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x)) }
    private static func normal(_ x: Double) -> Double { erfc(-x / 2.0.squareRoot()) / 2 }
    private static func density(_ x: Double) -> Double { exp(-x * x / 2) / (2 * Double.pi).squareRoot() }
    /// The limit where a factor is 0 and the other infinite.
    private static func product(_ x: Double, _ y: Double) -> Double { y == 0 ? 0 : x * y }

    private static func gradient(_ operation: BinaryOperation) -> (NDArray) -> NDArray {
        { .combine(NDArray(scalar: 1), operation, $0) }
    }

    private static var functions: [Measured] {
        [
            Measured("exp", within: 1.1, { $0.map(.exp) }, exp),
            Measured("log", within: 0.8, { $0.map(.log) }, log),
            Measured("sqrt", within: 0.5001, { $0.map(.sqrt) }, { $0.squareRoot() }),
            Measured("reciprocal", within: 0.5001, { $0.map(.reciprocal) }, { 1 / $0 }),
            Measured("sin", within: 1, { $0.map(.sin) }, sin),
            Measured("cos", within: 1, { $0.map(.cos) }, cos),
            Measured("tanh", within: 1.4, { $0.map(.tanh) }, tanh),
            Measured("sigmoid", within: 2.5, { $0.map(.sigmoid) }, sigmoid),
            Measured("softplus", within: 1.7, { $0.map(.softplus) }, { max($0, 0) + log1p(exp(-abs($0))) }),
            Measured("silu", within: 2.4, { $0.map(.silu) }, { product($0, sigmoid($0)) }),
            Measured("gelu", within: 6.5, { $0.map(.gelu) }, { product($0, normal($0)) }),
            Measured("erf", within: 1.2, { $0.map(.erf) }, erf),
            Measured(
                "gradient of silu", within: 4.5, gradient(.siluGradient),
                { product(1 + product($0, sigmoid(-$0)), sigmoid($0)) },
                by: { max(sigmoid($0), product(abs($0), sigmoid($0) * sigmoid(-$0))) }),
            Measured(
                "gradient of gelu", within: 4.5, gradient(.geluGradient), { normal($0) + product($0, density($0)) },
                by: { max(normal($0), product(abs($0), density($0))) }),
            Measured(
                "gradient of erf", within: 2.5, gradient(.erfGradient), { 2 / Double.pi.squareRoot() * exp(-$0 * $0) }),
            Measured(
                "power of 1.7", within: 1, { .combine($0, .power, NDArray(scalar: 1.7)) },
                { pow($0, Double(Float(1.7))) }),
            Measured("power of -3", within: 1, { .combine($0, .power, NDArray(scalar: -3)) }, { pow($0, -3) }),
        ]
    }

    static func check(_ level: Int) {
        mk_set_simd_level(Int32(level))
        for function in functions {
            let worst = worstError(of: function)
            if stride != nil { print("| \(function.name) | \(worst.error) | at \(worst.x) |") }
            #expect(
                worst.error <= function.bound,
                "level \(level): \(function.name)(\(worst.x)) is off by \(worst.error) units in the last place")
        }
        let softmax = worstSoftmaxError()
        if stride != nil { print("| softmax, log-softmax | \(softmax) |") }
        #expect(softmax.0 < 4 && softmax.1 < 4, "level \(level): softmax and log-softmax are off by \(softmax)")
    }

    private static func worstError(of function: Measured) -> (error: Double, x: Float) {
        let step = stride ?? 9973
        let special: [Float] = [
            0, -0.0, .infinity, -.infinity, .nan, .leastNonzeroMagnitude, -.leastNonzeroMagnitude,
            .leastNormalMagnitude,
            -.leastNormalMagnitude, .greatestFiniteMagnitude, -.greatestFiniteMagnitude, 1, -1, 88.72284, 88.7229,
            -87.33655, -103.28, -103.98, 1e-8, 1e-6, 1e-5,
        ]
        var worst = (error: -1.0, x: Float(0))
        for start in Swift.stride(from: -1, through: Int(UInt32.max), by: step << 14) {
            let inputs =
                start < 0
                ? special
                : Swift.stride(from: start, through: min(start + step << 14 - 1, Int(UInt32.max)), by: step)
                    .map { Float(bitPattern: UInt32($0)) }
            for (x, result) in zip(inputs, function.compute(NDArray(inputs, shape: [inputs.count])).elements) {
                let exact = function.exact(Double(x))
                let error = error(result, exact, by: function.scale?(Double(x)) ?? exact)
                if !(error <= worst.error) { worst = (error, x) }
                // Odd functions keep the sign of zero.
                if x == 0, exact == 0, exact.sign != result.sign { return (.infinity, x) }
            }
        }
        return worst
    }

    /// The distance of `result` from `exact` in units in the last place of `scale`; infinite where one is no number, or infinite,
    /// and the other not.
    private static func error(_ result: Float, _ exact: Double, by scale: Double) -> Double {
        if exact.isNaN || result.isNaN { return exact.isNaN && result.isNaN ? 0 : .infinity }
        let limit = 0x1p128
        if exact.magnitude >= limit - 0x1p103 {
            return Double(result) == (exact < 0 ? -.infinity : .infinity) ? 0 : .infinity
        }
        let found = result.isInfinite ? (result < 0 ? -limit : limit) : Double(result)
        let exponent = scale == 0 ? -126 : min(max(scale.exponent, -126), 127)
        return abs(found - exact) / Double(sign: .plus, exponent: exponent - 23, significand: 1)
    }

    /// Of probabilities in units in their last place, of their logarithms in those of the larger of themselves and 1.
    private static func worstSoftmaxError() -> (Double, Double) {
        let (rows, classes) = (500, 37)
        let logits = NDArray.uniform([rows, classes], generator: RandomGenerator(seed: 5)) * 8
        let (softmax, logSoftmax) = (logits.softmax(axis: 1).elements, logits.logSoftmax(axis: 1).elements)
        var worst = (0.0, 0.0)
        for row in 0..<rows {
            let x = logits.elements[row * classes..<(row + 1) * classes].map(Double.init)
            let largest = x.max() ?? 0
            let sum = x.reduce(0) { $0 + exp($1 - largest) }
            for (index, value) in x.enumerated() {
                let place = row * classes + index
                let (power, logarithm) = (exp(value - largest) / sum, value - largest - log(sum))
                worst.0 = max(worst.0, error(softmax[place], power, by: power))
                worst.1 = max(worst.1, error(logSoftmax[place], logarithm, by: max(1, abs(logarithm))))
            }
        }
        return worst
    }
}
