import Foundation
import MartinetBase

extension Threads {
    /// Runs `body` with all its parallel loops on this thread, one part after the other and with the same results.
    ///
    /// For threads that work beside the one that computes, as a prefetching one: a loop of theirs would otherwise take the
    /// pool, and the next loop of the main computation would find no workers.
    package static func confined<Value, Failure: Error>(_ body: () throws(Failure) -> Value) throws(Failure) -> Value {
        let before = Confinement.enter()
        defer { Confinement.restore(before) }
        return try body()
    }
}

/// Whether a thread keeps its loops to itself, in a thread-specific value.
enum Confinement {
    private static let key: pthread_key_t = {
        var key = pthread_key_t()
        require(pthread_key_create(&key, nil) == 0, "the system has no thread-specific value left")
        return key
    }()

    static var isActive: Bool { pthread_getspecific(key) != nil }

    /// Confines this thread and returns what to restore.
    fileprivate static func enter() -> UnsafeMutableRawPointer? {
        let before = pthread_getspecific(key)
        pthread_setspecific(key, UnsafeRawPointer(bitPattern: 1))
        return before
    }

    fileprivate static func restore(_ value: UnsafeMutableRawPointer?) { pthread_setspecific(key, value) }
}
