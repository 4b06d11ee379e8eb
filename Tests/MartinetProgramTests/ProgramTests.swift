import Foundation
import MartinetTestSupport
import Testing

/// Complete programs of users, which see what is public and nothing else: each learns what it is there for, in forty lines at
/// most.
@Suite struct ProgramTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let program, folder: String
        /// The number behind this text in the output is the result.
        let result: String
        let expected: ClosedRange<Double>

        var testDescription: String { program }
    }

    static let cases = [
        Case(program: "program-regression", folder: "Regression", result: "new points: ", expected: 0...0.08),
        Case(program: "program-autoencoder", folder: "Autoencoder", result: "first, ", expected: 0...0.01),
        Case(program: "program-two-inputs", folder: "TwoInputs", result: "accuracy: ", expected: 0.93...1),
        Case(program: "program-pixel-mask", folder: "PixelMask", result: "overlap: ", expected: 0.8...1),
        Case(program: "program-own-data", folder: "OwnData", result: "recall: ", expected: 0.8...1),
    ]

    @Test(arguments: cases)
    func learns(test: Case) throws {
        let outcome = try Program(test.program).run([], in: FileManager.default.temporaryDirectory.path)
        #expect(outcome.status == 0, "\(outcome.errors)")
        let text = try #require(outcome.output.range(of: test.result), "\(outcome.output)")
        let number = outcome.output[text.upperBound...].prefix { "0123456789.e-".contains($0) }
        let value = try #require(Double(number), "\(outcome.output)")
        #expect(test.expected.contains(value), "\(outcome.output)")
    }

    @Test(arguments: cases)
    func isShort(test: Case) throws {
        let source = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../Programs/\(test.folder)/main.swift")
        let lines = try String(contentsOf: source, encoding: .utf8).split(
            separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count <= 41, "40 lines and the end of the last")
        #expect(!lines.contains { $0.contains("@testable") || $0.contains("import MartinetCore") })
    }
}
