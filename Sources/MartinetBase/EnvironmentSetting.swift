import Foundation

/// What an environment variable says; a text that makes no sense is complained about on standard error, once for each reading.
///
/// - Parameters:
///   - name: the variable's.
///   - fallback: what holds where it is not set, is empty, or makes no sense.
///   - expected: what texts make sense, for the complaint.
///   - consequence: what is done instead, for the complaint.
///   - parse: a text's meaning; nil if it has none.
package func environmentSetting<Value>(
    _ name: String, or fallback: Value, expected: String, otherwise consequence: String, parse: (String) -> Value?
) -> Value {
    guard let text = ProcessInfo.processInfo.environment[name], !text.isEmpty else { return fallback }
    if let value = parse(text) { return value }
    let message = "martinet: \(name) is \"\(text)\", expected \(expected); \(consequence)\n"
    FileHandle.standardError.write(Data(message.utf8))
    return fallback
}
