import Foundation
import MartinetBase
import Synchronization

/// The worker threads behind `parallelFor`. The caller is worker 0; the pool holds the others.
///
/// One loop runs at a time. A loop inside a loop, one that finds the pool taken by another thread, or one in
/// `Threads.confined` runs inline on its caller, so nothing ever waits for a worker that waits for it.
final class ThreadPool: Sendable {
    /// Starts a thread that runs `body`, and returns 0 or the system's error number.
    typealias ThreadStarter = @Sendable (_ name: String, _ body: @escaping @Sendable () -> Void) -> Int32

    /// A loop's body, at an address on the caller's stack.
    private struct Job: @unchecked Sendable {
        // @unchecked: the body is `@Sendable`, so any thread may call it, and it is there as long as one does: `run` returns
        // after every worker that has a part in the loop has reported, and a worker without a part does not look at it.
        var body: UnsafePointer<@Sendable (Int) -> Void>?
        var workers = 0
        var generation = 0
    }

    private let count: Atomic<Int>
    /// The workers that exist, from 1 on. Only the thread that has the pool, which `busy` says, changes it.
    private let started = Atomic<Int>(0)
    /// Whether the system has refused a thread, after which it is not asked again.
    private let isRefused = Atomic<Bool>(false)
    private let condition = NSCondition()
    private let generation = Atomic<Int>(0)
    private let remaining = Atomic<Int>(0)
    private let busy = Atomic<Bool>(false)
    private let job = Locked(Job())
    private let startThread: ThreadStarter

    /// How long a worker looks out for the next job before it sleeps. Waking it takes a loop's time, and between the loops
    /// of a step there are some ten microseconds at most.
    private static let patience = Duration.microseconds(300)

    private static let cores = ProcessInfo.processInfo.activeProcessorCount

    init(threads: Int, startThread: @escaping ThreadStarter = startSystemThread) {
        count = Atomic(threads)
        self.startThread = startThread
    }

    /// The number of threads that loops are divided among, the caller's included.
    var threads: Int {
        get { count.load(ordering: .relaxed) }
        set {
            require(newValue >= 1, "Threads.count: expected at least 1, found \(newValue)")
            count.store(min(newValue, Threads.limit), ordering: .relaxed)
        }
    }

    /// Runs `body(0)` … `body(workers - 1)`, in parallel where the pool is free, and returns when all have.
    ///
    /// Workers that the system has no thread for are run by the caller: which part of the loop is which worker's stays as
    /// it is, and so do the results.
    func run(workers: Int, _ body: @Sendable (Int) -> Void) {
        guard workers > 1, !Confinement.isActive, !busy.exchange(true, ordering: .acquiring) else {
            for worker in 0..<workers { body(worker) }
            return
        }
        defer { busy.store(false, ordering: .releasing) }
        let helpers = min(workers - 1, start(workers - 1))
        withoutActuallyEscaping(body) { body in
            withUnsafePointer(to: body) { pointer in
                let next = generation.load(ordering: .relaxed) + 1
                let published = Job(body: pointer, workers: helpers + 1, generation: next)
                remaining.store(helpers, ordering: .relaxed)
                job.withLock { $0 = published }
                condition.lock()
                generation.store(next, ordering: .releasing)
                condition.broadcast()
                condition.unlock()
                body(0)
                for worker in helpers + 1..<workers { body(worker) }
                // The loops are balanced, so the others are about to finish; yield in case they share this core.
                let isDone = Self.looksOut(workers: workers) { remaining.load(ordering: .acquiring) == 0 }
                while !isDone && remaining.load(ordering: .acquiring) > 0 { sched_yield() }
            }
        }
    }

    /// Starts workers up to `wanted`, where they are missing, and returns how many there are.
    private func start(_ wanted: Int) -> Int {
        var existing = started.load(ordering: .relaxed)
        guard existing < wanted, !isRefused.load(ordering: .relaxed) else { return existing }
        let seen = generation.load(ordering: .acquiring)
        while existing < wanted {
            let worker = existing + 1
            // A pool lives as long as its process: its workers never end.
            let error = startThread("martinet-\(worker)") { [unowned self] in work(as: worker, after: seen) }
            guard error == 0 else {
                isRefused.store(true, ordering: .relaxed)
                writeToStandardError(
                    "martinet: the system has no thread for worker \(worker) (\(String(cString: strerror(error)))); "
                        + "going on with \(worker)")
                break
            }
            existing = worker
        }
        started.store(existing, ordering: .relaxed)
        return existing
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

extension ThreadPool {
    /// The pool of this process. A process that was forked from another has none of its threads, and begins with a new one.
    static var shared: ThreadPool { current.load(ordering: .acquiring)._withUnsafeGuaranteedRef { $0 } }

    // Never released: a loop may run in the old one.
    private static let current: Atomic<Unmanaged<ThreadPool>> = {
        pthread_atfork(nil, nil) {
            let pool = ThreadPool(threads: ThreadPool.shared.threads)
            ThreadPool.current.store(.passRetained(pool), ordering: .releasing)
        }
        return Atomic(.passRetained(ThreadPool(threads: Threads.fromEnvironment())))
    }()
}

/// Starts a thread of the system's that nobody waits for.
private func startSystemThread(_ name: String, _ body: @escaping @Sendable () -> Void) -> Int32 {
    final class Start: Sendable {
        let name: String
        let body: @Sendable () -> Void

        init(_ name: String, _ body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }

    var attributes = pthread_attr_t()
    var error = pthread_attr_init(&attributes)
    guard error == 0 else { return error }
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    pthread_attr_setstacksize(&attributes, 8 << 20)
    let start = Unmanaged.passRetained(Start(name, body))
    #if canImport(Darwin)
    var thread: pthread_t?
    #else
    var thread = pthread_t()
    #endif
    error = pthread_create(
        &thread, &attributes,
        { argument in
            let argument: UnsafeMutableRawPointer? = argument
            let start = Unmanaged<Start>.fromOpaque(argument!).takeRetainedValue()
            Thread.current.name = start.name
            start.body()
            return nil
        }, start.toOpaque())
    if error != 0 { start.release() }
    return error
}
