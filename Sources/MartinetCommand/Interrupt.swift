import Foundation
import Synchronization

/// Ctrl-C as a question that long work asks between its steps, so that it can stop with everything whole. A second Ctrl-C
/// ends the process at once.
public enum Interrupt {
    private static let requested = Atomic<Bool>(false)

    /// Whether Ctrl-C has been pressed since `listen()`.
    public static var isRequested: Bool { requested.load(ordering: .relaxed) }

    /// Takes over Ctrl-C from the system's default, which is to end the process.
    public static func listen() {
        // A handler may not be what first touches the flag: making it is not safe there.
        _ = isRequested
        // Who starts the program may have blocked the signal, as Foundation's Process does.
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGINT)
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
        signal(SIGINT) { _ in
            Interrupt.requested.store(true, ordering: .relaxed)
            signal(SIGINT, SIG_DFL)
        }
    }
}
