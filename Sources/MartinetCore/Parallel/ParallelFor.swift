import Foundation
import MartinetBase

/// How many threads Martinet computes with.
public enum Threads {
    /// The number of threads, all cores unless `MARTINET_THREADS` says otherwise. For a fixed number, results repeat bit
    /// for bit; between numbers they agree within rounding.
    public static var count: Int {
        get { ThreadPool.shared.threads }
        set { ThreadPool.shared.threads = newValue }
    }

    /// Larger numbers count as this: more threads help nobody, and must not exhaust the machine.
    static let limit = 1024

    /// All cores, or as many threads as `MARTINET_THREADS` says, if that is not so many that they would do little but wait
    /// for each other.
    static func fromEnvironment() -> Int {
        let cores = ProcessInfo.processInfo.activeProcessorCount
        let most = min(limit, 4 * cores)
        return Setting.read(
            "MARTINET_THREADS", expected: "1 to \(most), which is 4 a processor", otherwise: cores, "using \(cores)"
        ) {
            Int($0).flatMap { (1...most).contains($0) ? $0 : nil }
        }
    }
}

/// Calls `body` with consecutive ranges that cover `0 ..< count`, one a worker, in parallel, and waits for all.
///
/// Which range goes to which worker depends on `count`, `grain` and the number of threads alone, so a sum made a worker is
/// repeatable. A body can capture only what threads may share: arrays, and addresses as a `ParallelInput` or a
/// `ParallelOutput`.
///
/// - Parameters:
///   - count: the number of iterations.
///   - grain: the least number of iterations worth a thread of their own.
///   - body: the iterations' range and the worker's index, from 0 below `parallelWorkers(count:grain:)`.
package func parallelFor(
    _ count: Int, grain: Int = 1, _ body: @Sendable (_ range: Range<Int>, _ worker: Int) -> Void
) {
    let workers = parallelWorkers(count: count, grain: grain)
    guard workers > 1 else {
        if count > 0 { body(0..<count, 0) }
        return
    }
    parallelFor(count, workers: workers, body)
}

/// The same with a number of workers that was settled before, when their workspaces were made.
func parallelFor(_ count: Int, workers: Int, _ body: @Sendable (_ range: Range<Int>, _ worker: Int) -> Void) {
    ThreadPool.shared.run(workers: workers) { worker in
        body(count * worker / workers..<count * (worker + 1) / workers, worker)
    }
}

/// The number of workers that `parallelFor` uses for `count` iterations.
package func parallelWorkers(count: Int, grain: Int = 1) -> Int {
    max(1, min(Threads.count, count / max(1, grain)))
}
