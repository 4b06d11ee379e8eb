import Foundation

/// The most memory that this process has had in physical memory so far, in bytes; nil where the system does not tell.
public func peakResidentMemory() -> Int? {
    #if os(Linux)
    // Not getrusage's figure: it counts what the parent had when it made this process.
    return statusBytes("VmHWM")
    #else
    var usage = rusage()
    return getrusage(RUSAGE_SELF, &usage) == 0 ? usage.ru_maxrss : nil
    #endif
}

/// The memory that this process has in physical memory now, in bytes; nil where the system does not tell.
public func residentMemory() -> Int? {
    #if os(Linux)
    return statusBytes("VmRSS")
    #else
    return nil
    #endif
}

#if os(Linux)
/// A line such as "VmRSS:      5124 kB" of the kernel's account of this process.
private func statusBytes(_ name: String) -> Int? {
    guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
        let line = status.split(separator: "\n").first(where: { $0.hasPrefix("\(name):") }),
        let kilobytes = line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap({ Int($0) })
    else { return nil }
    return kilobytes * 1024
}
#endif
