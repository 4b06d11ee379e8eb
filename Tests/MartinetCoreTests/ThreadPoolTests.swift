import Foundation
import MartinetBase
import Synchronization
import Testing

@testable import MartinetCore

@Suite struct ThreadPoolTests {
    /// Squares of the workers' numbers, and how many of them were computed on this thread.
    private func squares(_ pool: ThreadPool, workers: Int) -> (squares: [Int], here: Int) {
        let caller = ObjectIdentifier(Thread.current)
        let squares = Locked([Int](repeating: -1, count: workers))
        let here = Atomic<Int>(0)
        pool.run(workers: workers) { worker in
            squares.withLock { $0[worker] = worker * worker }
            if ObjectIdentifier(Thread.current) == caller { here.add(1, ordering: .relaxed) }
        }
        return (squares.withLock { $0 }, here.load(ordering: .relaxed))
    }

    /// Pools live as long as their process, since their threads do not end.
    private static let pools = Locked<[ThreadPool]>([])

    @Test(arguments: [0, 1, 3])
    func theCallerDoesTheWorkOfThreadsThatCannotBeCreated(available: Int) {
        let asked = Locked<[String]>([])
        let pool = ThreadPool(threads: 6) { name, body in
            guard
                asked.withLock({
                    $0.append(name)
                    return $0.count
                }) <= available
            else { return EAGAIN }
            Thread(block: body).start()
            return 0
        }
        Self.pools.withLock { $0.append(pool) }
        for workers in [6, 2, 6, 4] {
            let (squares, here) = squares(pool, workers: workers)
            #expect(squares == (0..<workers).map { $0 * $0 })
            #expect(here == max(1, workers - available))
        }
        let names = asked.withLock { $0 }
        #expect(names.count == available + 1, "refused once, and not asked again: \(names)")
    }

    #if os(Linux)
    /// In a process of its own, whose address space has no room for another stack; the C library may have
    /// some of threads that have ended. Not where arrays, too, ask the system for each block, nor in qemu, which heeds no limit.
    @Test(
        .enabled(
            if: ProcessInfo.processInfo.environment["MARTINET_ALLOCATOR"] != "system"
                && ProcessInfo.processInfo.environment["QEMU_CPU"] == nil))
    func aSystemWithoutThreadsGivesTheSameBits() async throws {
        let result = try #require(
            await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
                Threads.count = 16
                // Without OpenBLAS, which waits for ever for memory that it cannot have.
                // Confined loops are divided as others are, but need no threads.
                let (x, expected) = Threads.confined {
                    let x = NDArray.normal([20_000, 200], generator: RandomGenerator(seed: 1))
                    return (x, (x * x).sum(axes: [0]).elements)
                }
                let status = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
                let pages = status.split(separator: " ").first.flatMap { Int($0) } ?? 0
                let addressSpace = __rlimit_resource_t(RLIMIT_AS.rawValue)
                var limit = rlimit()
                getrlimit(addressSpace, &limit)
                limit.rlim_cur = rlim_t(pages * sysconf(Int32(_SC_PAGESIZE)) + 4 << 20)
                #expect(setrlimit(addressSpace, &limit) == 0)
                for _ in 0..<3 {
                    #expect((x * x).sum(axes: [0]).elements == expected)
                }
            })
        let said = String(decoding: result.standardErrorContent, as: UTF8.self)
        #expect(said.components(separatedBy: "martinet: the system has no thread for worker").count == 2, "\(said)")
    }

    #endif

    /// In a process of its own, which is forked while workers of the pool wait for work.
    @Test func aForkedProcessComputesWithThreadsOfItsOwn() async {
        await #expect(processExitsWith: .success) {
            Threads.count = 4
            let x = NDArray.normal([3000, 200], generator: RandomGenerator(seed: 1))
            let expected = (x * x).sum(axes: [0]).elements
            // Swift keeps `fork` from programs.
            let symbol = try #require(dlsym(nil, "fork"))
            let fork = unsafeBitCast(symbol, to: (@convention(c) () -> Int32).self)
            let child = fork()
            if child == 0 {
                let found = (x * x).sum(axes: [0]).elements
                _exit(found == expected && Threads.count == 4 ? 7 : 1)
            }
            #expect(child > 0)
            var status: Int32 = 0
            var waited = 0
            while waitpid(child, &status, WNOHANG) == 0, waited < 300 {
                usleep(100_000)
                waited += 1
            }
            if waited == 300 { kill(child, SIGKILL) }
            #expect(status == 7 << 8, "status \(status) after \(waited) tenths of a second")
            #expect((x * x).sum(axes: [0]).elements == expected)
        }
    }

    @Test func moreThreadsThanHelpAnybodyAreRefused() async {
        let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
            setenv("MARTINET_THREADS", "999", 1)
            #expect(Threads.count == ProcessInfo.processInfo.activeProcessorCount)
        }
        let said = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(said.contains("martinet: MARTINET_THREADS is \"999\", expected 1 to "), "\(said)")
    }

    @Test func noThreadsAreRefused() async {
        let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
            setenv("MARTINET_THREADS", "0", 1)
            #expect(Threads.count == ProcessInfo.processInfo.activeProcessorCount)
        }
        let said = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(said.contains("martinet: MARTINET_THREADS is \"0\", expected 1 to "), "\(said)")
    }
}
