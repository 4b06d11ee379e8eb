import Foundation

/// A value that one thread at a time may touch.
///
/// As the standard library's `Mutex`, on a lock of the system: a thread sanitizer knows those, while what `Mutex` does
/// when two threads want it at once happens inside the Swift runtime, out of the sanitizer's sight, and is reported as a
/// race that is none.
///
/// Inlinable, because arrays ask for memory under such a lock: other modules get code for their own type of value.
package final class Locked<Value>: @unchecked Sendable {
    // @unchecked: `value` is touched under `lock` only.

    @usableFromInline var value: Value
    @usableFromInline let lock: UnsafeMutablePointer<pthread_mutex_t>

    @inlinable
    package init(_ value: sending Value) {
        self.value = value
        lock = .allocate(capacity: 1)
        require(pthread_mutex_init(lock, nil) == 0, "the system cannot make a lock")
    }

    deinit {
        pthread_mutex_destroy(lock)
        lock.deallocate()
    }

    /// Calls `body` with the value while no other thread has it. `body` must not ask for the same value again.
    @inlinable
    package func withLock<Result, Failure: Error>(
        _ body: (inout Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        return try body(&value)
    }
}
