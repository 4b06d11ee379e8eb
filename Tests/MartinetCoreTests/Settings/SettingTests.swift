import Foundation
import MartinetBase
import Testing

/// Settings from the environment, each read in a process of its own.
@Suite struct SettingTests {
    private enum Size: String, CaseIterable { case small, large }

    @Test func whatIsUnderstoodIsUsedInSilence() async throws {
        let result = try #require(
            await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
                setenv("MARTINET_TEST", "large", 1)
                #expect(Setting.choice("MARTINET_TEST", "being small") == Size.large)
                setenv("MARTINET_TEST", "", 1)
                #expect((Setting.choice("MARTINET_TEST", "being small") as Size?) == nil)
                unsetenv("MARTINET_TEST")
                #expect((Setting.choice("MARTINET_TEST", "being small") as Size?) == nil)
            })
        #expect(!String(decoding: result.standardErrorContent, as: UTF8.self).contains("martinet:"))
    }

    @Test func whatIsNotUnderstoodIsSaidOnce() async throws {
        let result = try #require(
            await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
                setenv("MARTINET_TEST", "huge", 1)
                for _ in 0..<3 {
                    #expect((Setting.choice("MARTINET_TEST", "being small") as Size?) == nil)
                }
            })
        let said = String(decoding: result.standardErrorContent, as: UTF8.self)
        let complaint = "martinet: MARTINET_TEST is \"huge\", expected one of small, large; being small\n"
        #expect(said.components(separatedBy: complaint).count == 2, "\(said)")
    }

    @Test func aClosedStandardErrorHarmsNobody() async {
        await #expect(processExitsWith: .success) {
            setenv("MARTINET_TEST", "huge", 1)
            close(STDERR_FILENO)
            #expect(Setting.read("MARTINET_TEST", expected: "a number", otherwise: 7, "using 7") { Int($0) } == 7)
        }
    }
}
