import ArgumentParser
import MartinetBase

/// A program of this package. When it was built without optimisation it says so before it runs.
public protocol CommandLineProgram: ParsableCommand {}

extension CommandLineProgram {
    /// Parses the arguments and runs the command, or the subcommand, that they name.
    public static func main() {
        do {
            var command = try parseAsRoot()
            noteDebugBuild()
            try command.run()
        } catch {
            exit(withError: error)
        }
    }
}
