import CKernels
import MartinetCore

/// This machine's best rates, measured.
struct MachinePeaks: Codable {
    /// Multiply-adds on all threads at once, two operations each.
    var gigaflopsPerSecond: Double
    /// Adding two arrays that no cache holds: both read, the sum written.
    var gigabytesPerSecond: Double

    static func measure() -> MachinePeaks {
        MachinePeaks(gigaflopsPerSecond: multiplyAddRate(), gigabytesPerSecond: memoryRate())
    }

    private static func multiplyAddRate() -> Double {
        let rounds = 2_000_000
        let seconds = leastSeconds(of: 5) {
            parallelFor(Threads.count) { part, _ in for _ in part { _ = mk_multiply_adds(rounds) } }
        }
        return Double(Threads.count * rounds * 24 * 16 * 2) / seconds / 1e9
    }

    private static func memoryRate() -> Double {
        let count = 32 << 20
        let (a, b) = (NDArray.zeros([count]), NDArray.zeros([count]))
        let seconds = leastSeconds(of: 5) { _ = a + b }
        return Double(3 * count * MemoryLayout<Float>.stride) / seconds / 1e9
    }

    private static func leastSeconds(of repeats: Int, _ body: () -> Void) -> Double {
        body()
        let clock = ContinuousClock()
        return (0..<repeats).map { _ in clock.measure(body) / .seconds(1) }.min() ?? 0
    }
}
