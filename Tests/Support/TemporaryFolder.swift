import Foundation
import MartinetFiles

/// A folder that goes with its last reference.
package final class TemporaryFolder: Sendable {
    package let path: String

    package init() throws {
        path = NSTemporaryDirectory() + "martinet-tests-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Writes a file and returns its path.
    @discardableResult
    package func write(_ name: String, _ bytes: some Sequence<UInt8>) throws -> String {
        let file = "\(path)/\(name)"
        try Data(bytes).write(to: URL(fileURLWithPath: file))
        return file
    }

    /// Where a file of that name is, or would be; for "" the folder itself.
    package func url(_ name: String) -> URL { URL(fileURLWithPath: path).appendingPathComponent(name) }

    /// The names of everything in the folder, hidden files included.
    package var contents: [String] { (try? FileManager.default.contentsOfDirectory(atPath: path).sorted()) ?? [] }
}

/// The SHA-256 of `bytes` in hexadecimal digits.
package func sha256(_ bytes: [UInt8]) -> String {
    let digest = Digest(.sha256)
    bytes.withUnsafeBytes { digest.update($0) }
    return digest.finish()
}
