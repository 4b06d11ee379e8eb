import Foundation
import Synchronization

/// Turns the first Ctrl-C (`SIGINT`) into a request to stop in good order; the second ends the program as usual.
///
/// ```swift
/// let interrupt = Interrupt()
/// let history = try model.fit(train, epochs: 100, shouldStop: { interrupt.isRequested })
/// ```
///
/// There is one in a program; a second one shares the first one's state.
public struct Interrupt: Sendable {
    /// From now on, Ctrl-C is a request.
    public init() {
        // Touched before a signal can come: the handler must not be the one who makes it.
        _ = requested.load(ordering: .relaxed)
        signal(SIGINT) { _ in
            requested.store(true, ordering: .relaxed)
            signal(SIGINT, SIG_DFL)
        }
    }

    /// Whether Ctrl-C has been pressed.
    public var isRequested: Bool { requested.load(ordering: .relaxed) }
}

private let requested = Atomic<Bool>(false)
