import Foundation
import MartinetBase
import Synchronization

/// The worker threads behind `parallelFor`. The caller is worker 0; the pool holds the others.
///
/// One loop runs at a time. A loop inside a loop, one that finds the pool taken by another thread, or one in
/// `Threads.confined` runs inline on its caller, so nothing ever waits for a worker that waits for it.
final class ThreadPool: Sendable {
    static let shared = ThreadPool()

    /// A loop's body, at an address on the caller's stack.
    private struct Job: @unchecked Sendable {
        // @unchecked: the body is `@Sendable`, so any thread may call it, and it is there as long as one does: `run` returns
        // after every worker that has a part in the loop has reported, and a worker without a part does not look at it.
        var body: UnsafePointer<@Sendable (Int) -> Void>?
        var workers = 0
        var generation = 0
    }

    private struct State {
        var threads = 1
        var started = 0
    }

    private let state = Locked(State())
    private let condition = NSCondition()
    private let generation = Atomic<Int>(0)
    private let remaining = Atomic<Int>(0)
    private let busy = Atomic<Bool>(false)
    private let job = Locked(Job())

    /// How long a worker looks out for the next job before it sleeps. Waking it takes a loop's time, and between the loops
    /// of a step there are some ten microseconds at most.
    private static let patience = Duration.microseconds(300)

    private static let cores = ProcessInfo.processInfo.activeProcessorCount

    private init() {
        state.withLock { $0.threads = Threads.fromEnvironment() }
    }

    var threads: Int {
        get { state.withLock { $0.threads } }
        set {
            require(newValue >= 1, "the number of threads must be at least 1, found \(newValue)")
            state.withLock { $0.threads = newValue }
        }
    }

    /// Runs `body(0)` … `body(workers - 1)`, in parallel where the pool is free, and returns when all have.
    func run(workers: Int, _ body: @Sendable (Int) -> Void) {
        guard workers > 1, !Confinement.isActive, !busy.exchange(true, ordering: .acquiring) else {
            for worker in 0..<workers { body(worker) }
            return
        }
        defer { busy.store(false, ordering: .releasing) }
        start(workers - 1)
        withoutActuallyEscaping(body) { body in
            withUnsafePointer(to: body) { pointer in
                let next = generation.load(ordering: .relaxed) + 1
                let published = Job(body: pointer, workers: workers, generation: next)
                remaining.store(workers - 1, ordering: .relaxed)
                job.withLock { $0 = published }
                condition.lock()
                generation.store(next, ordering: .releasing)
                condition.broadcast()
                condition.unlock()
                body(0)
                // The loops are balanced, so the others are about to finish; yield in case they share this core.
                let isDone = Self.looksOut(workers: workers) { remaining.load(ordering: .acquiring) == 0 }
                while !isDone && remaining.load(ordering: .acquiring) > 0 { sched_yield() }
            }
        }
    }

    /// Makes sure that workers 1 ... `count` exist.
    private func start(_ count: Int) {
        let first = state.withLock { state -> Int in
            let first = state.started + 1
            state.started = max(state.started, count)
            return first
        }
        guard first <= count else { return }
        let seen = generation.load(ordering: .acquiring)
        for worker in first...count {
            let thread = Thread { [unowned self] in self.work(as: worker, after: seen) }
            thread.name = "martinet-\(worker)"
            thread.stackSize = 8 << 20
            thread.start()
        }
    }

    /// A worker's life: wait for the next generation, take part if the job wants this many, report.
    private func work(as worker: Int, after generationAtStart: Int) {
        var seen = generationAtStart
        var workers = worker + 1
        while true {
            waitForGeneration(after: seen, workers: workers)
            // A worker that had no part in the last loop may find the next one published before it is announced.
            let current = job.withLock { $0 }
            guard current.generation != seen else { continue }
            seen = current.generation
            workers = current.workers
            guard worker < current.workers, let body = current.body else { continue }
            body.pointee(worker)
            remaining.subtract(1, ordering: .releasing)
        }
    }

    private func waitForGeneration(after seen: Int, workers: Int) {
        if Self.looksOut(workers: workers, for: { generation.load(ordering: .acquiring) != seen }) { return }
        condition.lock()
        defer { condition.unlock() }
        while generation.load(ordering: .acquiring) == seen { condition.wait() }
    }

    /// Waits for `condition` without sleeping, and says whether it came true before patience ran out. Where there are more
    /// workers than cores there is no patience: it would keep the others from their work.
    private static func looksOut(workers: Int, for condition: () -> Bool) -> Bool {
        if condition() { return true }
        guard workers <= cores else { return false }
        let end = ContinuousClock.now + patience
        repeat {
            for _ in 0..<200 where condition() { return true }
        } while ContinuousClock.now < end
        return false
    }
}
