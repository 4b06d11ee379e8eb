// Makes mistakes that programs make, one in a process of its own each, and fails unless every process ends with a message that
// says what is wrong. Built for release, where the standard library's own checks keep their messages to themselves.
//
//     swift run -c release Mistakes           all of them
//     swift run -c release Mistakes matmul    one of them, in this process

import Foundation

guard CommandLine.arguments.count > 1 else {
    let silent = mistakes.filter { !$0.speaks() }
    print("\(mistakes.count - silent.count) of \(mistakes.count) mistakes say what is wrong")
    exit(silent.isEmpty ? EXIT_SUCCESS : EXIT_FAILURE)
}
guard let mistake = mistakes.first(where: { $0.name == CommandLine.arguments[1] }) else {
    print("there is no mistake \(CommandLine.arguments[1])")
    exit(EXIT_FAILURE)
}
mistake.make()
print("nobody minded")

extension Mistake {
    /// Makes the mistake in another process. Whether that ended with a failure and all the words in one message; if not, it is
    /// printed.
    func speaks() -> Bool {
        let process = Process()
        process.executableURL = Bundle.main.executableURL
        process.arguments = [name]
        // The message is what counts here, not the addresses behind it.
        process.environment = ProcessInfo.processInfo.environment.merging(["SWIFT_BACKTRACE": "enable=no"]) { $1 }
        let errors = Pipe()
        process.standardError = errors
        process.standardOutput = FileHandle.nullDevice
        do {
            try process.run()
        } catch {
            print("\(name): \(error)")
            return false
        }
        let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        let ended = process.terminationReason == .uncaughtSignal || process.terminationStatus != 0
        let missing = words.filter { !text.contains($0) }
        guard !ended || !missing.isEmpty else { return true }
        print("\(name): expected a failure that says \(words), found \(ended ? "one" : "none") that says: \(text)")
        return false
    }
}
