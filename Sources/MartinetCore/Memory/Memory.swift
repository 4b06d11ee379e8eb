/// The memory of Martinet's arrays, in bytes.
public enum Memory {
    /// Held by arrays that are alive.
    public static var used: Int { Allocator.shared.usage.used }

    /// The most that `used` has been since the start, or since `resetPeak()`.
    public static var peak: Int { Allocator.shared.usage.peak }

    /// Held for reuse by arrays to come.
    public static var cached: Int { Allocator.shared.usage.cached }

    /// Lets `peak` start again from what is in use.
    public static func resetPeak() { Allocator.shared.resetPeak() }

    /// Gives what is cached back to the system.
    public static func trim() { Allocator.shared.trim() }
}
