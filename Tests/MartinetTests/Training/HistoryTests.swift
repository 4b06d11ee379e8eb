import Foundation
import Martinet
import Testing

@Suite struct HistoryTests {
    private let history = History(
        epochs: [
            .init(
                number: 1,
                values: [
                    .loss: 0.1 + 0.2, .accuracy: 0.75, .validation(.loss): 0.5, .validation(.accuracy): 1.0 / 3,
                    .learningRate: Double(Float(0.1)), .seconds: 12.5, .millisecondsPerStep: 402.25,
                ]),
            .init(number: 2, values: [.loss: 1e-30, .seconds: 11, .validation(.loss): .infinity]),
        ], ending: .stopped, endingReason: "a \"reason\", with commas")

    private func withFolder(_ body: (URL) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "history-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder)
    }

    @Test func roundTripsAsJSON() throws {
        try withFolder { folder in
            let file = folder.appending(path: "run.json")
            try history.write(to: file)
            #expect(try History(contentsOf: file) == history)
        }
        let text = history.json
        #expect(text.contains("\"validationAccuracy\" : 0.3333333333333333"))
        #expect(text.contains("\"epoch\" : 1"))
        #expect(text.contains("\"validationLoss\" : \"inf\""))
        #expect(text.contains("\"ending\" : \"stopped\""))
    }

    @Test func roundTripsAsCSV() throws {
        #expect(
            history.csv == """
                epoch,loss,accuracy,validationLoss,validationAccuracy,learningRate,seconds,millisecondsPerStep
                1,0.30000000000000004,0.75,0.5,0.3333333333333333,0.10000000149011612,12.5,402.25
                2,1e-30,,inf,,,11.0,

                """)
        try withFolder { folder in
            let file = folder.appending(path: "run.csv")
            try history.write(to: file)
            #expect(try History(contentsOf: file).epochs == history.epochs)
        }
        #expect(History().csv == "epoch\n")
    }

    @Test(arguments: [
        ("a.json", "", "is not a history in JSON"),
        ("a.json", "{\"epochs\": [{\"epoch\": 1}, {\"loss\": 2}]}", "\"epoch\" is missing (at .epochs[1])"),
        ("a.json", "{\"epochs\": [{\"epoch\": 1, \"loss\": \"low\"}]}", "expected a number, found \"low\""),
        ("a.csv", "", "line 1: expected the names of the columns"),
        ("a.csv", "epoch,loss,loss\n1,2,3\n", "line 1: expected the names of the columns"),
        ("a.csv", "epoch,loss\n1,2\n2\n", "line 3: expected 2 fields, found 1"),
        ("a.csv", "epoch,loss\n1,2\nx,2\n", "line 3: expected an epoch's number, found \"x\""),
        ("a.csv", "epoch,loss\n1,low\n", "line 2, loss: expected a number, found \"low\""),
        ("a.csv", "\u{FF}", "line 1"),
    ])
    func brokenFilesAreErrors(name: String, text: String, message: String) throws {
        try withFolder { folder in
            let file = folder.appending(path: name)
            try Data(text.utf8).write(to: file)
            let error = #expect(throws: HistoryError.self) { try History(contentsOf: file) }
            #expect(error?.path == file.path)
            #expect(error?.description.contains(message) == true, "\(String(describing: error))")
        }
    }

    @Test func unreachableFilesAreErrors() throws {
        try withFolder { folder in
            let file = folder.appending(path: "missing/run.json")
            #expect(throws: HistoryError.self) { try history.write(to: file) }
            let error = #expect(throws: HistoryError.self) { try History(contentsOf: file) }
            #expect(error?.description.hasPrefix(file.path + ": cannot be read: ") == true)
        }
    }
}
