import MartinetBase

/// Why `fit` cannot train with a batch.
public struct TrainingError: Error, CustomStringConvertible {
    /// Where in the training, which layer, what it found and what to do.
    public let description: String
}

/// Where a layer says that it cannot be trained with a batch, so that `fit` can throw an error. Outside of `fit` nobody listens,
/// and the layer stops the program.
final class BatchProblem: Sendable {
    @TaskLocal private static var current: BatchProblem?

    private let first = Locked<String?>(nil)

    /// What the first layer said; nil if none did.
    var message: String? { first.withLock { $0 } }

    /// Runs `body`, whose layers report here.
    func collecting<Result>(_ body: () -> Result) -> Result { Self.$current.withValue(self, operation: body) }

    /// Takes up `message`; stops the program with it if nobody listens.
    static func report(_ message: String) {
        guard let current else { fail(message) }
        current.first.withLock { $0 = $0 ?? message }
    }
}
