import Foundation

/// The most memory that this process has had in physical memory so far, in bytes; nil where the system does not tell.
public func peakResidentMemory() -> Int? {
    var usage = rusage()
    #if os(Linux)
    // Glibc gives the constant a type that its own function does not take.
    let succeeded = getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0
    return succeeded ? usage.ru_maxrss * 1024 : nil
    #else
    return getrusage(RUSAGE_SELF, &usage) == 0 ? usage.ru_maxrss : nil
    #endif
}
