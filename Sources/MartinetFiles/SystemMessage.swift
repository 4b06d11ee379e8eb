import Foundation

/// What the system says about an error code.
package func systemMessage(_ code: Int32) -> String { String(cString: strerror(code)) }
