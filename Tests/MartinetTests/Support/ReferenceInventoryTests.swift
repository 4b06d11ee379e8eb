import Foundation
import Martinet
import Testing

/// That nothing recorded is lost, and that a test whose recording is missing or damaged fails.
@Suite struct ReferenceInventoryTests {
    /// The number of cases in each family's file.
    static let families = [
        "elementwise": 221, "reductions": 254, "shapes": 141, "convolution": 68, "pooling": 95, "normalization": 26,
        "losses": 129, "optimizers": 45, "schedules": 17, "initializers": 65, "network": 1, "recurrent": 30,
    ]

    @Test(arguments: families.sorted { $0.key < $1.key })
    func holdsEveryCase(family: String, count: Int) throws {
        let cases = try ReferenceCase.load(family)
        #expect(cases.count == count)
        #expect(Set(cases.map(\.name)).count == count)
        for reference in cases {
            #expect(!reference.names("output").isEmpty, "\(reference.name) has no outputs")
        }
    }

    @Test func everyFileIsListed() throws {
        let directory = try #require(Bundle.module.url(forResource: "References", withExtension: nil))
        let files = try FileManager.default.contentsOfDirectory(atPath: directory.path)
        #expect(files.sorted() == Self.families.keys.map { $0 + ".safetensors" }.sorted())
    }

    @Test func whatIsMissingIsAnError() throws {
        #expect(throws: ReferenceError.self) { try ReferenceCase.load("nothing") }
        #expect(throws: ReferenceError.self) { try ReferenceCase.load("shapes", case: "nothing") }
        let reference = try ReferenceCase.load("shapes", case: "reshape")
        #expect(throws: ReferenceError.self) { try reference.tensor("input.nothing") }
        #expect(throws: ReferenceError.self) { try reference.int("nothing") }
    }

    @Test func wrongResultsDisagree() throws {
        let reference = try ReferenceCase.load("elementwise", case: "exp")
        #expect(try reference.disagreements { ["y": exp(try $0("x"))] } == [])
        #expect(try reference.disagreements { ["y": try $0("x")] }.count == 2)
        #expect(try reference.disagreements { ["y": exp(try $0("x").detached)] }.count == 1)
        #expect(try reference.disagreements { ["y": exp(try $0("x")).reshaped([-1])] }.count == 1)
        #expect(try reference.disagreements { ["other": exp(try $0("x"))] }.count == 1)
        #expect(relativeError([1, .nan], [1, 2]).isNaN)
        #expect(relativeError([1, 2.0001], [1, 2]) > Tolerance.forward)
        #expect(relativeError([0, 1e-3], [0, 0]) > Tolerance.forward)
        #expect(disagreement("", Tensor([.nan]), Tensor([1]), within: 1) != nil)
    }
}
