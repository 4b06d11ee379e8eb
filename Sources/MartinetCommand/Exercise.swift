import ArgumentParser
import Martinet

/// A program around a lesson: options before it, and what comes of it behind it. Ctrl-C ends the lesson after the current step;
/// the program then shows what there is, and ends with exit code 130.
public protocol Exercise: CommandLineProgram {
    /// Runs the lesson and shows what comes of it. Looks at `Interrupt.isRequested` between steps.
    func perform() throws
}

extension Exercise {
    public func run() throws {
        Interrupt.listen()
        try perform()
        try checkInterrupt()
    }

    /// Ends the program if Ctrl-C has been pressed.
    public func checkInterrupt() throws { if Interrupt.isRequested { throw ExitCode(130) } }
}

extension TrainingOptions {
    /// The options of a `fit` with this seed, which ends when Ctrl-C is pressed.
    public var fit: FitOptions { FitOptions(seed: seed, shouldStop: { Interrupt.isRequested }) }
}
