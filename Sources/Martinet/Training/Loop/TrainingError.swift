import MartinetBase

/// Why `fit` cannot train with a batch, or validate with it or with a data set.
public struct TrainingError: Error, CustomStringConvertible {
    /// Where in the training, which layer or transform, what it found and what to do.
    public let description: String
}

/// Where a layer says that it cannot be trained with a batch, and a transform that it cannot take a sample, so that `fit` can
/// throw an error. Outside of `fit` nobody listens, and they stop the program.
package final class BatchProblem: Sendable {
    @TaskLocal private static var current: BatchProblem?

    private let first = Locked<String?>(nil)

    /// What was said first; nil if nothing was.
    var message: String? { first.withLock { $0 } }

    /// Runs `body`, whose layers and transforms report here.
    func collecting<Result>(_ body: () -> Result) -> Result { Self.$current.withValue(self, operation: body) }

    /// Takes up `message`; stops the program with it if nobody listens. Whoever reports goes on with something that is harmless,
    /// such as the sample as it is: nothing will be computed of the batch.
    package static func report(_ message: String) {
        guard let current else { fail(message) }
        current.first.withLock { $0 = $0 ?? message }
    }
}
