import Foundation

/// The system's message for an error code.
package func systemMessage(_ code: Int32) -> String { String(cString: strerror(code)) }
