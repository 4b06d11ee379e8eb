import Foundation
import MartinetBase

/// Makes items 0, 1, 2 … on threads of its own and hands them out in that order, never more than `capacity` ahead.
///
/// Whoever makes one must call `stop()` when it wants no more.
final class Prefetcher<Item: Sendable>: @unchecked Sendable {
    // @unchecked: everything that changes is read and written under `condition`'s lock.

    private let count: Int
    private let capacity: Int
    private let make: @Sendable (Int) -> Item
    private let condition = NSCondition()
    private var ready: [Int: Item] = [:]
    private var nextToMake = 0
    private var nextToTake = 0
    private var running: Int
    private var stopped = false

    init(count: Int, capacity: Int, workers: Int, make: @escaping @Sendable (Int) -> Item) {
        self.count = count
        self.capacity = capacity
        self.make = make
        running = min(workers, capacity, count)
        for worker in 0..<running {
            let thread = Thread { [self] in work() }
            thread.name = "martinet-data-\(worker)"
            // As much as a main thread has: a data set's reader or a transform may be anything.
            thread.stackSize = 8 << 20
            thread.start()
        }
    }

    /// The next item; waits until it is made. Not after the last, and not after `stop()`.
    func take() -> Item {
        condition.lock()
        defer { condition.unlock() }
        require(nextToTake < count && !stopped, "no item is left to take")
        while true {
            if let item = ready.removeValue(forKey: nextToTake) {
                nextToTake += 1
                condition.broadcast()
                return item
            }
            condition.wait()
        }
    }

    /// Throws away what is ready and returns when no thread makes anything any more.
    func stop() {
        condition.lock()
        defer { condition.unlock() }
        stopped = true
        ready = [:]
        condition.broadcast()
        while running > 0 { condition.wait() }
    }

    private func work() {
        // The pool of the parallel loops is the consumer's, who computes meanwhile.
        Threads.confined {
            while let number = claim() {
                let item = make(number)
                condition.lock()
                if !stopped { ready[number] = item }
                condition.broadcast()
                condition.unlock()
            }
        }
        condition.lock()
        running -= 1
        condition.broadcast()
        condition.unlock()
    }

    /// The number of the next item to make, as soon as there is room for it; nil if there is nothing more to do.
    private func claim() -> Int? {
        condition.lock()
        defer { condition.unlock() }
        while !stopped && nextToMake < count && nextToMake >= nextToTake + capacity { condition.wait() }
        guard !stopped && nextToMake < count else { return nil }
        nextToMake += 1
        return nextToMake - 1
    }
}
