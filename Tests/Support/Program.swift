import Foundation
import MartinetBase

/// A program that this package builds, run as a user runs it.
package struct Program: Sendable {
    /// What came of a run.
    package struct Outcome: Sendable {
        package let status: Int32
        package let output: String
        /// What it wrote to standard error, after the notice that a debug build begins with.
        package let errors: String
        /// How often it said that it is a debug build.
        package let debugBuildNotices: Int
    }

    package let name: String

    package init(_ name: String) { self.name = name }

    /// Runs it to its end, which after ten minutes is made.
    ///
    /// - Parameters:
    ///   - arguments: of the command line.
    ///   - folder: where it runs.
    ///   - interrupting: asked every few milliseconds whether it is time for Ctrl-C.
    package func run(
        _ arguments: [String], in folder: String, interrupting: (@Sendable () -> Bool)? = nil
    ) throws -> Outcome {
        let process = Process()
        process.executableURL = Self.builtProducts.appendingPathComponent(name)
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        process.environment = ProcessInfo.processInfo.environment.merging(["MARTINET_THREADS": "1"]) { $1 }
        // Files, which never fill up while nobody reads them.
        let streams = ["output", "errors"].map { FileManager.default.temporaryDirectory.path + "/\($0)-\(UUID())" }
        defer { for stream in streams { try? FileManager.default.removeItem(atPath: stream) } }
        for stream in streams { _ = FileManager.default.createFile(atPath: stream, contents: nil) }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle(forWritingAtPath: streams[0])
        process.standardError = FileHandle(forWritingAtPath: streams[1])
        try process.run()
        var isInterrupted = false
        let end = Date(timeIntervalSinceNow: 600)
        while process.isRunning {
            if !isInterrupted, let interrupting, interrupting() {
                process.interrupt()
                isInterrupted = true
            }
            // A program that hangs is not to hang the tests.
            if Date() > end { kill(process.processIdentifier, SIGKILL) }
            usleep(5000)
        }
        process.waitUntilExit()
        let notice = debugBuildNotice + "\n"
        let texts = streams.map { String(decoding: FileManager.default.contents(atPath: $0) ?? Data(), as: UTF8.self) }
        return Outcome(
            // A process that a signal ended has no status of its own.
            status: process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus,
            output: texts[0], errors: texts[1].replacingOccurrences(of: notice, with: ""),
            debugBuildNotices: texts[1].components(separatedBy: notice).count - 1)
    }

    /// The folder of the executables, which the tests' own is in, too.
    private static var builtProducts: URL {
        #if os(macOS)
        Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }!.bundleURL.deletingLastPathComponent()
        #else
        Bundle.main.bundleURL
        #endif
    }
}
