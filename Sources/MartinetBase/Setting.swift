import Foundation

/// Settings from variables of the process's environment, such as `MARTINET_THREADS`.
package enum Setting {
    /// The value of the variable `name`; `fallback` where it is unset or empty, and where it is not understood, which is
    /// then said on standard error, once for each variable.
    ///
    /// - Parameters:
    ///   - name: of the variable.
    ///   - expected: what it may be, "1 to 1024".
    ///   - fallback: the value to go on with otherwise.
    ///   - consequence: what that means, "using 4".
    ///   - parse: understands the variable's text, or returns nil.
    package static func read<Value>(
        _ name: String, expected: String, otherwise fallback: Value, _ consequence: String,
        parse: (String) -> Value?
    ) -> Value {
        guard let text = ProcessInfo.processInfo.environment[name], !text.isEmpty else { return fallback }
        if let value = parse(text) { return value }
        if complained.withLock({ $0.insert(name).inserted }) {
            writeToStandardError("martinet: \(name) is \"\(text)\", expected \(expected); \(consequence)")
        }
        return fallback
    }

    /// The choice whose raw value the variable `name` is; nil where it is unset, empty or, which is said, none of them.
    package static func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ name: String, _ consequence: String
    ) -> Choice? {
        let names = Choice.allCases.map(\.rawValue).joined(separator: ", ")
        return read(name, expected: "one of \(names)", otherwise: nil, consequence) { Choice(rawValue: $0) }
    }

    private static let complained = Locked<Set<String>>([])
}

/// Writes `line` to standard error. Where that is closed nobody wants to know, and the program goes on; `FileHandle` would
/// end it.
package func writeToStandardError(_ line: String) {
    var bytes = Array((line + "\n").utf8)[...]
    while !bytes.isEmpty {
        let written = bytes.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
        guard written > 0 else { return }
        bytes = bytes.dropFirst(written)
    }
}
