import ArgumentParser

/// Stops with a message unless an option's value is within its range.
public func checkOption<Value: Comparable>(_ name: String, _ value: Value, _ range: ClosedRange<Value>) throws {
    guard range.contains(value) else {
        throw ValidationError("\(name) is \(value), expected \(range.lowerBound) to \(range.upperBound)")
    }
}

/// Stops with a message unless an option's value is the depth of one of the paper's networks for CIFAR.
public func checkCIFARDepth(_ name: String, _ depth: Int) throws {
    guard depth >= 8, depth <= 1202, (depth - 2) % 6 == 0 else {
        throw ValidationError("\(name) is \(depth), expected 6n + 2 from 8 to 1202")
    }
}
