import Martinet
import MartinetBase

/// Something that is wrong with an image file that was read all the same, or with a folder of images.
public struct ImageWarning: Sendable, Equatable, CustomStringConvertible {
    /// The path of the file or the folder.
    public let file: String

    /// What is wrong with it.
    public let message: String

    public var description: String { "\(file): \(message)" }

    private static let chosen = Locked<(@Sendable (ImageWarning) -> Void)?>(nil)

    /// Who is told of warnings, on any thread; nil, as it is at first, for a line on standard error, once a file.
    public static var handler: (@Sendable (ImageWarning) -> Void)? {
        get { chosen.withLock { $0 } }
        set { chosen.withLock { $0 = newValue } }
    }

    /// Files that standard error has been told of: not more than these, so that a folder of a million does not fill the memory.
    private static let told = Locked<Set<String>>([])
    private static let most = 1000

    /// Tells the handler.
    func report() {
        if let handler = Self.handler { return handler(self) }
        let isNew = Self.told.withLock { $0.count < Self.most && $0.insert(file).inserted }
        if isNew { writeToStandardError("martinet: \(self)") }
    }
}
