import Foundation

/// Where progress goes and in which form: a bar that is redrawn in a terminal, one plain line for each finished task
/// elsewhere, or nothing.
public struct ProgressDisplay: Sendable {
    /// The forms of progress.
    public enum Style: Sendable, Equatable {
        /// A line that is redrawn while the task runs, and replaced by a summary at its end.
        case bar

        /// The summary alone.
        case lines

        /// Nothing.
        case silent
    }

    /// The form.
    public let style: Style

    /// The present width of the terminal, in columns.
    let width: @Sendable () -> Int

    /// The time in seconds since some fixed moment.
    let now: @Sendable () -> Double

    let write: @Sendable (String) -> Void

    /// Progress that goes anywhere and runs by any clock.
    ///
    /// - Parameters:
    ///   - style: its form.
    ///   - width: the number of columns that a line may have.
    ///   - now: the time in seconds since some fixed moment; must not run backwards.
    ///   - write: gets the text piece by piece, line ends and control codes included.
    public init(
        style: Style, width: @escaping @Sendable () -> Int = { 80 },
        now: @escaping @Sendable () -> Double = ProgressDisplay.monotonicSeconds,
        write: @escaping @Sendable (String) -> Void
    ) {
        self.style = style
        self.width = width
        self.now = now
        self.write = write
    }

    /// A bar on the standard error if that is a terminal, else on the standard output if that is one; else lines on the
    /// standard error, so that a program's output stays its own.
    public static var automatic: ProgressDisplay {
        for stream in [FileHandle.standardError, .standardOutput] where isTerminal(stream) {
            return ProgressDisplay(style: .bar, width: { terminalWidth(of: stream) }, write: writer(to: stream))
        }
        return .lines
    }

    /// A line on the standard error for each finished task.
    public static var lines: ProgressDisplay {
        ProgressDisplay(style: .lines, write: writer(to: .standardError))
    }

    /// No progress at all.
    public static let silent = ProgressDisplay(style: .silent) { _ in }

    /// Seconds of the system's steady clock.
    public static let monotonicSeconds: @Sendable () -> Double = {
        let start = ContinuousClock.now
        return { (ContinuousClock.now - start) / .seconds(1) }
    }()

    private static func isTerminal(_ stream: FileHandle) -> Bool {
        // A terminal that cannot move its cursor gets lines.
        isatty(stream.fileDescriptor) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"
    }

    private static func terminalWidth(of stream: FileHandle) -> Int {
        var size = winsize()
        guard ioctl(stream.fileDescriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    private static func writer(to stream: FileHandle) -> @Sendable (String) -> Void {
        // A full disk behind a redirection must not end a training.
        { text in try? stream.write(contentsOf: Data(text.utf8)) }
    }
}
